// kqueue by the BSDs' rules: what knotes report, and when again. Nothing of it
// was measured; each rule is in the header of fakes/fake_kqueue.h.

#include "cloche/fakes/fake_kqueue_test.h"

#include <cerrno>
#include <string>

namespace cloche {
namespace {

using FakeKqueueKnotes = FakeKqueueTest;

// --- What is reported -------------------------------------------------------

TEST_F(FakeKqueueKnotes, ASocketThatNeverConnectedIsSilent) {
  AddBoth(NewTcp(host_));
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueKnotes, AListenersDataIsHowManyConnectionsWait) {
  const int listener = NewListener(host_);
  AddBoth(listener);
  NewConnecting(host_, Ipv4Loopback(80));
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Now(), "READ 2");
  calls_.Accept4(listener, nullptr);
  EXPECT_EQ(Now(), "READ 1");
}

TEST_F(FakeKqueueKnotes, BytesToReadAreCountedAndSpaceToWrite) {
  const Ends ends = Connect();
  SetOption(ends.client, SocketOption::kSendBuffer, 8192);
  calls_.Send(ends.server, "abc", 0);
  AddBoth(ends.client);
  const auto events = Events();
  ASSERT_EQ(Text(events), "READ 3, WRITE");
  EXPECT_EQ(events[1].data, 8192);
}

TEST_F(FakeKqueueKnotes, APeersFinIsTheEndOfReadingBehindTheUnreadBytes) {
  const Ends ends = Connect();
  AddBoth(ends.client, kEvClear);
  EXPECT_EQ(Now(), "WRITE");
  calls_.Send(ends.server, "abc", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "READ 3 EOF");
}

TEST_F(FakeKqueueKnotes, TheEndStays) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "READ EOF");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(Now(), "READ EOF");
}

TEST_F(FakeKqueueKnotes, TheOwnShutdownIsTheEndOfWriting) {
  const Ends ends = Connect();
  AddBoth(ends.client);
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  EXPECT_EQ(Now(), "WRITE EOF");
}

TEST_F(FakeKqueueKnotes, AResetIsTheEndOfBothWithItsErrorWhichIsNotTakenByIt) {
  const Ends ends = Connect();
  AddBoth(ends.client);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "WRITE EOF ECONNRESET, READ EOF ECONNRESET");
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
  EXPECT_EQ(Now(), "WRITE EOF, READ EOF");
}

TEST_F(FakeKqueueKnotes, AnOutOfBandByteIsNotAmongTheBytesToRead) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd);
  calls_.Send(ends.server, "!", kSendOutOfBand);
  EXPECT_EQ(Now(), "nothing");
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Now(), "READ 3");
  SetOption(ends.client, SocketOption::kOutOfBandInline, 1);
  EXPECT_EQ(Now(), "READ 4");
}

TEST_F(FakeKqueueKnotes, WhoHasNoFilterHearsOfNoError) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd);
  Change(ends.client, kRead, kEvDelete);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "nothing");
}

// --- When again -------------------------------------------------------------

TEST_F(FakeKqueueKnotes, WithoutClearItIsReportedAsLongAsItIsTrue) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd);
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Now(), "READ 3");
  EXPECT_EQ(Receive(ends.client, 1), "a");
  EXPECT_EQ(Now(), "READ 2");
  Receive(ends.client);
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueKnotes, WithClearItIsReportedOnceForWhatComes) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd | kEvClear);
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Now(), "READ 3");
  EXPECT_EQ(Now(), "nothing");
  calls_.Send(ends.server, "d", 0);
  EXPECT_EQ(Now(), "READ 4");
}

TEST_F(FakeKqueueKnotes, AFinIsNoEventOfTheWritingHalf) {
  const Ends ends = Connect();
  Change(ends.client, kWrite, kEvAdd | kEvClear);
  EXPECT_EQ(Now(), "WRITE");
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueKnotes, SpaceIsAnEventForWhoWasFull) {
  const Ends ends = Connect();
  SetOption(ends.client, SocketOption::kSendBuffer, 8192);
  while (calls_.Send(ends.client, std::string(4096, 'x'), 0) > 0) continue;
  Change(ends.client, kWrite, kEvAdd | kEvClear);
  EXPECT_EQ(Now(), "nothing");
  Receive(ends.server, 1 << 20);
  EXPECT_EQ(Now(), "WRITE");
}

TEST_F(FakeKqueueKnotes, AOneShotIsGoneAfterItsEventAndTheOtherFilterIsNot) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "abc", 0);
  Change(ends.client, kRead, kEvAdd | kEvOneShot);
  Change(ends.client, kWrite, kEvAdd);
  EXPECT_EQ(Now(), "READ 3, WRITE");
  EXPECT_EQ(Now(), "WRITE");
  EXPECT_EQ(Change(ends.client, kRead, kEvEnable), -ENOENT);
}

