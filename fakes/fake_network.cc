#include "cloche/fakes/fake_network.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "cloche/base/check.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {
namespace {

// Linux's loopback device has an MTU of 65,536 bytes; this is what remains.
constexpr size_t kLoopbackMaxSegmentBytes = 65483;

// What a host is told apart by: the last byte of its address, and the port.
uint64_t HalfLane(const SocketAddress& address) {
  const bool is_ipv4 = address.family == AddressFamily::kIpv4;
  return uint64_t{address.ip[is_ipv4 ? 3 : 15]} << 16 | address.port;
}

// What keeps its order: the segments of one direction of a connection, and the
// datagrams of one sender to one receiver that are due at one instant.
template <typename Packet>
FakeEventQueue::Lane LaneOf(const Packet& packet) {
  return HalfLane(packet.source) << 32 | HalfLane(packet.destination);
}

}  // namespace

FakeNetwork::FakeNetwork(FakeClock& clock, uint64_t seed)
    : clock_(clock), random_(seed) {}

FakeNetwork::~FakeNetwork() = default;

FakeHost& FakeNetwork::AddHost(absl::string_view name) {
  CLOCHE_CHECK(FindHost(name) == nullptr, "two hosts of one name");
  const size_t number = hosts_.size() + 1;
  CLOCHE_CHECK(number < 255, "this network has room for 254 hosts");
  hosts_.push_back(std::make_unique<FakeHost>(*this, std::string(name),
                                              static_cast<uint8_t>(number)));
  return *hosts_.back();
}

FakeHost* FakeNetwork::FindHost(absl::string_view name) const {
  for (const auto& host : hosts_) {
    if (host->name() == name) return host.get();
  }
  return nullptr;
}

FakeHost* FakeNetwork::FindHostByAddress(const SocketAddress& address) const {
  if (IsLoopback(address)) return nullptr;  // Everyone's, so nobody's.
  for (const auto& host : hosts_) {
    if (host->HasAddress(address)) return host.get();
  }
  return nullptr;
}

void FakeNetwork::AddBlackHole(const SocketAddress& address) {
  black_holes_.push_back(WithoutPort(ToWireForm(address)));
}

FakeEventQueue::Id FakeNetwork::At(absl::Time due,
                                   FakeEventQueue::Action action) {
  return events_.Schedule(std::max(due, clock_.Now()), std::move(action));
}

void FakeNetwork::RunNextEvent() {
  // Moved out first: the action may schedule, cancel and deliver.
  FakeEventQueue::Action action = events_.Pop();
  action();
}

bool FakeNetwork::RunNextArrival() {
  auto action = events_.PopArrival(clock_.Now());
  if (action.has_value()) (*action)();
  return action.has_value();
}

void FakeNetwork::DeliverArrivals() {
  while (RunNextArrival()) {
  }
}

size_t FakeNetwork::DeliverDue(size_t most) {
  size_t count = 0;
  while (count < most && events_.NextDue() <= clock_.Now()) {
    RunNextEvent();
    ++count;
  }
  return count;
}

size_t FakeNetwork::CountDue() const {
  return events_.NextDue() <= clock_.Now() ? events_.CountCandidates() : 0;
}

int FakeNetwork::WaitFor(absl::FunctionRef<bool()> ready, absl::Time deadline) {
  const bool waits = deadline > clock_.Now();
  while (!ready()) {
    if (!waits) {
      if (RunNextArrival()) continue;
      return 0;
    }
    const absl::Time next = std::min(events_.NextDue(), deadline);
    if (next == absl::InfiniteFuture()) return -EDEADLK;
    if (next > clock_.Now()) clock_.AdvanceTo(next);
    if (events_.NextDue() > clock_.Now()) return 0;  // So it was the deadline.
    RunNextEvent();
  }
  return 1;
}

bool FakeNetwork::Swallows(const SocketAddress& destination) const {
  const SocketAddress address = WithoutPort(ToWireForm(destination));
  return std::find(black_holes_.begin(), black_holes_.end(), address) !=
         black_holes_.end();
}

FakeNetwork::Route FakeNetwork::FindRoute(
    const SocketAddress& destination) const {
  if (Swallows(destination)) return Route::kBlackHole;
  const bool known =
      IsLoopback(destination) || FindHostByAddress(destination) != nullptr;
  return known ? Route::kHost : Route::kNobody;
}

// What is swallowed on its way to another host, its link loses, for TCP to try
// again.
FakeHost* FakeNetwork::Resolve(const FakeHost& from,
                               const SocketAddress& destination) const {
  if (!from.HasAddress(destination)) return FindHostByAddress(destination);
  return Swallows(destination) ? nullptr : const_cast<FakeHost*>(&from);
}

