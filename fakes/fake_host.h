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
// Who drives several hosts by one clock (testing/test_world.h) never lets a
// program wait, or the clock would run on for one of them alone. It has the
// program ask what is ready, and lets time pass itself, for all. For the
// program that is a wait, cut into pieces, and a signal may end it. It must say
// so (set_driver_waits), since to ask what is ready (a timeout of 0) is
// interrupted by nothing: epoll_wait returns before it looks for signals
// (fs/eventpoll.c, ep_poll).
//
// Main disadvantage: one process per host: all who use it share descriptors.
//
// Next: fakes/fake_socket_calls.h, fakes/fake_tcp.h, fakes/fake_udp.h,
// fakes/fake_unix.h; the readiness calls: fakes/fake_epoll.h,
// fakes/fake_poll_calls.h, fakes/fake_select_calls.h, fakes/fake_kqueue.h;
// completions: fakes/fake_ring.h, fakes/fake_completion_port.h.

#ifndef CLOCHE_FAKES_FAKE_HOST_H_
#define CLOCHE_FAKES_FAKE_HOST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kernel_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_address.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/fakes/fake_completion_port_calls.h"
#include "cloche/fakes/fake_descriptor_table.h"
#include "cloche/fakes/fake_epoll_calls.h"
#include "cloche/fakes/fake_kqueue_calls.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/fake_poll_calls.h"
#include "cloche/fakes/fake_ring_calls.h"
#include "cloche/fakes/fake_select_calls.h"
#include "cloche/fakes/fake_socket_calls.h"
#include "cloche/fakes/fake_tcp_stack.h"
#include "cloche/fakes/fake_udp_stack.h"
#include "cloche/fakes/fake_unix_names.h"
#include "cloche/fakes/fake_wake_calls.h"
#include "cloche/fakes/fault_plan.h"

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
  // The own address, without a port, from which it talks to `destination`.
  SocketAddress SourceFor(const SocketAddress& destination) const;

  SocketCalls& sockets() { return socket_calls_; }
  WakeCalls& wake() { return wake_calls_; }
  EpollCalls& epoll() { return epoll_calls_; }
  // Of the BSDs and macOS: so a program that needs it runs here too.
  FakeKqueueCalls& kqueue() { return kqueue_calls_; }
  // Of Windows.
  FakeCompletionPortCalls& completion_port() { return completion_port_calls_; }
  PollCalls& poll() { return poll_calls_; }
  SelectCalls& select() { return select_calls_; }
  FakeRingCalls& ring() { return ring_calls_; }
  // All of these, for whoever makes a backend.
  KernelCalls kernel_calls() {
    return {.sockets = &socket_calls_,
            .wake = &wake_calls_,
            .epoll = &epoll_calls_,
            .poll = &poll_calls_,
            .select = &select_calls_,
            .kqueue = &kqueue_calls_,
            .ring = &ring_calls_,
            .completion_port = &completion_port_calls_};
  }

  // For tests.

  // What is to go wrong.
  FaultPlan& faults() { return faults_; }
  // How often `kind` was called, failed calls included.
  uint64_t CallCount(CallKind kind) const { return faults_.Count(kind); }
  // The most frequent fault: the `nth_from_now`-th call of `kind` fails with
  // `error` (a positive errno), or with `persistent` that and all later ones.
  void FailCall(CallKind kind, int error, int nth_from_now = 1,
                bool persistent = false) {
    faults_.Add({.kind = kind,
                 .nth_from_now = nth_from_now,
                 .times = persistent ? kForEver : 1,
                 .error = error});
  }
  void ClearFaults() { faults_.Clear(); }
  // Signals come by a socket, as under Windows (fakes/fake_signal_calls.h).
  void set_signals_by_socket(bool by_socket) { signals_by_socket_ = by_socket; }
  bool signals_by_socket() const { return signals_by_socket_; }
  // unlink(2): the path of a UNIX socket is free again. 0 or -ENOENT.
  int Unlink(const std::string& path) { return unix_names_.Unlink(path); }
  // As `ulimit -n`: calls that would open one more say EMFILE.
  void SetDescriptorLimit(int limit) { descriptors_.set_limit(limit); }
  // Told of each call when it is over: the descriptor that it was about, -1 for
  // none or several, and what it returned, where -1 to -4095 are errnos.
  using ReturnWatcher = std::function<void(CallKind, int, int64_t)>;
  // All who were added are told, in that order, for as long as the host lives.
  void AddReturnWatcher(ReturnWatcher watcher) {
    return_watchers_.push_back(std::move(watcher));
  }
  // For who drives the loop of this host beside others (testing/test_world.h):
  // a call that is to stall, or a close that lingers, returns at once, and what
  // drives the loop leaves it alone until StalledUntil. Otherwise the call
  // itself takes so long, and the whole world with it.
  void LeaveStallsToDriver() { driver_stalls_ = true; }
  // When its processes go on, as far as is known now: a close that lingers may
  // be over before. In the past if they do not stand still. Ask whenever
  // something has happened: what waits behind such a close begins then.
  absl::Time StalledUntil();
  // The program was killed: what it left open is closed, without a call.
  void CloseAll() { descriptors_.CloseAll(); }
  // The program that waited there was killed.
  void ForgetLingeringCloses() { lingering_.clear(); }
  // The plug is pulled: connections are gone and no peer is told, nothing
  // leaves the host any more, and what comes to it is lost, as on a link that
  // is cut. The descriptors stay for who has them to close; until PowerOn.
  void PowerOff();
  void PowerOn() { has_power_ = true; }
  bool has_power() const { return has_power_; }
  // The next wait is asked not to wait only because its driver does that for
  // it: where nothing is ready, it stands for one that has to.
  void set_driver_waits(bool waits) { driver_waits_ = waits; }
  // "fd 3: TCP 10.0.0.1:80 listening", for each that is open; a program that
  // cleans up leaves none.
  std::vector<std::string> OpenDescriptors() const {
    return descriptors_.Describe();
  }

  // For the rest of the fake kernel.

  FakeNetwork& network() { return network_; }
  FakeTcpStack& tcp() { return tcp_; }
  FakeUdpStack& udp() { return udp_; }
  FakeUnixNames& unix_names() { return unix_names_; }
  FakeDescriptorTable& descriptors() { return descriptors_; }

  // One system call, on `fd` if it is about one: counts it, does to it what the
  // plan has for it, and before it returns lets everything arrive that takes
  // no time.
  template <typename Work>
  auto Call(CallKind kind, Work work, int fd = kNoDescriptor,
            bool may_wait = false) -> decltype(work()) {
    const CallFate fate = BeginCall(kind, fd, may_wait);
    if (TakesPlaceOfCall(kind, fd, fate)) {
      return static_cast<decltype(work())>(Told(kind, fd, -fate.error));
    }
    most_bytes_ = fate.most_bytes;
    interrupts_wait_ = InterruptsWait(kind, fate);
    connect_error_ = ConnectError(kind, fate);
    const auto result = work();
    network_.DeliverArrivals();
    return static_cast<decltype(work())>(
        Told(kind, fd, EndCall(kind, fd, fate, result)));
  }

  // The same for a call that waits, for so long at most, for many.
  template <typename Work>
  auto CallThatWaits(CallKind kind, absl::Duration timeout, Work work,
                     int fd = kNoDescriptor) -> decltype(work()) {
    const bool driver_waits = std::exchange(driver_waits_, false);
    const bool may_wait = driver_waits || timeout > absl::ZeroDuration();
    return Call(kind, std::move(work), fd, may_wait);
  }

  // The same for a call that the kernel always carries out.
  template <typename Work>
  auto CallThatCannotFail(CallKind kind, Work work) -> decltype(work()) {
    StandStill(faults_.Enter({.kind = kind, .can_fail = false}));
    const auto result = work();
    network_.DeliverArrivals();
    return static_cast<decltype(work())>(Told(kind, kNoDescriptor, result));
  }

  // What a call that waits for many does. `ask` says how many are ready (0:
  // none yet), or a negative errno; it is asked again whenever something may be
  // there, which need not be so. That number; 0 when `timeout` has passed;
  // -EINTR if a fault interrupts who has to wait; -EDEADLK:
  // FakeNetwork::WaitFor.
  int WaitForMany(absl::Duration timeout, absl::FunctionRef<int()> ask,
                  absl::FunctionRef<bool()> may_be_there);

  // close(2), for every kind of descriptor. On Linux the descriptor is gone
  // even when close reports EINTR or EIO (close(2)): never close it again.
  int CallClose(CallKind kind, int fd);

  // How many bytes the send in progress may take.
  size_t most_bytes() const { return most_bytes_; }
  // Whether the call in progress ends with EINTR if it has to wait.
  bool interrupts_wait() const { return interrupts_wait_; }
  // How the connect that the call in progress begins is to end, before anything
  // of it reaches the network; 0: as the network has it.
  int connect_error() const { return connect_error_; }

  // When a segment that would come now or later at `time` comes at last: behind
  // the pieces of one that came before.
  absl::Time InLine(absl::Time time) const {
    return std::max(time, line_free_at_);
  }
  void set_line_free_at(absl::Time time) { line_free_at_ = time; }

 private:
  static constexpr int kNoDescriptor = -1;

  // A close that the driver of the loop lets return.
  struct LingeringClose {
    std::weak_ptr<const FakeFile> file;
    absl::Time start;
    absl::Duration most;
  };

  CallFate BeginCall(CallKind kind, int fd, bool may_wait = false);
  bool TakesPlaceOfCall(CallKind kind, int fd, const CallFate& fate) const;
  bool ConnectsAtOnce(int fd) const;
  bool HasDatagrams(int fd) const;
  static bool InterruptsWait(CallKind kind, const CallFate& fate);
  static int ConnectError(CallKind kind, const CallFate& fate);
  int64_t EndCall(CallKind kind, int fd, const CallFate& fate, int64_t result);
  void StandStill(const CallFate& fate);
  void Linger(const std::shared_ptr<FakeFile>& file);
  void ForgetClosesThatAreOver();
  int64_t Told(CallKind kind, int fd, int64_t result) const {
    for (const ReturnWatcher& watcher : return_watchers_) {
      watcher(kind, fd, result);
    }
    return result;
  }
  // Does something to the file that `fd` is now, if it still lives then.
  template <typename Action>
  void Later(int fd, absl::Duration delay, Action action);
  void ShowLater(int fd, CallKind kind, absl::Duration delay);

  FakeNetwork& network_;
  const std::string name_;
  const uint8_t number_;
  FaultPlan faults_;
  std::vector<ReturnWatcher> return_watchers_;
  size_t most_bytes_ = 0;
  bool interrupts_wait_ = false;
  int connect_error_ = 0;
  bool has_power_ = true;
  bool signals_by_socket_ = false;
  bool driver_stalls_ = false;
  absl::Time stalled_until_ = absl::InfinitePast();
  std::deque<LingeringClose> lingering_;  // One after the other.
  bool driver_waits_ = false;
  absl::Time line_free_at_ = absl::InfinitePast();
  // The order matters at the end: descriptors close into a living stack.
  FakeTcpStack tcp_;
  FakeUdpStack udp_;
  FakeUnixNames unix_names_;
  FakeDescriptorTable descriptors_;
  FakeSocketCalls socket_calls_{*this};
  FakeWakeCalls wake_calls_{*this};
  FakeEpollCalls epoll_calls_{*this};
  FakeKqueueCalls kqueue_calls_{*this};
  FakeCompletionPortCalls completion_port_calls_{*this};
  FakePollCalls poll_calls_{*this};
  FakeSelectCalls select_calls_{*this};
  FakeRingCalls ring_calls_{*this};
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_HOST_H_
