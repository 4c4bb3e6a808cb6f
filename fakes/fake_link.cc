#include "cloche/fakes/fake_link.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <utility>

#include "cloche/base/check.h"
#include "cloche/fakes/fake_chance.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/fake_tcp_stack.h"

namespace cloche {
namespace {

constexpr absl::Duration kFirstTimeout = absl::Milliseconds(200);
constexpr absl::Duration kLongestTimeout = absl::Seconds(120);
constexpr int kMostTimeouts = 16;
constexpr int kMostTimeoutsOfOrphan = 9;

// Ethernet's, IP's and TCP's with a timestamp, or UDP's.
constexpr uint64_t kSegmentHeaderBytes = 66;
constexpr uint64_t kDatagramHeaderBytes = 42;

// Whether the sender waits for it to be acknowledged.
bool WantsAnswer(const FakeSegment& segment) {
  return !segment.payload.empty() || segment.fin;
}

}  // namespace

// Not a number is no probability either: it compares with nothing.
void FakeLink::Check(const FakeLinkOptions& options) {
  CLOCHE_CHECK(options.latency >= absl::ZeroDuration() &&
                   options.latency < absl::InfiniteDuration(),
               "a link's latency is not negative and has an end; where nothing "
               "arrives it is cut: Partition, Cut");
  CLOCHE_CHECK(options.jitter >= absl::ZeroDuration() &&
                   options.jitter < absl::InfiniteDuration(),
               "a link's jitter is added to its latency: it is not negative "
               "and has an end");
  CLOCHE_CHECK(options.max_segment_bytes >= 1,
               "a link's max_segment_bytes is at least 1, or no data would "
               "ever go; where nothing is to arrive it is cut: Partition, Cut");
  CLOCHE_CHECK(options.loss >= 0 && options.loss < 1,
               "a link's loss is from 0 to below 1; one that loses everything "
               "is cut: Partition, Cut");
  CLOCHE_CHECK(options.duplication >= 0 && options.duplication <= 1,
               "a link's duplication is a probability, from 0 to 1");
}

void FakeLink::Transmit(FakeSegment segment) {
  ForgetEarlier(segment);
  Conversation* const before_it = FindWaiting(segment);
  if (!IsTriedAgain(segment)) {
    if (!Loses(segment.destination)) Carry(std::move(segment));
  } else if (before_it != nullptr) {
    before_it->waiting.push_back(std::move(segment));
  } else if (!Loses(segment.destination)) {
    Carry(std::move(segment));
  } else {
    const Key key(segment.source, segment.destination);
    Conversation& conversation = conversations_[key];
    conversation.waiting.push_back(std::move(segment));
    TryLater(key, conversation);
  }
}

// A reset is, if it answers something that the other side sends again.
bool FakeLink::IsTriedAgain(const FakeSegment& segment) const {
  if (segment.syn) return false;
  return !segment.reset ||
         to_.tcp().AwaitsAnswer(segment.destination, segment.source);
}

FakeLink::Conversation* FakeLink::FindWaiting(const FakeSegment& segment) {
  if (conversations_.empty()) return nullptr;
  const auto found =
      conversations_.find(Key(segment.source, segment.destination));
  return found == conversations_.end() ? nullptr : &found->second;
}

void FakeLink::ForgetEarlier(const FakeSegment& segment) {
  Conversation* const waiting = FindWaiting(segment);
  if (waiting == nullptr) return;
  const uint64_t first = waiting->waiting.front().sequence;
  if (ConversationOf(first) >= ConversationOf(segment.sequence)) return;
  network_.Cancel(waiting->retry);
  conversations_.erase(Key(segment.source, segment.destination));
}

void FakeLink::ForgetWhatIsSentAgain() {
  for (const auto& [key, conversation] : conversations_) {
    network_.Cancel(conversation.retry);
  }
  conversations_.clear();
}

bool FakeLink::Loses(const SocketAddress& destination) {
  return is_cut_ || !to_.has_power() || network_.Swallows(destination) ||
         (options().loss > 0 && Drawn(network_.random(), options().loss));
}

void FakeLink::Carry(FakeSegment segment) {
  const absl::Time due =
      SendOff(segment.payload.size() + kSegmentHeaderBytes) + DrawJitter();
  last_due_ = std::max(last_due_, due);
  network_.Arrive(to_, std::move(segment), last_due_);
}

void FakeLink::Transmit(FakeDatagram datagram) {
  if (Loses(datagram.destination)) return;
  const absl::Time earliest =
      SendOff(datagram.payload.size() + kDatagramHeaderBytes);
  const double twice = options().duplication;
  if (twice > 0 && Drawn(network_.random(), twice)) {
    network_.Arrive(to_, datagram, earliest + DrawJitter());
  }
  network_.Arrive(to_, std::move(datagram), earliest + DrawJitter());
}

absl::Time FakeLink::SendOff(uint64_t bytes) {
  line_free_at_ =
      std::max(line_free_at_, network_.clock().Now()) + TimeOnTheLine(bytes);
  return line_free_at_ + options().latency;
}

absl::Duration FakeLink::TimeOnTheLine(uint64_t bytes) const {
  const auto rate = static_cast<int64_t>(options().bytes_per_second);
  if (rate == 0) return absl::ZeroDuration();
  return absl::Seconds(1) * static_cast<int64_t>(bytes) / rate;
}

absl::Duration FakeLink::DrawJitter() {
  const int64_t most = absl::ToInt64Nanoseconds(options().jitter);
  if (most <= 0) return absl::ZeroDuration();
  const uint64_t drawn =
      network_.random()() % (static_cast<uint64_t>(most) + 1);
  return absl::Nanoseconds(static_cast<int64_t>(drawn));
}

// --- What was lost ----------------------------------------------------------

void FakeLink::TryLater(const Key& key, Conversation& conversation) {
  const absl::Duration timeout = std::min(
      kFirstTimeout * (int64_t{1} << conversation.timeouts), kLongestTimeout);
  conversation.retry = network_.At(network_.clock().Now() + timeout,
                                   [this, key] { TryAgain(key); });
}

// What waits goes on its way, up to the next one that is lost.
void FakeLink::TryAgain(const Key& key) {
  Conversation& conversation = conversations_[key];
  if (++conversation.timeouts == kMostTimeouts) return GiveUp(key);
  if (conversation.timeouts >= kMostTimeoutsOfOrphan &&
      from_.tcp().IsOrphan(key.first, key.second)) {
    ForgetOrphan(key, conversation);
  }
  while (!conversation.waiting.empty()) {
    if (Loses(key.second)) return TryLater(key, conversation);
    Carry(std::move(conversation.waiting.front()));
    conversation.waiting.pop_front();
    conversation.timeouts = 0;
  }
  conversations_.erase(key);
}

// It gives up what it has said. A peer that waits for an answer says so itself
// again and again, and is answered with a reset.
void FakeLink::ForgetOrphan(const Key& key, Conversation& conversation) {
  std::deque<FakeSegment>& waiting = conversation.waiting;
  if (std::none_of(waiting.begin(), waiting.end(), WantsAnswer)) return;
  const auto& [source, destination] = key;
  from_.tcp().Break(source, destination, ETIMEDOUT);
  FakeSegment reset = std::move(waiting.front());
  reset.payload.clear();
  reset.fin = false;
  reset.reset = true;
  waiting.clear();
  if (to_.tcp().AwaitsAnswer(destination, source)) {
    waiting.push_back(std::move(reset));
  }
}

// Whoever waits for an answer gives up: the sender, if not all that is lost are
// acknowledgements, and the receiver, if they were of what it has sent again
// and again.
void FakeLink::GiveUp(const Key& key) {
  const auto place = conversations_.find(key);
  const std::deque<FakeSegment> waiting = std::move(place->second.waiting);
  conversations_.erase(place);
  const auto& [source, destination] = key;
  if (std::any_of(waiting.begin(), waiting.end(), WantsAnswer)) {
    from_.tcp().Break(source, destination, ETIMEDOUT);
  }
  if (to_.tcp().AwaitsAnswer(destination, source)) {
    to_.tcp().Break(destination, source, ETIMEDOUT);
  }
}

}  // namespace cloche