size_t FakeNetwork::MaxSegmentBytes(const FakeHost& from,
                                    const SocketAddress& destination) const {
  if (from.HasAddress(destination)) return kLoopbackMaxSegmentBytes;
  const FakeHost* to = FindHostByAddress(destination);
  const auto link = links_.find({&from, to});
  return link == links_.end() ? link_options_.max_segment_bytes
                              : link->second->options().max_segment_bytes;
}

FakeLink& FakeNetwork::LinkBetween(FakeHost& from, FakeHost& to) {
  CLOCHE_CHECK(&from != &to, "a host has no link to itself");
  std::unique_ptr<FakeLink>& link = links_[HostPair(&from, &to)];
  if (link == nullptr) {
    link = std::make_unique<FakeLink>(*this, from, to, link_options_);
  }
  return *link;
}

void FakeNetwork::SetLink(const FakeLinkOptions& options) {
  FakeLink::Check(options);
  link_options_ = options;
}

void FakeNetwork::SetLink(FakeHost& a, FakeHost& b,
                          const FakeLinkOptions& options) {
  FakeLink::Check(options);
  LinkBetween(a, b).SetOptions(options);
  LinkBetween(b, a).SetOptions(options);
}

void FakeNetwork::Partition(FakeHost& a, FakeHost& b) {
  Cut(a, b);
  Cut(b, a);
}

void FakeNetwork::Heal(FakeHost& a, FakeHost& b) {
  Mend(a, b);
  Mend(b, a);
}

void FakeNetwork::Transmit(FakeHost& from, FakeSegment segment) {
  FakeHost* to = Resolve(from, segment.destination);
  if (to == nullptr || !from.has_power()) return;
  if (to == &from) return Arrive(*to, std::move(segment), clock_.Now());
  if (IsLoopback(segment.source)) return;  // Every host drops it: a "martian".
  LinkBetween(from, *to).Transmit(std::move(segment));
}

void FakeNetwork::Transmit(FakeHost& from, FakeDatagram datagram) {
  FakeHost* to = Resolve(from, datagram.destination);
  if (to == nullptr || !from.has_power()) return;
  if (to == &from) return Arrive(*to, std::move(datagram), clock_.Now());
  if (IsLoopback(datagram.source)) return;  // Every host drops it: a "martian".
  LinkBetween(from, *to).Transmit(std::move(datagram));
}

void FakeNetwork::Arrive(FakeHost& to, FakeDatagram datagram, absl::Time due) {
  const FakeEventQueue::Lane lane = LaneOf(datagram);
  events_.Schedule(
      due,
      [&to, datagram = std::move(datagram)] {
        if (to.has_power()) to.udp().OnDatagram(datagram);
      },
      lane);
}

void FakeNetwork::Arrive(FakeHost& to, FakeSegment segment, absl::Time due) {
  due = to.InLine(due);
  if (!segment.payload.empty()) {
    if (const auto cut = to.faults().EnterArrival()) {
      due = DeliverPieces(to, segment, *cut, due);
      to.set_line_free_at(due);
    }
  }
  Deliver(to, std::move(segment), due);
}

void FakeNetwork::Deliver(FakeHost& to, FakeSegment segment, absl::Time due) {
  const FakeEventQueue::Lane lane = LaneOf(segment);
  events_.Schedule(
      due, [this, &to, segment = std::move(segment)] { Hand(to, segment); },
      lane);
}

// What comes to a host without power is lost behind its link, and sent again.
void FakeNetwork::Hand(FakeHost& to, const FakeSegment& segment) {
  if (to.has_power()) return to.tcp().OnSegment(segment);
  FakeHost* const from = FindHostByAddress(segment.source);
  if (from != nullptr && from != &to) Transmit(*from, segment);
}

void FakeNetwork::ForgetWhatIsSentAgain(FakeHost& from) {
  for (const auto& to : hosts_) {
    const auto link = links_.find({&from, to.get()});
    if (link != links_.end()) link->second->ForgetWhatIsSentAgain();
  }
}

// All but the last piece, which is left in `segment`; returns when that comes.
// A FIN comes with the last byte.
absl::Time FakeNetwork::DeliverPieces(FakeHost& to, FakeSegment& segment,
                                      const ArrivalCut& cut, absl::Time due) {
  while (segment.payload.size() > cut.most_bytes) {
    FakeSegment piece = segment;
    piece.payload.resize(cut.most_bytes);
    piece.fin = false;
    Deliver(to, std::move(piece), due);
    segment.payload.erase(0, cut.most_bytes);
    segment.sequence += cut.most_bytes;
    due += cut.gap;
  }
  return due;
}

}  // namespace cloche
