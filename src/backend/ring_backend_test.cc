// RingBackend: when operations are submitted, what ends them, and what a full
// queue, a signal or a wake changes about that. What every backend does is in
// testing/contract.

#include "cloche/backend/ring_backend.h"

#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/backend/ring_backend_test.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/status_matchers.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::UnorderedElementsAre;

using RingProbe = FakeKernelTest;

TEST_F(RingProbe, IsOkWhereThereIsIoUring) {
  EXPECT_THAT(RingBackend::Probe(host_.ring()), IsOk());
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

TEST_F(RingProbe, SaysThatTheKernelHasNone) {
  host_.FailCall(CallKind::kRingSetup, ENOSYS);
  EXPECT_THAT(RingBackend::Probe(host_.ring()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("ENOSYS")));
}

TEST_F(RingProbe, SaysThatItIsForbidden) {
  host_.FailCall(CallKind::kRingSetup, EPERM);
  EXPECT_THAT(
      RingBackend::Probe(host_.ring()),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("EPERM")));
}

class OldRingCalls final : public RingCalls {
 public:
  int Open(unsigned /*depth*/, std::unique_ptr<Ring>& /*ring*/) override {
    return -EINVAL;
  }
};

TEST_F(RingProbe, OfAnOldKernelSaysWhatElseWillDo) {
  OldRingCalls calls;
  EXPECT_THAT(RingBackend::Probe(calls),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("epoll")));
}

TEST_F(RingProbe, ABackendWithoutADescriptorForWakesIsNone) {
  host_.FailCall(CallKind::kOpenWake, EMFILE);
  EXPECT_THAT(RingBackend::Create(host_.ring(), calls_, host_.wake()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

// --- Submitting -------------------------------------------------------------

using RingBackendStart = RingBackendTest;

TEST_F(RingBackendStart, MakesNoCall) {
  const Ends ends = Connect();
  const uint64_t before = host_.faults().CountAll();
  Sending send(ends.client);
  Receiving receive(ends.client);
  EXPECT_EQ(Start(send), "in flight");
  EXPECT_EQ(Start(receive), "in flight");
  EXPECT_EQ(host_.faults().CountAll(), before);
  EXPECT_THAT(WaitOnce(), ElementsAre("send: 1"));
  backend_->Close(ends.client);
  WaitOnce();
}

TEST_F(RingBackendStart, SubmitsWhateverWasStartedInOneCall) {
  const Ends ends = Connect();
  Sending send(ends.client, "hello");
  Receiving receive(ends.server);
  EXPECT_EQ(Start(receive), "in flight");
  EXPECT_EQ(Start(send), "in flight");
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()),
              ElementsAre("send: 5", "receive: hello"));
  EXPECT_EQ(Calls(CallKind::kRingEnter), 1u);
}

TEST_F(RingBackendStart, TriesAtOnceWhatIsOnlyTried) {
  const Ends ends = Connect();
  Receiving attempt(ends.client);
  attempt.only_try = true;
  EXPECT_EQ(Start(attempt), "receive: EAGAIN");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Start(attempt), "receive: x");
  EXPECT_EQ(Calls(CallKind::kRingEnter), 0u);
}

TEST_F(RingBackendStart, OfAClosedDescriptorEndsBadly) {
  Receiving reader(99);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: EBADF"));
}

TEST_F(RingBackendStart, AcceptNamesThePeer) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  Submit(accept);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_THAT(HandedBack(), ElementsAre(HasSubstr("accept: ")));
  SocketAddress address;
  EXPECT_EQ(calls_.GetSockName(client, &address), 0);
  EXPECT_EQ(accept.peer(), address);
}

// More at a time than there is room for: they go in portions.
// The kernel gives it up in the end; whoever waits does not hear of that.
TEST_F(RingBackendStart, AnAcceptGoesOnHoweverOftenOthersAreQuicker) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  Submit(accept);
  for (int i = 0; i < 300; ++i) {
    NewConnecting(host_, Ipv4Loopback(80));
    EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
    EXPECT_THAT(WaitOnce(), IsEmpty());
  }
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_THAT(HandedBack(), ElementsAre(MatchesRegex("accept: [0-9]+")));
}

TEST_F(RingBackendStart, FullQueuesAreEnteredEarly) {
  Open(/*depth=*/2);
  const Ends ends = Connect();
  std::deque<Receiving> readers;
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    const Ends more = ConnectTo(ends.listener);
    calls_.Send(more.server, std::string(1, static_cast<char>('a' + i)), 0);
    EXPECT_EQ(Start(readers.emplace_back(more.client)), "in flight");
    expected.push_back(std::string("receive: ") + static_cast<char>('a' + i));
  }
  Texts texts = WaitOnce();
  while (texts.size() < 9) {
    const Texts more = HandedBack();
    ASSERT_THAT(more, ::testing::Not(IsEmpty()));
    texts.insert(texts.end(), more.begin(), more.end());
  }
  EXPECT_EQ(texts, expected);
}

