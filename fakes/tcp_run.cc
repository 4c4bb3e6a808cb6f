// TcpRun: the listener, the weather, and the parts of a run.

#include "cloche/fakes/tcp_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_tcp_stack.h"

namespace cloche {
namespace {

constexpr int kFirstBacklog = 16;

constexpr TcpStep::Who kAll[] = {TcpStep::kClient1, TcpStep::kClient2,
                                 TcpStep::kServer1, TcpStep::kServer2};

// What happens within that time is looked at together, or a run whose bytes
// come one by one takes long.
constexpr absl::Duration kALittle = absl::Milliseconds(100);

// A cut is given up after 15 minutes, and more than once: fakes/fake_link.h.
constexpr absl::Duration kLong = absl::Hours(24);

// fakes/fake_tcp_stack.h: 60 s.
constexpr absl::Duration kTimeWaitAndMore = absl::Seconds(61);

}  // namespace

TcpRun::TcpRun(uint64_t seed) : network_(clock_, seed) {
  Listen(kFirstBacklog);
}

std::string TcpRun::Run(const TcpProgram& program) {
  for (const TcpStep& step : program) {
    if (fine()) Do(step);
  }
  const std::string steps = story_;
  if (fine()) ComeToRest();
  for (const TcpStep::Who who : kAll) CheckRest(who);
  if (fine()) CloseAll();
  story_ = steps;
  return complaint_;
}

void TcpRun::Complain(absl::string_view who, absl::string_view what) {
  if (fine() && !what.empty()) complaint_ = absl::StrCat(who, ": ", what);
}

void TcpRun::Tell(int64_t result) { absl::StrAppend(&story_, ": ", result); }

// A step that makes no sense here does not get into the story.
void TcpRun::Do(const TcpStep& step) {
  const std::string before = story_;
  absl::StrAppend(&story_, "  ", ToText(step));
  const size_t told = story_.size();
  if (DoWeather(step)) {
    absl::StrAppend(&story_, "\n");
    return;
  }
  DoCall(step);
  story_ = story_.size() == told ? before : absl::StrCat(story_, "\n");
}

void TcpRun::DoCall(const TcpStep& step) {
  const TcpStep::Who who = step.who;
  if (step.what == TcpStep::kConnect) return Connect(who);
  if (step.what == TcpStep::kAccept) {
    Accept(who);
    return;
  }
  if (!Has(who)) return;
  switch (step.what) {
    case TcpStep::kSend:
      Send(who, step.number, 0);
      return;
    case TcpStep::kSendUrgent:
      Send(who, step.number, kSendOutOfBand);
      return;
    case TcpStep::kReceive:
      Receive(who, step.number, 0);
      return;
    case TcpStep::kPeek:
      Receive(who, step.number, kReceivePeek);
      return;
    case TcpStep::kPollReceive:
      return PollAndReceive(who, step.number);
    case TcpStep::kPollSend:
      return PollAndSend(who, step.number);
    case TcpStep::kShutdown:
      return Shutdown(who, static_cast<ShutdownHow>(step.number));
    case TcpStep::kTakeError:
      return TakeError(who);
    case TcpStep::kCollectEdges:
      return CollectEdges(who);
    default:
      return Close(who, /*hangs_up=*/step.what == TcpStep::kHangUp);
  }
}

// --- The listener -----------------------------------------------------------

void TcpRun::Listen(int backlog) {
  if (listener_ >= 0) return;
  SocketCalls& calls = server_.sockets();
  listener_ = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  calls.SetSockOpt(listener_, SocketOption::kReuseAddress, 1);
  calls.SetSockOpt(listener_, SocketOption::kOutOfBandInline, 1);
  SetBuffers(calls, listener_);
  if (calls.Bind(listener_, Ipv4Any(kTcpRunPort)) != 0 ||
      calls.Listen(listener_, backlog) != 0) {
    Complain("the listener", "its port is taken");
  }
  backlog_ = static_cast<size_t>(backlog);
}

// Whoever waits for it is reset, or refused when its SYN comes.
void TcpRun::StopListening() {
  if (listener_ < 0) return;
  server_.sockets().Close(std::exchange(listener_, -1));
  for (const auto& [port, model] : waiting_) model->OnNobodyListens();
}

void TcpRun::SetBuffers(SocketCalls& calls, int fd) const {
  if (buffer_bytes_ == 0) return;
  calls.SetSockOpt(fd, SocketOption::kSendBuffer, buffer_bytes_);
  calls.SetSockOpt(fd, SocketOption::kReceiveBuffer, buffer_bytes_);
}

// --- The weather ------------------------------------------------------------

// Whether it was a step of the weather, or of the listener.
bool TcpRun::DoWeather(const TcpStep& step) {
  const auto most = static_cast<size_t>(step.number);
  FaultPlan& plan = HostOf(step.who).faults();
  switch (step.what) {
    case TcpStep::kPassTime:
      PassTime(absl::Milliseconds(step.number));
      return true;
    case TcpStep::kStopListening:
      StopListening();
      return true;
    case TcpStep::kListen:
      Listen(step.number);
      return true;
    case TcpStep::kCut:
      Cut(step.who);
      return true;
    case TcpStep::kMend:
      is_cut_ = false;
      network_.Heal(client_, server_);
      return true;
    case TcpStep::kBuffers:
      buffer_bytes_ = step.number;
      return true;
    case TcpStep::kShortWrites:
      plan.Add(
          {.kind = CallKind::kSend, .times = kForEver, .most_bytes = most});
      return true;
    case TcpStep::kShortArrivals:
      plan.CutArrivals({.most_bytes = most});
      return true;
    default:
      return ChangeLink(step);
  }
}

bool TcpRun::ChangeLink(const TcpStep& step) {
  switch (step.what) {
    case TcpStep::kLatency:
      link_.latency = absl::Milliseconds(step.number);
      break;
    case TcpStep::kJitter:
      link_.jitter = absl::Milliseconds(step.number);
      break;
    case TcpStep::kLoss:
      link_.loss = step.number / 100.0;
      for (const auto& model : models_) model->OnLoss();
      break;
    case TcpStep::kBandwidth:
      link_.bytes_per_second = static_cast<uint64_t>(step.number);
      break;
    case TcpStep::kSegmentSize:
      link_.max_segment_bytes = static_cast<size_t>(step.number);
      break;
    default:
      return false;
  }
  network_.SetLink(client_, server_, link_);
  return true;
}

void TcpRun::Cut(TcpStep::Who from) {
  is_cut_ = true;
  for (const auto& model : models_) model->OnCut();
  if (IsClient(from)) {
    network_.Cut(client_, server_);
  } else {
    network_.Cut(server_, client_);
  }
}

void TcpRun::PassTime(absl::Duration duration) {
  network_.WaitFor([] { return false; }, clock_.Now() + duration);
}

// --- The end ----------------------------------------------------------------

// Everybody reads what comes, until nothing is left that could happen.
void TcpRun::ComeToRest() {
  const absl::Time too_late = clock_.Now() + kLong;
  while (fine()) {
    const bool any = ReadAndAcceptAll();
    const absl::Time next = network_.NextEvent();
    if (any) continue;  // Which may have told the others something.
    if (next == absl::InfiniteFuture()) return;
    if (next > too_late) return Complain("the network", "never comes to rest");
    PassTime(std::max(next - clock_.Now(), absl::ZeroDuration()) + kALittle);
  }
}

// Whether there was anything to read or to accept.
bool TcpRun::ReadAndAcceptAll() {
  bool any = Accept(TcpStep::kServer1);
  any |= Accept(TcpStep::kServer2);
  for (const TcpStep::Who who : kAll) any |= ReadAll(who);
  return any;
}

// As a program with an edge-triggered set would: only if an edge says so.
bool TcpRun::ReadAll(TcpStep::Who who) {
  if (!Has(who)) return false;
  CollectEdges(who);
  bool any = false;
  while (fine() && sockets_[who].readable && Receive(who, 1000, 0) > 0) {
    any = true;
  }
  return any;
}

void TcpRun::CheckRest(TcpStep::Who who) {
  if (!Has(who) || !fine()) return;
  const Socket& socket = sockets_[who];
  const uint32_t level = Level(who);
  if ((level & kEpollIn) != 0 && !socket.readable) {
    Complain(who, "can receive, and no edge says so");
  }
  if ((level & kEpollOut) != 0 && !socket.writable) {
    Complain(who, "can send, and no edge says so");
  }
  Complain(who, socket.model->AtRest(EndOf(who)));
}

void TcpRun::CloseAll() {
  for (const TcpStep::Who who : kAll) {
    if (Has(who)) Close(who, /*hangs_up=*/false);
  }
  StopListening();
  const absl::Time too_late = clock_.Now() + kLong;
  while (network_.NextEvent() < too_late) PassTime(kTimeWaitAndMore);
  PassTime(kTimeWaitAndMore);
  CheckNothingLeft();
}

void TcpRun::CheckNothingLeft() {
  if (network_.NextEvent() != absl::InfiniteFuture()) {
    Complain("the network", "still has something to do");
  }
  CheckNothingLeft(client_);
  CheckNothingLeft(server_);
}

void TcpRun::CheckNothingLeft(FakeHost& host) {
  for (const std::string& text : host.OpenDescriptors()) {
    Complain(host.name(), absl::StrCat("is left with ", text));
  }
  if (may_strand_) return;  // A connection that nobody has a descriptor of.
  for (const std::string& text : host.tcp().Connections()) {
    Complain(host.name(), absl::StrCat("is left with ", text));
  }
  if (host.tcp().CountPorts() > 0) {
    Complain(host.name(), "is left with a port taken");
  }
}

}  // namespace cloche
