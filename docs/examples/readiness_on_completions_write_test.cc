// ReadySocket, writing and closing: over every backend of the fake kernel,
// those where a poller says who is ready, and those where the kernel says what
// is done.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cloche/calls/socket_calls.h"
#include "cloche/docs/examples/readiness_on_completions_test.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/stream_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AnyOf;

class ReadySocketWriting : public ReadySocketTest,
                           public ::testing::WithParamInterface<BackendKind> {
 protected:
  ReadySocketWriting() : ReadySocketTest(GetParam()) {}

  // One that is pending when the peer resets the connection.
  void LoseAWrite() {
    FillKernel();
    Open({});
    FillSocket();
    Settle();
    PeerResets();
    Settle();
  }
};
INSTANTIATE_ON_FAKE_BACKENDS(ReadySocketWriting);

TEST_P(ReadySocketWriting, IsWritableFromTheBeginning) {
  Open({});
  EXPECT_TRUE(socket_->writable());
}

TEST_P(ReadySocketWriting, IsUnwritableWithAsManyWritesPendingAsItMayHave) {
  FillKernel();
  Open({.most_pending = 3});
  FillSocket();
  EXPECT_EQ(socket_->pending(), 3u);
  EXPECT_FALSE(socket_->writable());
}

TEST_P(ReadySocketWriting, StaysUnwritableWhileThePeerReadsNothing) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  EXPECT_EQ(socket_->Send("x"), -EAGAIN);
}

TEST_P(ReadySocketWriting, IsWritableAgainWhenAPendingWriteHasEnded) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  PeerReads();
  EXPECT_TRUE(socket_->writable());
}

TEST_P(ReadySocketWriting, SaysThatItIsWritableAgain) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  news_ = 0;
  PeerReads();
  EXPECT_GT(news_, 0);
}

TEST_P(ReadySocketWriting, TakesNoMoreBytesAtOnceThanItMayHold) {
  Open({.most_bytes = 4});
  EXPECT_EQ(socket_->Send("hello"), 4);
}

TEST_P(ReadySocketWriting, KeepsTheOrderOfTheBytesThatItJoins) {
  Open({.most_pending = 5, .most_bytes = 7777});
  const std::string said = Pattern(1'000'000);
  EXPECT_TRUE(HeardOf(said) == said);
}

TEST_P(ReadySocketWriting, KeepsTheOrderOfTheBytesOfSingleWrites) {
  Open({.most_pending = 5, .most_bytes = 7777, .joins = false});
  const std::string said = Pattern(1'000'000);
  EXPECT_TRUE(HeardOf(said) == said);
}

// The receive and the send end in one turn, and the news of the first comes
// while nobody has heard of the second yet.
TEST_P(ReadySocketWriting, SendsNothingTwiceThatEndedWithTheNewsOfAReceive) {
  FillKernel();
  Open({.most_pending = 3});
  EXPECT_EQ(socket_->Send("abc"), 3);
  on_ready_ = [this] {
    if (news_ == 1) EXPECT_EQ(socket_->Send("def"), 3);
  };
  PeerTakesWhatIsThere();
  PeerSends("x");
  Settle();
  std::string heard = PeerReads();
  heard.erase(0,
              heard.find_last_of('f', heard.size() - 2) + 1);  // What filled.
  // A port's backend takes a write at once, so the peer has had the first.
  EXPECT_EQ(heard, GetParam() == BackendKind::kIocp ? "def" : "abcdef");
}

TEST_P(ReadySocketWriting, TellsTheErrorOfAPendingWriteAtTheNext) {
  LoseAWrite();
  EXPECT_TRUE(socket_->writable());
  EXPECT_THAT(socket_->Send("x"), AnyOf(-ECONNRESET, -EPIPE));
}

// Something is missing from the stream, so nothing may follow.
TEST_P(ReadySocketWriting, TellsTheErrorOfAWriteForGood) {
  LoseAWrite();
  const int64_t error = socket_->Send("x");
  EXPECT_EQ(socket_->Send("x"), error);
}

// --- Closing ----------------------------------------------------------------

TEST_P(ReadySocketWriting, IsClosedOnlyWhenAllIsHandedBack) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  socket_->Abort();
  EXPECT_TRUE(IsOpen());  // The kernel may still look at our buffers.
  EXPECT_FALSE(socket_->closed());
  Settle();
  EXPECT_FALSE(IsOpen());
  EXPECT_TRUE(socket_->closed());
}

TEST_P(ReadySocketWriting, SaysWhenItIsClosed) {
  Open({});
  Settle();
  news_ = 0;
  socket_->Close();
  Settle();
  EXPECT_GT(news_, 0);
}

TEST_P(ReadySocketWriting, SendsWhatItTookBeforeItCloses) {
  const size_t before = FillKernel();
  Open({});
  const size_t taken = FillSocket();
  socket_->Close();
  Settle();
  EXPECT_EQ(PeerReads().size(), before + taken);
  EXPECT_TRUE(PeerIsAtTheEnd());
}

TEST_P(ReadySocketWriting, ClosesWhenWhatItTookCannotBeSent) {
  FillKernel();
  Open({});
  FillSocket();
  socket_->Close();
  PeerResets();
  Settle();
  EXPECT_TRUE(socket_->closed());
}

// A part of it was sent, and the program closes before it has heard of that:
// the rest must not go to whoever gets the number next.
TEST_P(ReadySocketWriting, SendsNothingMoreAfterAnAbort) {
  FillKernel();
  Open({.most_bytes = 1'000'000});
  while (socket_->Send(std::string(1'000'000, 'x')) > 0) {
  }
  Settle();
  uint64_t sends = 0;
  on_ready_ = [this, &sends] {
    if (!socket_->readable() || sends != 0) return;
    socket_->Abort();
    sends = host_.kernel().CallCount(SendCallOf(GetParam()));
  };
  PeerSends("go away");
  PeerTakesWhatIsThere();
  Settle();
  EXPECT_EQ(host_.kernel().CallCount(SendCallOf(GetParam())), sends);
}

TEST_P(ReadySocketWriting, TakesNothingAfterClose) {
  Open({});
  socket_->Close();
  EXPECT_EQ(socket_->Send("x"), -EBADF);
  EXPECT_EQ(Recv(), "EBADF");
}

}  // namespace
}  // namespace cloche