TEST_F(RingBackendStart, WhatTheKernelHasNoMemoryForIsSubmittedLater) {
  const Ends ends = Connect();
  Sending send(ends.client);
  EXPECT_EQ(Start(send), "in flight");
  host_.FailCall(CallKind::kRingEnter, EAGAIN);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  EXPECT_THAT(WaitOnce(), ElementsAre("send: 1"));
}

// --- Waiting ----------------------------------------------------------------

using RingBackendWait = RingBackendTest;

// The completion queue has room for four.
TEST_F(RingBackendWait, MoreCompletionsThanFitAreAllHandedBack) {
  Open(/*depth=*/2);
  const Ends ends = Connect();
  std::deque<WaitingReadable> waits;
  std::vector<int> servers;
  for (int i = 0; i < 9; ++i) {
    const Ends more = ConnectTo(ends.listener);
    Submit(waits.emplace_back(more.client));
    servers.push_back(more.server);
  }
  for (const int server : servers) calls_.Send(server, "x", 0);
  size_t count = 0;
  while (count < 9) {
    const size_t more = WaitOnce(absl::Hours(1)).size();
    ASSERT_GT(more, 0u);
    count += more;
  }
  EXPECT_EQ(clock_.Now(), FakeClock::Start()) << "it waited with some in hand";
}

TEST_F(RingBackendWait, ASignalIsNoEndAndNoError) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  host_.FailCall(CallKind::kRingEnter, EINTR);
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
}

TEST_F(RingBackendWait, LastsToTheNanosecond) {
  EXPECT_THAT(WaitOnce(absl::Nanoseconds(1'500)), IsEmpty());
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Nanoseconds(1'500));
}

TEST_F(RingBackendWait, WhereNothingCanHappenSaysSo) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kFailedPrecondition));
  backend_->Cancel(reader);
  WaitOnce();
}

TEST_F(RingBackendWait, AWakeBeforeTheDescriptorIsPolledAgainIsNotLost) {
  backend_->Wake();
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  backend_->Wake();
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  EXPECT_THAT(WaitOnce(absl::Seconds(1)), IsEmpty());
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Seconds(1));
}

TEST_F(RingBackendWait, CompletionsInAnyOrderFindTheirOperations) {
  const Ends one = Connect();
  const Ends two = ConnectTo(one.listener);
  Receiving first(one.client);
  Receiving second(two.client);
  Submit(first);
  Submit(second);
  calls_.Send(one.server, "first", 0);
  calls_.Send(two.server, "second", 0);
  host_.ring().set_order([](size_t count) { return count - 1; });
  EXPECT_THAT(HandedBack(), ElementsAre("receive: second", "receive: first"));
}

// --- A kernel without memory ------------------------------------------------

// More is started than the queue holds, so it is entered early; then a wake
// completes in the middle of a Wait that has filled the queue again.
class RingBackendWithoutMemory : public RingBackendTest {
 protected:
  void StartMoreThanFits() {
    Open(/*depth=*/2);
    EXPECT_THAT(WaitOnce(), IsEmpty());
    backend_->Wake();
    const int listener = NewListener(host_, next_port_++);
    for (int i = 0; i < 4; ++i) {
      const Ends ends = ConnectTo(listener);
      EXPECT_EQ(Start(readers_.emplace_back(ends.client)), "in flight");
    }
  }
  // The `first` enter from now, and those after it.
  void FailEnters(int first, int count) {
    for (int i = 0; i < count; ++i) {
      host_.FailCall(CallKind::kRingEnter, EAGAIN, /*nth_from_now=*/first + i);
    }
  }
  void EndAll() {
    host_.ClearFaults();
    for (Receiving& reader : readers_) backend_->Cancel(reader);
    size_t ended = 0;
    for (int turn = 0; turn < 4; ++turn) ended += WaitOnce().size();
    EXPECT_EQ(ended, readers_.size());
    readers_.clear();
  }

 private:
  uint16_t next_port_ = 80;
  std::deque<Receiving> readers_;
};

// There is no room to poll the wake descriptor again: both the enter at the end
// of this Wait and the early one of the next have failed.
TEST_F(RingBackendWithoutMemory, DoesNotSleepWhenNobodyCouldWakeIt) {
  StartMoreThanFits();
  FailEnters(/*first=*/2, /*count=*/2);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  backend_->Wake();
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
    EXPECT_THAT(status_, IsOk()) << "it sleeps, and nobody can wake it";
  }
  EndAll();
}

TEST_F(RingBackendWithoutMemory, IsWokenWhicheverEntersFail) {
  for (int first = 1; first <= 6; ++first) {
    for (int count = 1; count <= 4; ++count) {
      SCOPED_TRACE(absl::StrCat(count, " enters fail, from #", first));
      StartMoreThanFits();
      FailEnters(first, count);
      WaitOnce();
      backend_->Wake();
      const uint64_t before = Calls(CallKind::kDrainWake);
      while (Calls(CallKind::kDrainWake) == before) {
        WaitOnce(absl::InfiniteDuration());
        ASSERT_THAT(status_, IsOk()) << "it sleeps, and nobody can wake it";
      }
      EndAll();
    }
  }
}

}  // namespace
}  // namespace cloche
