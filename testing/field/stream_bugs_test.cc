// Bugs that other projects, simulators among them, had with the ends of
// streams, as tests of ours. Each names its origin and what would go wrong
// here; the whole list is docs/field-bugs.md.

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

using StreamBugs = TcpStreamTest;

Task<> WriteAndClose(TcpStream stream, std::string bytes) {
  co_return co_await stream.Write(bytes);
}

// Asks, says that this was all, and hears the answer.
Task<std::string> AskToTheEnd(ByteStream& stream) {
  co_await Try(stream.Write("how are you?"));
  co_await Try(stream.ShutdownWrite());
  co_return co_await ReadToEnd(stream);
}

// Hears the question to its end, and answers.
Task<> AnswerAtTheEnd(ByteStream& stream) {
  const std::string question = co_await Try(ReadToEnd(stream));
  co_await Try(stream.Write(question + " fine"));
  co_return co_await stream.ShutdownWrite();
}

// moonpool#226: a simulated stream took "I shall write no more" for "I am gone"
// and threw the answer away, so that a protocol in which the end of the
// question is its FIN worked in production and failed in simulation. Here it
// would be the fake kernel that is wrong, or ShutdownWrite.
TEST_P(StreamBugs, TheAnswerArrivesAfterTheQuestionsEnd) {
  Connect();
  Start(server_.loop(), AnswerAtTheEnd, std::ref(*far_));
  EXPECT_THAT(world_.Run(client_, AskToTheEnd(*near_)),
              IsOkAndHolds("how are you? fine"));
}

// moonpool#204: who wrote to a peer that had closed never heard of it: writes
// succeeded for ever and the bytes went nowhere. A kernel answers with a reset,
// so the first write succeeds and a later one fails.
TEST_P(StreamBugs, WhoWritesOnToAClosedPeerIsTold) {
  Connect();
  far_->Close();
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("is anybody there?"), IsOk());
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("hello?"), StatusIs(kUnavailable, "EPIPE"));
}

// The same for one that waits for space when the reset comes.
TEST_P(StreamBugs, WhoWaitsToWriteToAPeerThatClosesIsTold) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  far_->Close();  // With data unread: a reset.
  EXPECT_THAT(EndOf(write), StatusIs(kUnavailable));
}

// swift-nio#2795: the function that owned the connection wrote, returned, and
// with it the connection was closed before what was written had left. Here
// Write returns when the kernel has taken everything, and a close throws none
// of that away.
TEST_P(StreamBugs, WhatWasWrittenArrivesThoughItsWriterIsGone) {
  Connect();
  Start(client_.loop(), WriteAndClose, *std::move(near_), Pattern(kTooMuch));
  const absl::StatusOr<std::string> all = world_.Run(server_, ReadToEnd(*far_));
  ASSERT_THAT(all, IsOk());
  EXPECT_TRUE(*all == Pattern(kTooMuch)) << all->size() << " bytes";
}

// swift-nio#3139, netty#13072: the same with a half-close, which overtook the
// writes before it.
TEST_P(StreamBugs, AHalfCloseDoesNotOvertakeAWrite) {
  Connect();
  Writes(Pattern(kTooMuch));
  ShutsDown();
  const absl::StatusOr<std::string> all = world_.Run(server_, ReadToEnd(*far_));
  ASSERT_THAT(all, IsOk());
  EXPECT_TRUE(*all == Pattern(kTooMuch)) << all->size() << " bytes";
}

