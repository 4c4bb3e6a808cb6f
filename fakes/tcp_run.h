// TcpRun: a TcpProgram on the fake kernel, with a TcpModel beside each of its
// connections.
//
//     step ──► system call on the fake ──► result ──► model: may that be?
//                                              │
//     everybody reads, until all is at rest ◄──┘ after the last step
//          │
//          ▼ has everything come that must come, with an edge for it?
//     everybody closes, a TIME_WAIT passes
//          │
//          ▼ is anything left?
//
// How edges are checked: each socket is in an edge-triggered epoll set of its
// own from the start. What its program knows of its readiness is what edges
// said and EAGAIN took back, no more; and when all is at rest, that must not be
// less than what is true.
//
// Main disadvantage: to ask what is true is a look at the socket, and a socket
// remembers that one who looked saw it full. So only steps that say so ask.
//
// Next: fakes/fake_tcp_model_test.cc.

#ifndef CLOCHE_FAKES_TCP_RUN_H_
#define CLOCHE_FAKES_TCP_RUN_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/tcp_model.h"
#include "cloche/fakes/tcp_program.h"

namespace cloche {

// Where it listens.
inline constexpr uint16_t kTcpRunPort = 80;

// For one program. Thread safety: none.
class TcpRun {
 public:
  // `seed` is for what the weather draws.
  explicit TcpRun(uint64_t seed);

  // Runs all of it, or up to the first thing that is wrong; says what that was,
  // or "".
  std::string Run(const TcpProgram& program);

  // Each step and what came of it, a line each.
  const std::string& story() const { return story_; }

 private:
  struct Socket {
    int fd = -1;
    int edges = -1;         // Its epoll set.
    bool readable = false;  // As far as its program knows.
    bool writable = false;
    std::shared_ptr<TcpModel> model;
  };

  // What is done and asked about one socket, by name. (tcp_run_calls.cc)

  bool Has(TcpStep::Who who) const { return sockets_[who].fd >= 0; }
  static TcpEnd EndOf(TcpStep::Who who) {
    return IsClient(who) ? kClientEnd : kServerEnd;
  }
  FakeHost& HostOf(TcpStep::Who who) {
    return IsClient(who) ? client_ : server_;
  }
  SocketCalls& CallsOf(TcpStep::Who who) { return HostOf(who).sockets(); }
  void Watch(TcpStep::Who who, int fd, std::shared_ptr<TcpModel> model);
  uint32_t Level(TcpStep::Who who);
  void CollectEdges(TcpStep::Who who);
  void Connect(TcpStep::Who who);
  void NoteCrowd();
  bool Accept(TcpStep::Who who);
  int64_t Send(TcpStep::Who who, int size, int flags);
  int64_t Receive(TcpStep::Who who, int size, int flags);
  void PollAndSend(TcpStep::Who who, int size);
  void PollAndReceive(TcpStep::Who who, int size);
  void Shutdown(TcpStep::Who who, ShutdownHow how);
  void TakeError(TcpStep::Who who);
  void Close(TcpStep::Who who, bool hangs_up);

  // The listener, the weather, and the parts of a run. (tcp_run.cc)

  void Do(const TcpStep& step);
  void DoCall(const TcpStep& step);
  bool DoWeather(const TcpStep& step);
  bool ChangeLink(const TcpStep& step);
  void Listen(int backlog);
  void StopListening();
  void Cut(TcpStep::Who from);
  void PassTime(absl::Duration duration);
  void ComeToRest();
  bool ReadAndAcceptAll();
  bool ReadAll(TcpStep::Who who);
  void CheckRest(TcpStep::Who who);
  void CloseAll();
  void CheckNothingLeft();
  void CheckNothingLeft(FakeHost& host);
  void SetBuffers(SocketCalls& calls, int fd) const;

  // Only the first complaint counts.
  void Complain(absl::string_view who, absl::string_view what);
  void Complain(TcpStep::Who who, absl::string_view what) {
    Complain(ToText(who), what);
  }
  bool fine() const { return complaint_.empty(); }
  void Tell(int64_t result);

  FakeClock clock_;
  FakeNetwork network_;
  FakeHost& client_ = network_.AddHost("clients");
  FakeHost& server_ = network_.AddHost("server");
  FakeLinkOptions link_;
  int buffer_bytes_ = 0;  // 0: as they are.
  bool is_cut_ = false;
  // A reset may have been lost, and its peer have no window: nobody probes it
  // here (docs/fidelity.md), so it waits for ever.
  bool may_strand_ = false;

  int listener_ = -1;
  size_t backlog_ = 0;
  std::array<Socket, kTcpSockets> sockets_;
  // Connections that were not accepted yet, by the client's port.
  absl::btree_map<uint16_t, std::shared_ptr<TcpModel>> waiting_;
  // All, in the order in which they were made.
  std::vector<std::shared_ptr<TcpModel>> models_;

  std::string story_;
  std::string complaint_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_TCP_RUN_H_
