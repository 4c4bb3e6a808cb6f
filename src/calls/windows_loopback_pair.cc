#include "cloche/calls/windows_loopback_pair.h"

#include <cerrno>

#include "cloche/calls/windows_socket_calls.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {
namespace {

constexpr int kPatienceMilliseconds = 10000;

class PairMaker {
 public:
  ~PairMaker() {
    for (const int fd : {listener_, client_, server_}) {
      if (fd >= 0) sockets_.Close(fd);
    }
  }

  int Make() {
    int error = Listen();
    if (error == 0) error = Connect();
    if (error == 0) error = Accept();
    return error;
  }

  void GiveAway(int pair[2]) {
    pair[0] = server_;
    pair[1] = client_;
    client_ = server_ = -1;
  }

 private:
  int NewSocket(int& fd) {
    fd = sockets_.Socket(AddressFamily::kIpv4, SocketType::kStream);
    return fd < 0 ? fd : 0;
  }

  int Listen() {
    name_.family = AddressFamily::kIpv4;
    name_.ip = {127, 0, 0, 1};
    int error = NewSocket(listener_);
    if (error == 0) error = sockets_.Bind(listener_, name_);
    if (error == 0) error = sockets_.Listen(listener_, /*backlog=*/1);
    if (error == 0) error = sockets_.GetSockName(listener_, &name_);
    return error;
  }

  int Connect() {
    int error = NewSocket(client_);
    if (error == 0) error = sockets_.Connect(client_, name_);
    if (error == -EINPROGRESS) error = Await(client_, POLLOUT);
    if (error != 0) return error;
    int failure = 0;
    error = sockets_.GetSockOpt(client_, SocketOption::kError, &failure);
    return error != 0 ? error : -failure;
  }

  int Accept() {
    const int error = Await(listener_, POLLIN);
    if (error != 0) return error;
    SocketAddress peer;
    server_ = sockets_.Accept4(listener_, &peer);
    if (server_ < 0) return server_;
    SocketAddress expected;
    sockets_.GetSockName(client_, &expected);
    return peer == expected ? 0 : -ECONNABORTED;
  }

  // Not for ever: where a stranger has come first, and before Windows 10 of
  // 2020 where the connect has failed, nothing would end it.
  static int Await(int fd, SHORT event) {
    WSAPOLLFD asked = {ToSocket(fd), event, /*revents=*/0};
    const int count = WSAPoll(&asked, 1, kPatienceMilliseconds);
    if (count == SOCKET_ERROR) return LastWindowsError();
    return count == 0 ? -ETIMEDOUT : 0;
  }

  WindowsSocketCalls sockets_;
  SocketAddress name_;  // Of the listener.
  int listener_ = -1;
  int client_ = -1;
  int server_ = -1;
};

}  // namespace

int OpenLoopbackPair(int pair[2]) {
  PairMaker maker;
  const int error = maker.Make();
  if (error == 0) maker.GiveAway(pair);
  return error;
}

}  // namespace cloche
