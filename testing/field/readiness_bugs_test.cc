// Bugs that other projects had between a poller and its waiters, as tests of
// ours. Each names its origin and what would go wrong here; the whole list is
// docs/field-bugs.md.
//
// To spin is to wait, be told of something, do nothing about it and wait again.
// In virtual time that is a number: how often epoll_wait is called until
// nothing can happen any more. The last of those is the one that would last for
// ever.

#include <cstdint>

#include "cloche/backend/readiness_backend_test.h"
#include "cloche/poller/poller.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ReadinessBugs : public ReadinessBackendTest {
 protected:
  // The poller knows the client's end, as of a connection that was in use.
  void LetAReaderPass() {
    Receiving reader(ends_.client);
    EXPECT_EQ(Start(reader), "in flight");
    calls_.Send(ends_.server, "x", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  }

  uint64_t WaitsUntilRest() {
    const uint64_t before = Calls(WaitCallOf(GetParam()));
    EXPECT_THAT(HandedBack(), IsEmpty());
    return Calls(WaitCallOf(GetParam())) - before;
  }

  const Ends ends_ = Connect();
};

// mio#933: RDHUP, which says that the peer sends no more, was passed on as HUP,
// which says that the connection is over and stays true. tokio then tried a
// write to a full socket again and again, at 100 % CPU. Here the writer would
// be woken by a FIN, and by each wait as long as the FIN is all there is.
TEST_P(ReadinessBugs, AFinDoesNotWakeAWriterThatWaitsForSpace) {
  LetAReaderPass();
  FillUp(ends_.client);
  Sending writer(ends_.client);
  EXPECT_EQ(Start(writer), "in flight");
  const uint64_t tries = Calls(CallKind::kSend);
  calls_.Shutdown(ends_.server, ShutdownHow::kWrite);
  EXPECT_LE(WaitsUntilRest(), 2u);
  EXPECT_EQ(Calls(CallKind::kSend), tries);
  ReadAll(ends_.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

// mio#1110: one question, "hung up?", for what are two, so that whoever asked
// it gave up a connection of which only one half was closed. Here the writer
// would end with the reader.
TEST_P(ReadinessBugs, AFinEndsTheReaderAndNotTheWriter) {
  FillUp(ends_.client);
  Receiving reader(ends_.client);
  Sending writer(ends_.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  calls_.Shutdown(ends_.server, ShutdownHow::kWrite);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: end"));
  EXPECT_THAT(HandedBack(), IsEmpty());
  ReadAll(ends_.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

// seastar#64: a connection was reset between two waits for it. Level-triggered
// epoll reports ERR and HUP of what is registered even with an interest of 0,
// so the reactor was told of it at every turn until somebody closed the socket.
TEST_P(ReadinessBugs, AResetBetweenTwoReadsIsHeardOfOnceAndByTheNextRead) {
  LetAReaderPass();
  Reset(ends_.server);
  EXPECT_LE(WaitsUntilRest(), 2u);
  Receiving reader(ends_.client);
  EXPECT_EQ(Start(reader), "receive: ECONNRESET");
}

// The same as it came back in 2026 (seastar#3204): the reset comes on top of
// data that nobody has read yet.
TEST_P(ReadinessBugs, AResetOnTopOfUnreadDataIsHeardOfOnce) {
  LetAReaderPass();
  calls_.Send(ends_.server, "unread", 0);
  EXPECT_LE(WaitsUntilRest(), 2u);
  Reset(ends_.server);
  EXPECT_LE(WaitsUntilRest(), 2u);
  Receiving reader(ends_.client);
  EXPECT_EQ(Start(reader), "receive: unread");
}

// bun#37920: the peer hung up while our side was paused and half open. HUP
// cannot be masked; each such socket cost a core for as long as it was kept.
// (It was a UNIX socket there, which says HUP at once; on TCP both halves have
// to be shut.)
TEST_P(ReadinessBugs, AHangUpOfAHalfOpenSocketThatIsKeptCostsNothing) {
  LetAReaderPass();
  calls_.Shutdown(ends_.client, ShutdownHow::kWrite);
  calls_.Shutdown(ends_.server, ShutdownHow::kWrite);
  ASSERT_EQ(Level(ends_.client), "IN|OUT|RDHUP|HUP");
  EXPECT_LE(WaitsUntilRest(), 2u);
  EXPECT_EQ(WaitsUntilRest(), 1u);
}

// bun#37077: the peer had sent its FIN, and then a reset came while bytes were
// waiting to be written. The error was taken for a second FIN, the writer was
// armed again, and so on for ever; the program never heard of it.
TEST_P(ReadinessBugs, AResetAfterAFinEndsTheWriterThatWaits) {
  LetAReaderPass();
  FillUp(ends_.client);
  calls_.Shutdown(ends_.server, ShutdownHow::kWrite);
  Sending writer(ends_.client);
  EXPECT_EQ(Start(writer), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  Reset(ends_.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: EPIPE"));
  EXPECT_LE(WaitsUntilRest(), 2u);
}

// trio#3520, polling#51: somebody closed a descriptor on which others waited,
// and they waited for ever: the kernel takes a closed file out of its set
// without a word.
TEST_P(ReadinessBugs, WhoWaitsOnADescriptorHearsThatItIsClosed) {
  FillUp(ends_.client);
  Receiving reader(ends_.client);
  Sending writer(ends_.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Close(ends_.client);
  EXPECT_THAT(HandedBack(),
              UnorderedElementsAre("receive: ECANCELED, closed locally",
                                   "send: ECANCELED, closed locally"));
  EXPECT_FALSE(IsOpen(ends_.client));
}

// libuv#1896: epoll said HUP and not IN, as it may, and whoever looked for IN
// alone missed the end. Here a socket that was never connected: OUT and HUP.
TEST_P(ReadinessBugs, AHangUpWithoutReadableEndsAWaitForReadable) {
  if (GetParam() == BackendKind::kKqueue) {
    GTEST_SKIP() << "a kqueue says nothing of it (docs/readiness.md)";
  }
  const int fd = NewTcp(host_);
  ASSERT_EQ(Level(fd), "OUT|HUP");
  WaitingReadable waiter(fd);
  EXPECT_EQ(Start(waiter), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
}

INSTANTIATE_ON_FAKE_POLLERS(ReadinessBugs);

using ScriptedReadinessBugs = ScriptedReadinessTest;

// libuv#1896 again, with a reader: Linux on SPARC reported the end of a stream
// as HUP alone. No fake does that, so a poller from a script says it.
TEST_P(ScriptedReadinessBugs, AHangUpAloneMakesTheReaderLook) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  calls_.Close(ends.server);
  poller_->Report(ends.client, kPollHangUp);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: end"));
}

// The other half of trio#3520, and polling#262: the number comes back for
// another file. What had been reported of the old one must not be taken for
// news of the new one.
TEST_P(ScriptedReadinessBugs, ANumberThatComesBackIsAnotherFile) {
  const Ends ends = Connect();
  Receiving old(ends.client);
  EXPECT_EQ(Start(old), "in flight");
  const uint64_t old_token = poller_->TokenOf(ends.client);
  backend_->Close(ends.client);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED, closed locally"));
  const Ends next = ConnectTo(ends.listener);
  ASSERT_EQ(next.client, ends.client);
  Receiving reader(next.client);
  EXPECT_EQ(Start(reader), "in flight");
  const uint64_t receives = Calls(CallKind::kRecv);
  poller_->ReportToken(old_token, kPollReadable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_EQ(Calls(CallKind::kRecv), receives);
}

INSTANTIATE_OVER_TRIGGERS(ScriptedReadinessBugs);

}  // namespace
}  // namespace cloche
