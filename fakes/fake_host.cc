#include "cloche/fakes/fake_host.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_file.h"
#include "cloche/fakes/fake_socket.h"

namespace cloche {
namespace {

bool Connects(CallKind kind) {
  return kind == CallKind::kConnect || kind == CallKind::kConnectEx;
}

// What a program waits for that is told to wait by this call.
uint32_t WaitsFor(CallKind kind) {
  const bool sends = kind == CallKind::kSend || kind == CallKind::kSendMsg ||
                     kind == CallKind::kWsaSend;
  return sends ? kEpollOut : kEpollIn;
}

// What is not to be seen until then: where the data has not come, no end of it
// has.
uint32_t HidesFor(CallKind kind) {
  const uint32_t mask = WaitsFor(kind);
  return mask == kEpollIn ? kEpollIn | kEpollRdHup : mask;
}

// How the call is made to fail; nothing if it is not.
std::optional<FaultMeans> MeansOf(CallKind kind, const CallFate& fate) {
  if (fate.error == 0) return std::nullopt;
  return FindErrno(kind, fate.error)->means;
}

}  // namespace

FakeHost::FakeHost(FakeNetwork& network, std::string name, uint8_t number)
    : network_(network),
      name_(std::move(name)),
      number_(number),
      faults_(network.random()),
      tcp_(network, *this),
      udp_(network, *this) {}

SocketAddress FakeHost::Address(AddressFamily family, uint16_t port) const {
  if (family == AddressFamily::kIpv4) {
    return Ipv4Address(10, 0, 0, number_, port);
  }
  SocketAddress address = Ipv6Any(port);
  address.ip[0] = 0xfd;
  address.ip[15] = number_;
  return address;
}

bool FakeHost::HasAddress(const SocketAddress& address) const {
  if (IsLoopback(address)) return true;
  const SocketAddress wire = ToWireForm(address);
  return wire.ip == Address(wire.family).ip;
}

SocketAddress FakeHost::SourceFor(const SocketAddress& destination) const {
  const bool v4 = destination.family == AddressFamily::kIpv4;
  if (IsLoopback(destination)) return v4 ? Ipv4Loopback() : Ipv6Loopback();
  return Address(destination.family);
}

int FakeHost::CallClose(CallKind kind, int fd) {
  const CallFate fate = BeginCall(kind, fd);
  const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
  const int result = descriptors_.Close(fd);
  network_.DeliverArrivals();
  if (file != nullptr) Linger(file);
  return static_cast<int>(Told(kind, fd, result == 0 ? -fate.error : result));
}

int FakeHost::WaitForMany(absl::Duration timeout, absl::FunctionRef<int()> ask,
                          absl::FunctionRef<bool()> may_be_there) {
  const absl::Time deadline = network_.clock().Now() + timeout;
  for (;;) {
    const int count = ask();
    if (count != 0) return count;
    if (interrupts_wait_) return -EINTR;
    const int result = network_.WaitFor(may_be_there, deadline);
    if (result <= 0) return result;
  }
}

// Without power first: nothing that follows from it leaves the host.
void FakeHost::PowerOff() {
  has_power_ = false;
  stalled_until_ = absl::InfinitePast();
  tcp_.ForgetAll();
  network_.ForgetWhatIsSentAgain(*this);
}

// --- Carrying out the plan --------------------------------------------------

template <typename Action>
void FakeHost::Later(int fd, absl::Duration delay, Action action) {
  const std::weak_ptr<FakeFile> target = descriptors_.Find(fd);
  network_.At(network_.clock().Now() + delay, [target, action] {
    if (const std::shared_ptr<FakeFile> file = target.lock()) action(*file);
  });
}

// What this call would have done comes only then.
void FakeHost::ShowLater(int fd, CallKind kind, absl::Duration delay) {
  const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
  if (file == nullptr) return;
  file->Hide(HidesFor(kind));
  Later(fd, delay, [kind](FakeFile& shown) { shown.Show(HidesFor(kind)); });
}

void FakeHost::StandStill(const CallFate& fate) {
  FakeClock& clock = network_.clock();
  clock.JumpWallClock(fate.wall_clock_jump);
  if (fate.stall <= absl::ZeroDuration()) return;
  if (driver_stalls_) {  // Two calls of one turn: one after the other.
    stalled_until_ = std::max(stalled_until_, clock.Now()) + fate.stall;
    return;
  }
  network_.WaitFor([] { return false; }, clock.Now() + fate.stall);
}

absl::Time FakeHost::StalledUntil() {
  ForgetClosesThatAreOver();
  if (lingering_.empty()) return stalled_until_;
  absl::Time until = lingering_.front().start;
  for (const LingeringClose& close : lingering_) until += close.most;
  return std::max(until, stalled_until_);
}

// Two closes of one turn: the second is made when the first is over.
void FakeHost::ForgetClosesThatAreOver() {
  const absl::Time now = network_.clock().Now();
  while (!lingering_.empty()) {
    const LingeringClose& first = lingering_.front();
    const std::shared_ptr<const FakeFile> file = first.file.lock();
    const bool waits =
        file != nullptr && file->Lingers() > absl::ZeroDuration();
    const absl::Time latest = first.start + first.most;
    if (waits && now < latest) return;
    lingering_.pop_front();
    if (!lingering_.empty()) lingering_.front().start = std::min(now, latest);
  }
}

void FakeHost::Linger(const std::shared_ptr<FakeFile>& file) {
  const absl::Duration most = file->Lingers();
  if (most == absl::ZeroDuration()) return;
  const absl::Time now = network_.clock().Now();
  if (driver_stalls_) {
    lingering_.push_back({file, std::max(stalled_until_, now), most});
    return;
  }
  network_.WaitFor([&] { return file->Lingers() == absl::ZeroDuration(); },
                   now + most);
}

bool FakeHost::HasDatagrams(int fd) const {
  const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
  if (file == nullptr || file->AsSocket() == nullptr) return false;
  return file->AsSocket()->KeepsMessages();
}

CallFate FakeHost::BeginCall(CallKind kind, int fd, bool may_wait) {
  const CallFate fate = faults_.Enter(
      {.kind = kind, .on_datagrams = HasDatagrams(fd), .may_wait = may_wait});
  StandStill(fate);
  const std::optional<FaultMeans> means = MeansOf(kind, fate);
  if (means == FaultMeans::kNotYet) {
    ShowLater(fd, kind, fate.delay);
  } else if (means == FaultMeans::kBreaks && !Connects(kind)) {
    const int error = fate.error == ENOTCONN ? ECONNRESET : fate.error;
    const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
    if (file != nullptr) file->Break(error);
  }
  return fate;
}

bool FakeHost::ConnectsAtOnce(int fd) const {
  const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
  return file != nullptr && file->ConnectsAtOnce();
}

bool FakeHost::TakesPlaceOfCall(CallKind kind, int fd,
                                const CallFate& fate) const {
  const std::optional<FaultMeans> means = MeansOf(kind, fate);
  if (!means.has_value()) return false;
  if (kind == CallKind::kConnect && ConnectsAtOnce(fd)) return true;
  return means == FaultMeans::kInstead || means == FaultMeans::kNotYet;
}

bool FakeHost::InterruptsWait(CallKind kind, const CallFate& fate) {
  return MeansOf(kind, fate) == FaultMeans::kWaiting;
}

// Who times out has not been answered, and whoever was refused has not been
// accepted: so the peer must not hear of it (FakeTcpSocket::StartConnect).
int FakeHost::ConnectError(CallKind kind, const CallFate& fate) {
  const bool breaks = MeansOf(kind, fate) == FaultMeans::kBreaks;
  return Connects(kind) && breaks ? fate.error : 0;
}

int64_t FakeHost::EndCall(CallKind kind, int fd, const CallFate& fate,
                          int64_t result) {
  if (result > 0 && fate.most_bytes == static_cast<size_t>(result)) {
    ShowLater(fd, kind, fate.delay);
  }
  const bool must_wait = result == -EAGAIN || result == -EINPROGRESS;
  if (must_wait && fate.spurious && !Connects(kind)) {
    const uint32_t mask = WaitsFor(kind);
    Later(fd, fate.delay, [mask](FakeFile& file) { file.PretendReady(mask); });
  }
  if (!Connects(kind) || fate.error == 0) return result;
  if (result != 0 && result != -EINPROGRESS) return result;
  if (fate.error == EINTR) return -EINTR;
  // Of a TCP socket that began to connect this is over already; one that was
  // connected breaks, and of a datagram socket an earlier datagram was refused.
  const std::shared_ptr<FakeFile> file = descriptors_.Find(fd);
  if (file != nullptr) file->Break(fate.error);
  return result;
}

}  // namespace cloche
