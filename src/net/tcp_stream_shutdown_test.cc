// TcpStream::ShutdownWrite: half-close, after what is being written.

#include <cerrno>
#include <string>

#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

using TcpStreamShutdown = TcpStreamTest;

TEST_P(TcpStreamShutdown, EndsTheStreamForThePeerAndReadingGoesOn) {
  Connect();
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds(""));
  ASSERT_THAT(FarWrites("I have more"), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds("I have more"));
  ASSERT_THAT(world_.Run(server_, far_->ShutdownWrite()), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds(""));
}

TEST_P(TcpStreamShutdown, WritingGoesOnAfterThePeersShutdown) {
  Connect();
  ASSERT_THAT(world_.Run(server_, far_->ShutdownWrite()), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds(""));
  EXPECT_THAT(NearWrites("but I have more"), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds("but I have more"));
}

TEST_P(TcpStreamShutdown, IsDoneOnceHoweverOftenItIsAsked) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  }
  EXPECT_EQ(Calls(CallKind::kShutdown), 1u);
}

TEST_P(TcpStreamShutdown, LetsTheWriteInFlightFinishFirst) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  auto again = ShutsDown();
  world_.Pass(kWhile);
  EXPECT_FALSE(shutdown.ended());
  EXPECT_EQ(Calls(CallKind::kShutdown), 0u);
  EXPECT_TRUE(world_.Run(server_, ReadToEnd(*far_)).value() ==
              Pattern(kTooMuch));
  EXPECT_THAT(EndOf(write), IsOk());
  EXPECT_THAT(EndOf(shutdown), IsOk());
  EXPECT_THAT(EndOf(again), IsOk());
  EXPECT_EQ(Calls(CallKind::kShutdown), 1u);
}

TEST_P(TcpStreamShutdown, HappensAlsoBehindAWriteThatWasCancelled) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  world_.Pass(kWhile);
  write.Cancel();
  EXPECT_THAT(EndOf(write), StatusIs(kCancelled));
  EXPECT_THAT(EndOf(shutdown), IsOk());
  EXPECT_THAT(world_.Run(server_, ReadToEnd(*far_)), IsOk());
}

TEST_P(TcpStreamShutdown, CancelledInTheQueueDoesNotHappenAndHarmsNoWrite) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  world_.Pass(kWhile);
  shutdown.Cancel();
  EXPECT_THAT(EndOf(shutdown), StatusIs(kCancelled));
  EXPECT_FALSE(write.ended());
  auto reader = Start(server_.loop(), ReadToEnd, std::ref(*far_));
  EXPECT_THAT(EndOf(write), IsOk());
  EXPECT_EQ(Calls(CallKind::kShutdown), 0u);
  EXPECT_THAT(NearWrites("more"), IsOk());
}

TEST_P(TcpStreamShutdown, IsTheEndOfWriting) {
  Connect();
  ASSERT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(NearWrites("one thing more"),
              StatusIs(kPrecondition, "ShutdownWrite was called before"));
}

TEST_P(TcpStreamShutdown, IsOkAfterThePeersReset) {
  Connect();
  far_->Abort();
  world_.Pass(kWhile);
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
}

TEST_P(TcpStreamShutdown, ThatFailedCanBeTriedAgain) {
  Connect();
  client_.kernel().FailCall(CallKind::kShutdown, ENOBUFS);
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()),
              StatusIs(kExhausted, "shutdown of TCP 10.0.0.1:7000"));
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds(""));
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamShutdown);

}  // namespace
}  // namespace cloche
