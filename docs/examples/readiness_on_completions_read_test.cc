// ReadySocket, reading: over every backend of the fake kernel, with a buffer
// that is lent to it and without.

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/docs/examples/readiness_on_completions_test.h"
#include "cloche/testing/backend_kinds.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

class ReadySocketReading
    : public ReadySocketTest,
      public ::testing::WithParamInterface<std::tuple<BackendKind, size_t>> {
 protected:
  ReadySocketReading() : ReadySocketTest(std::get<0>(GetParam())) {
    Open({.read_bytes = std::get<1>(GetParam())});
    Settle();
  }
};
INSTANTIATE_TEST_SUITE_P(On, ReadySocketReading,
                         ::testing::Combine(::testing::ValuesIn(FakeBackends()),
                                            ::testing::Values(0, 100)),
                         [](const auto& info) {
                           return absl::StrCat(
                               TestNameOf(std::get<0>(info.param)), "With",
                               std::get<1>(info.param), "Bytes");
                         });

TEST_P(ReadySocketReading, IsNotReadableWhileThereIsNothing) {
  EXPECT_FALSE(socket_->readable());
  EXPECT_EQ(Recv(), "EAGAIN");
}

TEST_P(ReadySocketReading, IsReadableWhenBytesHaveCome) {
  PeerSends("hello");
  Settle();
  EXPECT_TRUE(socket_->readable());
  EXPECT_EQ(Recv(), "hello");
}

TEST_P(ReadySocketReading, SaysThatItIsReadable) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(news_, 1);
}

TEST_P(ReadySocketReading, GivesWhatThereIsInPieces) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(Recv(3), "hel");
  EXPECT_EQ(Recv(3), "lo");
}

TEST_P(ReadySocketReading, IsReadableAgainWhenMoreComes) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(Recv(), "hello");
  EXPECT_EQ(Recv(), "EAGAIN");
  PeerSends("again");
  Settle();
  EXPECT_EQ(Recv(), "again");
}

TEST_P(ReadySocketReading, ReadsNothingAfterThePeersFinAsOftenAsItTries) {
  EXPECT_EQ(calls_.Shutdown(peer_, ShutdownHow::kWrite), 0);
  Settle();
  EXPECT_TRUE(socket_->readable());
  EXPECT_EQ(Recv(), "end");
  EXPECT_EQ(Recv(), "end");
}

TEST_P(ReadySocketReading, ReadsWhatCameBeforeTheFin) {
  PeerSends("hello");
  EXPECT_EQ(calls_.Shutdown(peer_, ShutdownHow::kWrite), 0);
  Settle();
  EXPECT_EQ(Recv(), "hello");
  Settle();
  EXPECT_EQ(Recv(), "end");
}

TEST_P(ReadySocketReading, TellsAReset) {
  PeerResets();
  Settle();
  EXPECT_EQ(Recv(), "ECONNRESET");
}

// The kernel has taken them, or else it leaves them: the sweep has both.
TEST_P(ReadySocketReading, LosesNoByteToACancel) {
  PeerSends("hello");
  socket_->CancelReceive();
  Settle();
  std::string heard = Recv();
  Settle();
  if (heard == "EAGAIN") heard = Recv();
  EXPECT_EQ(heard, "hello");
}

TEST_P(ReadySocketReading, IsNotReadableOfWhatComesAfterACancel) {
  socket_->CancelReceive();
  Settle();
  PeerSends("hello");
  Settle();
  EXPECT_FALSE(socket_->readable());
}

TEST_P(ReadySocketReading, LeavesWhatComesAfterACancelToTheNextRecv) {
  socket_->CancelReceive();
  Settle();
  PeerSends("hello");
  std::string heard = Recv();  // Over a ring this has only asked.
  Settle();
  if (heard == "EAGAIN") heard = Recv();
  EXPECT_EQ(heard, "hello");
}

// --- Without a buffer, "readable" is a hint ---------------------------------

class ReadySocketWithoutABuffer
    : public ReadySocketTest,
      public ::testing::WithParamInterface<BackendKind> {
 protected:
  ReadySocketWithoutABuffer() : ReadySocketTest(GetParam()) {
    Open({.read_bytes = 0});
  }
};
INSTANTIATE_ON_FAKE_BACKENDS(ReadySocketWithoutABuffer);

// Somebody else was faster.
TEST_P(ReadySocketWithoutABuffer, WaitsOnAfterAFalseAlarm) {
  PeerSends("hello");
  Settle();
  char room[100];
  EXPECT_EQ(calls_.Recv(fd_, absl::MakeSpan(room), 0), 5);
  EXPECT_EQ(Recv(), "EAGAIN");
  Settle();
  EXPECT_FALSE(socket_->readable());
}

TEST_P(ReadySocketWithoutABuffer, GetsAllThatComesAfterAFalseAlarm) {
  PeerSends("hello");
  Settle();
  char room[100];
  EXPECT_EQ(calls_.Recv(fd_, absl::MakeSpan(room), 0), 5);
  EXPECT_EQ(Recv(), "EAGAIN");
  PeerSends("again");
  Settle();
  std::string heard;
  for (std::string part; (part = Recv()) != "EAGAIN"; Settle()) heard += part;
  EXPECT_EQ(heard, "again");
}

}  // namespace
}  // namespace cloche
