// FakeCompletionPortTest: one completion port on the fake kernel, and its
// packets as text.
//
//     GivePort(ends.client, "c");
//     Room receive;
//     EXPECT_EQ(ports_.WsaRecv(ends.client, receive.span(), receive),
//     kIoPending); EXPECT_EQ(Packets(), "nothing"); calls_.Send(ends.server,
//     "hello", 0); EXPECT_EQ(Packets(), "c: 5");
//
// Next: fakes/fake_completion_port_test.cc, the rules of packets;
// fakes/fake_overlapped_test.cc, the calls.

#ifndef CLOCHE_FAKES_FAKE_COMPLETION_PORT_TEST_H_
#define CLOCHE_FAKES_FAKE_COMPLETION_PORT_TEST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/base/errors.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {

class FakeCompletionPortTest : public FakeKernelTest {
 protected:
  // A receive, or an accept, with its buffer.
  struct Room : Overlapped {
    absl::Span<char> span() { return absl::MakeSpan(data); }
    std::string data = std::string(kAcceptAddressBytes, '\0');
  };

  // `name`, one letter, is the key of its packets.
  void GivePort(int fd, const char* name) {
    const auto key = static_cast<uint64_t>(*name);
    EXPECT_EQ(ports_.AssociateWithPort(port_, fd, key), 0);
  }
  // Connected, and both ends have the port: "c" and "s".
  Ends ConnectWithPort() {
    const Ends ends = Connect();
    GivePort(ends.client, "c");
    GivePort(ends.server, "s");
    return ends;
  }
  int64_t Recv(int fd, Room& receive) {
    return ports_.WsaRecv(fd, receive.span(), receive);
  }
  // A new socket for AcceptEx, and the call.
  int Accept(int listener, Room& accept) {
    const int made = NewTcp(host_);
    EXPECT_EQ(ports_.AcceptEx(listener, made, accept.span(), accept),
              kIoPending);
    return made;
  }

  // Up to `most` packets that are there now: "c: 5, s: ECONNRESET".
  std::string Packets(size_t most = 8) {
    std::vector<CompletionPacket> packets(most);
    const int count = ports_.GetQueuedCompletionStatusEx(
        port_, absl::MakeSpan(packets), absl::ZeroDuration());
    EXPECT_GE(count, 0);
    packets.resize(count);
    return packets.empty() ? "nothing" : absl::StrJoin(packets, ", ", Append);
  }
  // One wait for one packet; what the call says.
  int WaitForOne(absl::Duration timeout) {
    CompletionPacket packet;
    return ports_.GetQueuedCompletionStatusEx(port_, absl::MakeSpan(&packet, 1),
                                              timeout);
  }

  static void Append(std::string* out, const CompletionPacket& packet) {
    out->push_back(static_cast<char>(packet.key));
    absl::StrAppend(out, ": ");
    if (packet.overlapped == nullptr) {
      absl::StrAppend(out, "posted");
    } else if (packet.result < 0) {
      absl::StrAppend(out, ErrnoName(static_cast<int>(-packet.result)));
    } else {
      absl::StrAppend(out, packet.result);
    }
  }

  // From now on the one with this index comes true, where there are so many.
  void Choose(size_t index) {
    host_.completion_port().set_order(
        [index](size_t count) { return index < count ? index : 0; });
  }

  CompletionPortCalls& ports_ = host_.completion_port();
  const int port_ = ports_.CreateIoCompletionPort();
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_COMPLETION_PORT_TEST_H_
