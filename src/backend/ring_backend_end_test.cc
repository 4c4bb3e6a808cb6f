// RingBackend: Cancel and Close, before and after an operation has been
// submitted, and what comes at the same time.

#include <cerrno>
#include <string>

#include "cloche/backend/ring_backend_test.h"
#include "cloche/fakes/fake_addresses.h"

namespace cloche {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// --- Cancel -----------------------------------------------------------------

using RingBackendCancel = RingBackendTest;

TEST_F(RingBackendCancel, OfWhatIsOnlyQueuedNeedsNoKernel) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Cancel(reader);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED"));
  EXPECT_EQ(Calls(CallKind::kRecv), 0u);
}

TEST_F(RingBackendCancel, OfWhatIsSubmittedEndsIt) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  backend_->Cancel(reader);
  backend_->Cancel(reader);  // Twice is once.
  EXPECT_EQ(reader.state, OperationState::kInFlight);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
}

// The kernel has received already when it hears of the cancel.
TEST_F(RingBackendCancel, ThatComesTooLateLeavesTheResult) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  calls_.Send(ends.server, "hello", 0);
  host_.ring().set_order([](size_t count) { return count - 1; });
  backend_->Cancel(reader);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
}

// It was woken in vain so often that the kernel gives it up with EAGAIN.
TEST_F(RingBackendCancel, OfAnAcceptThatIsGivenUpJustThenEndsIt) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  Submit(accept);
  for (int i = 0; i < 128; ++i) {
    EXPECT_THAT(WaitOnce(), IsEmpty());
    NewConnecting(host_, Ipv4Loopback(80));
    EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
  }
  host_.ring().set_order([](size_t count) { return count - 1; });
  backend_->Cancel(accept);
  EXPECT_THAT(HandedBack(), ElementsAre("accept: ECANCELED"));
}

// The other way round: then the bytes are the next one's.
TEST_F(RingBackendCancel, ThatIsQuickerThanTheKernelLeavesTheBytes) {
  const Ends ends = Connect();
  Receiving cancelled(ends.client);
  Submit(cancelled);
  calls_.Send(ends.server, "hello", 0);
  backend_->Cancel(cancelled);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
  Receiving next(ends.client);
  EXPECT_EQ(Start(next), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
}

TEST_F(RingBackendCancel, ABusyDirectionIsBusyUntilTheKernelLetsGo) {
  const Ends ends = Connect();
  Receiving cancelled(ends.client);
  Submit(cancelled);
  backend_->Cancel(cancelled);
  Receiving early(ends.client);
  EXPECT_EQ(Start(early), "receive: EBUSY");
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
}

TEST_F(RingBackendCancel, WhenTheQueueIsFullComesAllTheSame) {
  Open(/*depth=*/1);
  const Ends ends = Connect();
  const Ends more = ConnectTo(ends.listener);
  Receiving one(ends.client);
  Receiving two(more.client);
  Submit(one);
  Submit(two);
  backend_->Cancel(one);
  backend_->Cancel(two);
  Texts texts = HandedBack();
  if (texts.size() == 1) texts.push_back(HandedBack().front());
  EXPECT_THAT(texts, ElementsAre("receive: ECANCELED", "receive: ECANCELED"));
}

// --- Close ------------------------------------------------------------------

using RingBackendClose = RingBackendTest;

TEST_F(RingBackendClose, CancelsFirstAndClosesWhenEverythingCameBack) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  Submit(reader);
  Submit(writer);
  backend_->Close(ends.client);
  EXPECT_TRUE(IsOpen(ends.client));
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED, closed locally",
                                        "send: ECANCELED, closed locally"));
  EXPECT_FALSE(IsOpen(ends.client));
}

// One of the two takes a wait longer than the other.
TEST_F(RingBackendClose, WaitsForTheLastOfTwo) {
  Open(/*depth=*/1);
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  Submit(reader);
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Close(ends.client);
  EXPECT_EQ(WaitOnce().front(), "send: ECANCELED, closed locally");
  if (IsOpen(ends.client)) {
    EXPECT_THAT(HandedBack(),
                ElementsAre("receive: ECANCELED, closed locally"));
  }
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_F(RingBackendClose, AfterACancelChangesNothingAboutIt) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  backend_->Cancel(reader);
  backend_->Close(ends.client);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
  EXPECT_FALSE(IsOpen(ends.client));
}

// It is nobody's, and would stay open for ever.
TEST_F(RingBackendClose, OfAListenerClosesWhatItHasJustAccepted) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  Submit(accept);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  host_.ring().set_order([](size_t count) { return count - 1; });
  backend_->Close(listener);
  EXPECT_THAT(HandedBack(), ElementsAre("accept: ECANCELED, closed locally"));
  EXPECT_EQ(calls_.Close(client), 0);
  backend_.reset();
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

// A cancel that comes too late has a completion as well; by then the number
// may be somebody else's.
TEST_F(RingBackendClose, StaleCompletionsDoNotTouchWhoGetsTheNumberNext) {
  const Ends ends = Connect();
  Receiving old_reader(ends.client);
  Submit(old_reader);
  calls_.Send(ends.server, "old", 0);
  host_.ring().set_order([](size_t count) { return count - 1; });
  backend_->Close(ends.client);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED, closed locally"));
  const Ends more = ConnectTo(ends.listener);
  ASSERT_EQ(more.client, ends.client);
  Receiving reader(more.client);
  Submit(reader);
  EXPECT_THAT(WaitOnce(absl::Seconds(1)), IsEmpty());
  calls_.Send(more.server, "new", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: new"));
}

TEST_F(RingBackendClose, OfAConnectingSocketGivesItUp) {
  network_.AddBlackHole(Ipv4Address(10, 9, 9, 9, 0));
  Connecting connect(NewTcp(host_), Ipv4Address(10, 9, 9, 9, 80));
  Submit(connect);
  backend_->Close(connect.fd);
  EXPECT_THAT(HandedBack(), ElementsAre("connect: ECANCELED, closed locally"));
  EXPECT_FALSE(IsOpen(connect.fd));
}

// --- Buffers ----------------------------------------------------------------

using RingBackendBufferDeathTest = RingBackendTest;

TEST_F(RingBackendBufferDeathTest, ABufferInFlightIsTheKernels) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  EXPECT_DEATH(
      {
        reader.buffer[0] = 'x';
        backend_->Cancel(reader);
        HandedBack();
      },
      "belonged to the kernel");
  backend_->Cancel(reader);
  HandedBack();
}

TEST_F(RingBackendBufferDeathTest, ABackendWithOperationsInFlightMayNotGo) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Submit(reader);
  EXPECT_DEATH(backend_.reset(), "belonged to the kernel");
  backend_->Cancel(reader);
  HandedBack();
}

}  // namespace
}  // namespace cloche