TEST_F(FakeKqueueKnotes, WhatWasReportedGoesToTheBackOfTheLine) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "abc", 0);
  AddBoth(ends.client);
  EXPECT_EQ(Text(Events(1)), "READ 3");
  EXPECT_EQ(Text(Events(1)), "WRITE");
  EXPECT_EQ(Text(Events(1)), "READ 3");
}

// --- Changes ----------------------------------------------------------------

TEST_F(FakeKqueueKnotes, AddingAgainReportsAgainWithTheNewUserData) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "abc", 0);
  Change(ends.client, kRead, kEvAdd | kEvClear, 0, /*user_data=*/1);
  EXPECT_EQ(Now(), "READ 3");
  Change(ends.client, kRead, kEvAdd | kEvClear, 0, /*user_data=*/2);
  const auto events = Events();
  ASSERT_EQ(Text(events), "READ 3");
  EXPECT_EQ(events[0].user_data, 2u);
}

TEST_F(FakeKqueueKnotes, AddingAgainKeepsTheFlagsOfTheFirstTime) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "abc", 0);
  Change(ends.client, kRead, kEvAdd);
  Change(ends.client, kRead, kEvAdd | kEvClear);
  EXPECT_EQ(Now(), "READ 3");
  EXPECT_EQ(Now(), "READ 3");
}

TEST_F(FakeKqueueKnotes, ADisabledKnoteIsSilentUntilItIsEnabled) {
  const Ends ends = Connect();
  EXPECT_EQ(Change(ends.client, kRead, kEvAdd | kEvDisable), 0);
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Now(), "nothing");
  EXPECT_EQ(Change(ends.client, kRead, kEvEnable), 0);
  EXPECT_EQ(Now(), "READ 3");
  EXPECT_EQ(Change(ends.client, kRead, kEvDisable), 0);
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueKnotes, EachFilterIsAddedAndDeletedByItself) {
  const Ends ends = Connect();
  AddBoth(ends.client);
  EXPECT_EQ(Change(ends.client, kRead, kEvDelete), 0);
  EXPECT_EQ(Change(ends.client, kRead, kEvDelete), -ENOENT);
  EXPECT_EQ(Now(), "WRITE");
}

TEST_F(FakeKqueueKnotes, CloseRemovesKnotesWithoutAWord) {
  const Ends ends = Connect();
  AddBoth(ends.client);
  calls_.Close(ends.client);
  EXPECT_EQ(Now(), "nothing");
  EXPECT_EQ(Change(ends.client, kRead, kEvDelete), -EBADF);
  EXPECT_EQ(NewTcp(host_), ends.client);
  EXPECT_EQ(Change(ends.client, kRead, kEvDelete), -ENOENT);
}

// --- EVFILT_USER ------------------------------------------------------------

TEST_F(FakeKqueueKnotes, AUserEventComesWhenItIsTriggered) {
  Change(/*ident=*/7, kUser, kEvAdd | kEvClear);
  EXPECT_EQ(Now(), "nothing");
  EXPECT_EQ(Change(7, kUser, 0, kNoteTrigger), 0);
  EXPECT_EQ(Change(7, kUser, 0, kNoteTrigger), 0);
  EXPECT_EQ(Now(), "USER");
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueKnotes, AUserEventWithoutClearStays) {
  Change(7, kUser, kEvAdd);
  Change(7, kUser, 0, kNoteTrigger);
  EXPECT_EQ(Now(), "USER");
  EXPECT_EQ(Now(), "USER");
}

TEST_F(FakeKqueueKnotes, AUserEventThatWasNotAddedCannotBeTriggered) {
  EXPECT_EQ(Change(7, kUser, 0, kNoteTrigger), -ENOENT);
}

// --- Watched itself ---------------------------------------------------------

TEST_F(FakeKqueueKnotes, AKqueueIsReadableWhenItHasEvents) {
  const Ends ends = Connect();
  Change(ends.client, kRead, kEvAdd);
  EXPECT_EQ(Level(kqueue_), "nothing");
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Level(kqueue_), "IN");
}

// It owes an edge, as the kernel's own EAGAIN does.
TEST_F(FakeKqueueKnotes, AreToldAgainOfWhatAFaultHasPutOff) {
  const Ends ends = Connect();
  EXPECT_EQ(Change(ends.client, kWrite, kEvAdd | kEvClear), 0);
  EXPECT_EQ(Now(), "WRITE");
  EXPECT_EQ(Now(), "nothing");
  host_.faults().Add({.kind = CallKind::kSend,
                      .error = EAGAIN,
                      .delay = absl::Microseconds(1)});
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -EAGAIN);
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Now(), "WRITE");
}

}  // namespace
}  // namespace cloche
