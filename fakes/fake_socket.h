// FakeSocket: what every kind of fake socket can be asked.
//
// One method for each socket call, with the call's own results (a count, or a
// negative errno), after the descriptor has been looked up. What a kind of
// socket does not have keeps the answer given here.
//
// Next: fakes/fake_tcp.h, fakes/fake_udp.h, fakes/fake_unix.h;
// fakes/fake_socket_calls.h, which looks up.

#ifndef CLOCHE_FAKES_FAKE_SOCKET_H_
#define CLOCHE_FAKES_FAKE_SOCKET_H_

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/calls/socket_address.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_file.h"
#include "cloche/fakes/fake_socket_options.h"

namespace cloche {

// Thread safety: none. Lifetime: as every file's (FakeFile); a socket that was
// not accepted yet is its listener's. It does not outlive its host.
class FakeSocket : public FakeFile {
 public:
  // `buffer_size`: of both, as SO_SNDBUF reports it.
  explicit FakeSocket(int buffer_size = kDefaultBufferSize) {
    Option(SocketOption::kSendBuffer) = buffer_size;
    Option(SocketOption::kReceiveBuffer) = buffer_size;
    Option(SocketOption::kLinger) = -1;
  }

  FakeSocket* AsSocket() override { return this; }

  virtual int Bind(const SocketAddress&) { return -EOPNOTSUPP; }
  virtual int Listen(int /*backlog*/) { return -EOPNOTSUPP; }
  // On success 0, and `accepted` holds the new socket.
  virtual int Accept(std::shared_ptr<FakeSocket>* /*accepted*/) {
    return -EOPNOTSUPP;
  }
  virtual int Connect(const SocketAddress&) { return -EOPNOTSUPP; }

  virtual int64_t Receive(ReceiveMessage& message) = 0;
  virtual int64_t Send(const SendMessage& message) = 0;
  // What an overlapped send asks (fakes/fake_overlapped_call.h). Takes all of
  // `data`, whether there is room or not; 0 if there was, -EAGAIN if not.
  virtual int Queue(absl::string_view /*data*/) { return -EOPNOTSUPP; }
  // 0 when there is room again, -EAGAIN before, or why it will never be sent.
  virtual int LookAtQueue() { return -EOPNOTSUPP; }
  // Whether one send is one receive, so that nobody may cut it in two.
  virtual bool KeepsMessages() const { return false; }
  virtual int Shutdown(ShutdownHow how) = 0;

  virtual int GetOption(SocketOption option, int* value) = 0;
  virtual int SetOption(SocketOption option, int value) = 0;
  virtual int GetLocalAddress(SocketAddress* address) = 0;
  virtual int GetPeerAddress(SocketAddress* address) = 0;
  // Whom accept4 names: the peer, even if it has hung up since.
  virtual void GetAcceptedPeer(SocketAddress* address) {
    GetPeerAddress(address);
  }

  // From AcceptEx or ConnectEx on until SO_UPDATE_ACCEPT_CONTEXT or
  // SO_UPDATE_CONNECT_CONTEXT: to shutdown and getpeername it is not connected
  // (their pages in Microsoft's documentation).
  bool lacks_context() const { return lacks_context_; }
  void set_lacks_context(bool lacks) { lacks_context_ = lacks; }

  // Whether the program has shut it down for reading, connected as it was. Then
  // no overlapped receive can begin, while a read of Linux finds the end.
  bool refuses_receives() const { return refuses_receives_; }
  void set_refuses_receives() { refuses_receives_ = true; }

  // The completion port that it has, for good; null if none.
  std::shared_ptr<FakeCompletionPort> port() const { return port_.lock(); }
  void set_port(std::weak_ptr<FakeCompletionPort> port) {
    port_ = std::move(port);
  }

 protected:
  // Which halves are over, or-ed together: sk_shutdown.
  static constexpr int kShutRead = 1;
  static constexpr int kShutWrite = 2;
  static constexpr int kShutBoth = kShutRead | kShutWrite;

  static int HalvesOf(ShutdownHow how) {
    switch (how) {
      case ShutdownHow::kRead:
        return kShutRead;
      case ShutdownHow::kWrite:
        return kShutWrite;
      case ShutdownHow::kBoth:
        break;
    }
    return kShutBoth;
  }

  // Linux: the value is unsigned inside, and somaxconn (4096) is the most.
  static size_t BacklogOf(int backlog) {
    return static_cast<size_t>(backlog < 0 ? 4096 : std::min(backlog, 4096));
  }

  // As they are reported; but for SO_ERROR, which nobody sets.
  int& Option(SocketOption option) {
    return options_[static_cast<size_t>(option)];
  }
  int Option(SocketOption option) const {
    return options_[static_cast<size_t>(option)];
  }
  // As Linux's accepted TCP sockets do: all of them.
  void InheritOptions(const FakeSocket& listener) {
    options_ = listener.options_;
  }
  size_t send_capacity() const { return Option(SocketOption::kSendBuffer) / 2; }
  size_t receive_capacity() const {
    return Option(SocketOption::kReceiveBuffer) / 2;
  }

 private:
  std::array<int, kSocketOptions> options_ = {};
  bool lacks_context_ = false;
  bool refuses_receives_ = false;
  std::weak_ptr<FakeCompletionPort> port_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SOCKET_H_
