// FakeHost: one computer of a simulated world, as its programs see it.
//
// It has a name, addresses, a table of descriptors, and the system calls that
// Cloche makes. Hand those to a Loop and the program on it cannot tell the
// difference:
//
//   FakeClock clock;
//   FakeNetwork network(clock, /*seed=*/1);
//   FakeHost& server = network.AddHost("server");   // 10.0.0.1
//   FakeHost& client = network.AddHost("client");   // 10.0.0.2
//   int fd = server.sockets().Socket(AddressFamily::kIpv4,
//                                    SocketType::kStream);
//
// Main disadvantage: one process per host: all who use it share descriptors.
//
// Next: fakes/fake_socket_calls.h, fakes/fake_tcp.h; the readiness calls:
// fakes/fake_epoll.h, fakes/fake_poll_calls.h, fakes/fake_select_calls.h,
// fakes/fake_kqueue.h.

#ifndef CLOCHE_FAKES_FAKE_HOST_H_
#define CLOCHE_FAKES_FAKE_HOST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_address.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/fakes/fake_call_faults.h"
#include "cloche/fakes/fake_descriptor_table.h"
#include "cloche/fakes/fake_epoll_calls.h"
#include "cloche/fakes/fake_kqueue_calls.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/fake_poll_calls.h"
#include "cloche/fakes/fake_select_calls.h"
#include "cloche/fakes/fake_socket_calls.h"
#include "cloche/fakes/fake_tcp_stack.h"
#include "cloche/fakes/fake_wake_calls.h"

namespace cloche {

// Thread safety: none. Lifetime: made and owned by a FakeNetwork
// (FakeNetwork::AddHost).
class FakeHost {
 public:
  FakeHost(FakeNetwork& network, std::string name, uint8_t number);
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const std::string& name() const { return name_; }
  // 10.0.0.N or fd00::N, with `port`.
  SocketAddress Address(AddressFamily family = AddressFamily::kIpv4,
                        uint16_t port = 0) const;
  // Whether `address` is this host's own, loopback included.
  bool HasAddress(const SocketAddress& address) const;

  SocketCalls& sockets() { return socket_calls_; }
  WakeCalls& wake() { return wake_calls_; }
  EpollCalls& epoll() { return epoll_calls_; }
  // Of the BSDs: so a program that needs it runs here too.
  KqueueCalls& kqueue() { return kqueue_calls_; }
  PollCalls& poll() { return poll_calls_; }
  SelectCalls& select() { return select_calls_; }

  // For tests.

  // How often `kind` was called, failed calls included.
  uint64_t CallCount(CallKind kind) const { return faults_.Count(kind); }
  // Makes the `nth_from_now`-th call of `kind` fail with `error` (a positive
  // errno), or with `persistent` that and all later ones. CHECKs that the
  // environment can cause it: fakes/fake_call_faults.h.
  void FailCall(CallKind kind, int error, int nth_from_now = 1,
                bool persistent = false) {
    faults_.Add({kind, error, nth_from_now, persistent});
  }
  void ClearFaults() { faults_.Clear(); }
  // As `ulimit -n`: calls that would open one more say EMFILE.
  void SetDescriptorLimit(int limit) { descriptors_.set_limit(limit); }
  // "fd 3: TCP 10.0.0.1:80 listening", for each that is open; a program that
  // cleans up leaves none.
  std::vector<std::string> OpenDescriptors() const {
    return descriptors_.Describe();
  }

  // For the rest of the fake kernel.

  FakeNetwork& network() { return network_; }
  FakeTcpStack& tcp() { return tcp_; }
  FakeDescriptorTable& descriptors() { return descriptors_; }

  // One system call: counts it, lets a fault take its place, and before it
  // returns lets everything happen that takes no time.
  template <typename Work>
  auto Call(CallKind kind, Work work) -> decltype(work()) {
    const int error = faults_.Enter(kind);
    if (error != 0) return -error;
    const auto result = work();
    network_.DeliverDue();
    return result;
  }

  // close(2), for every kind of descriptor. On Linux the descriptor is gone
  // even when close reports EINTR or EIO (close(2)): never close it again.
  int CallClose(CallKind kind, int fd);

 private:
  FakeNetwork& network_;
  const std::string name_;
  const uint8_t number_;
  FakeCallFaults faults_;
  // The order matters at the end: descriptors close into a living stack.
  FakeTcpStack tcp_;
  FakeDescriptorTable descriptors_;
  FakeSocketCalls socket_calls_{*this};
  FakeWakeCalls wake_calls_{*this};
  FakeEpollCalls epoll_calls_{*this};
  FakeKqueueCalls kqueue_calls_{*this};
  FakePollCalls poll_calls_{*this};
  FakeSelectCalls select_calls_{*this};
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_HOST_H_