// trio#3520, fibers#80: one task closes what others wait for, and they wait on.
TEST_P(StreamBugs, WhoWaitsOnAStreamHearsThatItIsClosed) {
  Connect();
  auto read = Reads();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  near_->Close();
  EXPECT_THAT(EndOf(read), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(EndOf(write), StatusIs(kAborted));
}

// The same for one that waits for connections.
TEST_P(StreamBugs, WhoWaitsForConnectionsHearsThatTheListenerIsClosed) {
  TcpListener listener =
      world_.Run(server_, TcpListener::Listen(where_)).value();
  auto accept = Start(server_.loop(), [&listener]() -> Task<> {
    co_return (co_await listener.Accept()).status();
  });
  world_.Pass(kWhile);
  listener.Close();
  EXPECT_THAT(world_.Run(server_, accept.Join()),
              StatusIs(kAborted, "closed locally"));
}

// mio#933 as a program sees it: the peer says no more and reads slowly. The
// writer must neither give up nor spin meanwhile; an hour passes in a few
// waits.
TEST_P(StreamBugs, AWriterToAHalfClosedPeerSleepsUntilThatReads) {
  Connect();
  ASSERT_THAT(world_.Run(server_, far_->ShutdownWrite()), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds(""));
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  const uint64_t waits = Calls(WaitCallOf(GetParam()));
  world_.Pass(absl::Hours(1));
  EXPECT_LE(Calls(WaitCallOf(GetParam())), waits + 5);
  EXPECT_FALSE(write.ended());
  Start(server_.loop(), ReadToEnd, std::ref(*far_));
  EXPECT_THAT(EndOf(write), IsOk());
}

// moonpool#183: a partition swallowed a part of what was being sent, the rest
// came after it was over, and HTTP/2 took the one for the other. A stream may
// stall or break, and what was read of it is always the beginning of what was
// written.
TEST_P(StreamBugs, APartitionDelaysBytesAndEatsNone) {
  Connect();
  Writes(Pattern(kTooMuch));
  ShutsDown();
  for (int i = 1; i <= 5; ++i) {
    const absl::Time cut = world_.clock().Now() + i * absl::Seconds(1);
    world_.network().At(cut, [this] {
      world_.network().Cut(client_.kernel(), server_.kernel());
    });
    world_.network().At(cut + absl::Milliseconds(300), [this] {
      world_.network().Mend(client_.kernel(), server_.kernel());
    });
  }
  std::string all;
  while (true) {
    const std::string part =
        world_.Run(server_, ReadOnce(*far_, 20000)).value();
    if (part.empty()) break;
    all += part;
    world_.Pass(absl::Milliseconds(100));
  }
  EXPECT_TRUE(all == Pattern(kTooMuch)) << all.size() << " bytes";
  EXPECT_GT(world_.elapsed(), absl::Seconds(5));
}

// turmoil#185: of a request and its answer one packet was dropped, nobody sent
// it again, and the client waited until its deadline. Loss is delay.
TEST_P(StreamBugs, APacketThatIsLostIsSentAgain) {
  Connect();
  world_.network().SetLink(client_.kernel(), server_.kernel(), {.loss = 0.5});
  for (int i = 0; i < 20; ++i) {
    auto read = Start(server_.loop(), [this] { return ReadOnce(*far_); });
    ASSERT_THAT(NearWrites("again"), IsOk());
    ASSERT_THAT(world_.Run(server_, read.Join()), IsOkAndHolds("again"));
  }
  EXPECT_GT(world_.elapsed(), absl::Milliseconds(200));
}

// moonpool#203: a connection was established through a partition. Here its SYN
// is lost like everything else, and comes through when that is over.
TEST_P(StreamBugs, ConnectingWaitsForTheEndOfAPartition) {
  auto accepted = Start(server_.loop(), AcceptOne, where_, TcpListenOptions());
  world_.Pass(kWhile);
  world_.network().Partition(client_.kernel(), server_.kernel());
  auto connect = Start(client_.loop(), [this]() -> Task<> {
    co_return (co_await TcpStream::Connect(where_)).status();
  });
  world_.Pass(absl::Seconds(2));
  EXPECT_FALSE(connect.ended());
  world_.network().Heal(client_.kernel(), server_.kernel());
  EXPECT_THAT(EndOf(connect), IsOk());
}

INSTANTIATE_ON_FAKE_BACKENDS(StreamBugs);

}  // namespace
}  // namespace cloche
