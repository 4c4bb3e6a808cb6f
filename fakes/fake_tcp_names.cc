// FakeTcpSocket: what it is called, by calls and by people.
//
// Facts about names (measured on Linux 6.18)
//   * getsockname(2) always answers; before bind it says "any", port 0.
//   * getpeername(2) is ENOTCONN before the connection and after it, so the
//     peer of a connection that was reset must be remembered by the program;
//     accept4(2) names it even then.

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {
namespace {

absl::string_view StateName(FakeTcpSocket::State state) {
  using State = FakeTcpSocket::State;
  switch (state) {
    case State::kClosed:
      return "closed";
    case State::kListen:
      return "listening";
    case State::kSynSent:
      return "connecting";
    case State::kSynReceived:
      return "being connected";
    case State::kEstablished:
      return "established";
    case State::kFinWait1:
      return "FIN sent";
    case State::kFinWait2:
      return "FIN acknowledged";
    case State::kCloseWait:
      return "FIN received";
    case State::kClosing:
      return "closing";
    case State::kLastAck:
      return "waiting for the last ACK";
  }
  return "";
}

}  // namespace

std::string FakeTcpSocket::Describe() const {
  std::string text = absl::StrCat("TCP ", ToText(local_));
  if (peer_.port != 0) absl::StrAppend(&text, " to ", ToText(peer_));
  return absl::StrCat(text, " ", StateName(state_));
}

int FakeTcpSocket::GetLocalAddress(SocketAddress* address) {
  *address = ToFamily(local_, family_);
  if (local_.family == AddressFamily::kUnspecified) address->family = family_;
  return 0;
}

int FakeTcpSocket::GetPeerAddress(SocketAddress* address) {
  const bool connected = state_ != State::kClosed && state_ != State::kListen &&
                         state_ != State::kSynSent;
  if (!connected) return -ENOTCONN;
  *address = ToFamily(peer_, family_);
  return 0;
}

void FakeTcpSocket::GetAcceptedPeer(SocketAddress* address) {
  *address = ToFamily(peer_, family_);
}

}  // namespace cloche
