// Contract: epoll(7) and the descriptor that wakes it.

#include <cerrno>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"
#include "cloche/testing/epoll_text.h"

namespace cloche {
namespace {

constexpr uint32_t kEdge = kEpollEdgeTriggered;

class EpollContract : public SystemCallContract {
 protected:
  int NewWake() {
    const int fd = wake_.OpenWake();
    EXPECT_GE(fd, 0);
    wakes_.push_back(fd);
    return fd;
  }
  ~EpollContract() override {
    for (const int fd : wakes_) wake_.CloseWake(fd);
  }

 private:
  std::vector<int> wakes_;
};

// --- Level-triggered --------------------------------------------------------

TEST_P(EpollContract, LevelTriggeredReportsAsLongAsItIsTrue) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Now(epoll), "IN");
  Receive(ends.client);
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, LevelTriggeredReportsAHangUpForEver) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  Reset(ends.server);
  EXPECT_EQ(Next(epoll), "IN|ERR|HUP");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Now(epoll), "IN|HUP");
  EXPECT_EQ(Now(epoll), "IN|HUP");
}

TEST_P(EpollContract, OnlyWhatWasAskedForIsReported) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollRdHup);
  EXPECT_EQ(Now(epoll), "nothing");
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Next(epoll), "RDHUP");
}

TEST_P(EpollContract, ErrorsAndHangUpsAreReportedUnasked) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, 0);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  EXPECT_EQ(Now(epoll), "nothing");
  Reset(ends.server);
  EXPECT_EQ(Next(epoll), "ERR|HUP");
}

// --- Edge-triggered ---------------------------------------------------------

TEST_P(EpollContract, EdgeTriggeredReportsOnce) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, MoreDataIsANewEdgeThoughItWasReadableAlready) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  calls_.Send(ends.server, "y", 0);
  EXPECT_EQ(Next(epoll), "IN");
}

TEST_P(EpollContract, AReadThatLeavesBytesMakesNoEdge) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Receive(ends.client, 1), "a");
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, AddReportsWhatIsTrueAlready) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Now(NewEpoll(ends.client, kEverything | kEdge)), "IN|OUT");
}

TEST_P(EpollContract, AnEdgeReportsEverythingThatIsTrueAndWanted) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEverything | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN|OUT");
}

TEST_P(EpollContract, AnEdgeIsJudgedWhenItIsWaitedFor) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEverything | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(ReceiveAll(ends.client, 1), "x");
  EXPECT_EQ(Now(epoll), "OUT");
}

TEST_P(EpollContract, DataIsNoEdgeForWhoWantsToWriteOnly) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, AFinIsAnEdgeForWhoWantsToWriteOnly) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Next(epoll), "OUT");
}

TEST_P(EpollContract, ASmallSendMakesNoEdgeForWriting) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Send(ends.client, "x", 0);
  EXPECT_EQ(ReceiveAll(ends.server, 1), "x");
  // An answer comes with the acknowledgement, which is what could wake us.
  calls_.Send(ends.server, "y", 0);
  EXPECT_EQ(ReceiveAll(ends.client, 1), "y");
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, SpaceThatComesFreeIsAnEdgeForWhoWasFull) {
  const Ends ends = ConnectSmall();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  const size_t sent = FillUp(ends.client);
  EXPECT_EQ(Now(epoll), "nothing");
  ReceiveAll(ends.server, sent);
  EXPECT_EQ(Next(epoll), "OUT");
}

TEST_P(EpollContract, DataAndFinTogetherAreOneEvent) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollRdHup | kEdge);
  calls_.Send(ends.server, "bye", 0);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  EXPECT_EQ(Now(epoll), "IN|RDHUP");
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, AListenerHasAnEdgeForEveryConnection) {
  const int listener = NewListener();
  const int epoll = NewEpoll(listener, kEpollIn | kEdge);
  NewConnecting(AddressOf(listener));
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Now(epoll), "nothing");
  NewConnecting(AddressOf(listener));
  EXPECT_EQ(Next(epoll), "IN");
}

TEST_P(EpollContract, ARefusedConnectIsAnEdge) {
  const int fd = NewTcp();
  const int epoll = NewEpoll(fd, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, AddressOf(NewBound())), -EINPROGRESS);
  EXPECT_EQ(Next(epoll), "OUT|ERR|HUP");
}

TEST_P(EpollContract, ConnectThatSaysWhyAnEarlierOneFailedIsAnEdge) {
  const int fd = NewTcp();
  const int epoll = NewEpoll(fd, kEpollOut | kEdge);
  const SocketAddress nobody = AddressOf(NewBound());
  EXPECT_EQ(calls_.Connect(fd, nobody), -EINPROGRESS);
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Now(epoll), "OUT|ERR|HUP");
  EXPECT_EQ(calls_.Connect(fd, nobody), -ECONNREFUSED);
  EXPECT_EQ(Now(epoll), "OUT|HUP");
}

TEST_P(EpollContract, ShutdownOfAListenerIsAnEdgeEvenIfItDoesNothing) {
  const int listener = NewListener();
  const int epoll = NewEpoll(listener, kEpollIn | kEdge);
  NewConnecting(AddressOf(listener));
  EXPECT_EQ(Next(epoll), "IN");
  calls_.Shutdown(listener, ShutdownHow::kWrite);
  EXPECT_EQ(Now(epoll), "IN");
}

// --- One-shot, modify, remove -----------------------------------------------

TEST_P(EpollContract, OneShotIsDeafUntilModified) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollOneShot);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Now(epoll), "nothing");
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.client,
                    kEpollIn | kEpollOneShot),
            0);
  EXPECT_EQ(Now(epoll), "IN");
}

TEST_P(EpollContract, AOneShotThatFiredDoesNotEvenReportAHangUp) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollOneShot);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, ModifyReportsAgainWhatIsTrue) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
  EXPECT_EQ(Now(epoll), "nothing");
  Control(epoll, EpollCtlOp::kModify, ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Now(epoll), "OUT");
}

TEST_P(EpollContract, ModifyTakesBackAnEdgeThatIsNotWantedAnyMore) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  Control(epoll, EpollCtlOp::kModify, ends.client, kEpollRdHup | kEdge);
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(EpollContract, RemovedAndClosedDescriptorsReportNothing) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut);
  Control(epoll, EpollCtlOp::kAdd, ends.server, kEpollOut);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.client), 0);
  EXPECT_EQ(Ready(epoll), std::vector<int>{ends.server});
  calls_.Close(ends.server);
  EXPECT_EQ(Ready(epoll), std::vector<int>{});
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.server), -EBADF);
}

TEST_P(EpollContract, ANewFileUnderAnOldNumberIsNotRegistered) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut);
  calls_.Close(ends.client);
  EXPECT_EQ(NewTcp(), ends.client);
  EXPECT_EQ(Now(epoll), "nothing");
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.client), -ENOENT);
}

// --- Several ----------------------------------------------------------------

TEST_P(EpollContract, SeveralSetsSeeOneDescriptor) {
  const Ends ends = Connect();
  const int first = NewEpoll(ends.client, kEpollIn | kEdge);
  const int second = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(first), "IN");
  EXPECT_EQ(Next(second), "IN");
}

TEST_P(EpollContract, ReportedDescriptorsGoToTheBackOfTheLine) {
  const int listener = NewListener();
  const int a = ConnectTo(listener).client;
  const int b = ConnectTo(listener).client;
  const int c = ConnectTo(listener).client;
  const int epoll = NewEpoll();
  for (const int fd : {a, b, c})
    Control(epoll, EpollCtlOp::kAdd, fd, kEpollOut);
  EXPECT_EQ(Ready(epoll, 2), (std::vector<int>{a, b}));
  EXPECT_EQ(Ready(epoll, 2), (std::vector<int>{c, a}));
  EXPECT_EQ(Ready(epoll, 2), (std::vector<int>{b, c}));
}

TEST_P(EpollContract, DescriptorsAreReportedInTheOrderInWhichTheyBecameReady) {
  const int listener = NewListener();
  const Ends a = ConnectTo(listener);
  const Ends b = ConnectTo(listener);
  const int epoll = NewEpoll(a.client, kEpollIn | kEdge);
  Control(epoll, EpollCtlOp::kAdd, b.client, kEpollIn | kEdge);
  calls_.Send(b.server, "x", 0);
  ASSERT_TRUE(Becomes(b.client, "IN|OUT"));
  calls_.Send(a.server, "x", 0);
  ASSERT_TRUE(Becomes(a.client, "IN|OUT"));
  EXPECT_EQ(Ready(epoll), (std::vector<int>{b.client, a.client}));
}

TEST_P(EpollContract, AnEpollSetCanBeWatchedButNotInACircle) {
  const Ends ends = Connect();
  const int inner = NewEpoll(ends.client, kEpollIn);
  const int outer = NewEpoll(inner, kEpollIn);
  EXPECT_EQ(Now(outer), "nothing");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(outer), "IN");
  EXPECT_EQ(Control(inner, EpollCtlOp::kAdd, outer, kEpollIn), -ELOOP);
}

// --- Mistakes ---------------------------------------------------------------

TEST_P(EpollContract, WrongDescriptorsAreToldApart) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  const int closed = NewTcp();
  calls_.Close(closed);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, ends.client), -EEXIST);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.server), -ENOENT);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.server), -ENOENT);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, closed), -EBADF);
  EXPECT_EQ(Control(closed, EpollCtlOp::kAdd, ends.server), -EBADF);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, epoll), -EINVAL);
  EXPECT_EQ(Control(ends.client, EpollCtlOp::kAdd, ends.server), -EINVAL);
  EXPECT_EQ(Control(ends.client, EpollCtlOp::kAdd, closed), -EBADF);
}

TEST_P(EpollContract, AddAndModifyNeedAnEventAndDeleteDoesNot) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  const auto control = [&](EpollCtlOp op, int fd) {
    return epoll_.EpollCtl(epoll, op, fd, nullptr);
  };
  EXPECT_EQ(control(EpollCtlOp::kAdd, ends.server), -EFAULT);
  EXPECT_EQ(control(EpollCtlOp::kModify, ends.client), -EFAULT);
  EXPECT_EQ(control(EpollCtlOp::kDelete, ends.client), 0);
}

TEST_P(EpollContract, WaitNeedsRoomAndAnEpollDescriptor) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut);
  const int closed = NewTcp();
  calls_.Close(closed);
  EpollEvent event;
  const auto room = absl::MakeSpan(&event, 1);
  EXPECT_EQ(epoll_.EpollWait(epoll, {}, 0), -EINVAL);
  EXPECT_EQ(epoll_.EpollWait(closed, room, 0), -EBADF);
  EXPECT_EQ(epoll_.EpollWait(ends.client, room, 0), -EINVAL);
}

TEST_P(EpollContract, AWaitWithNothingToReportEndsAtItsTimeoutAndNotBefore) {
  const int epoll = NewEpoll(NewListener(), kEpollIn);
  const absl::Time before = kernel_->clock().Now();
  EpollEvent event;
  EXPECT_EQ(epoll_.EpollWait(epoll, absl::MakeSpan(&event, 1), 2), 0);
  EXPECT_GE(kernel_->clock().Now() - before, absl::Milliseconds(2));
}

// --- The wake ---------------------------------------------------------------

TEST_P(EpollContract, AWakeIsReadableFromSignalToDrain) {
  const int wake = NewWake();
  EXPECT_EQ(Level(wake), "OUT");
  EXPECT_EQ(wake_.SignalWake(wake), 0);
  EXPECT_EQ(wake_.SignalWake(wake), 0);
  EXPECT_EQ(Level(wake), "IN|OUT");
  EXPECT_EQ(wake_.DrainWake(wake), 0);
  EXPECT_EQ(Level(wake), "OUT");
  EXPECT_EQ(wake_.DrainWake(wake), 0);
}

TEST_P(EpollContract, EverySignalOfAWakeIsAnEdge) {
  const int wake = NewWake();
  const int epoll = NewEpoll(wake, kEpollIn | kEdge);
  wake_.SignalWake(wake);
  EXPECT_EQ(Now(epoll), "IN");
  EXPECT_EQ(Now(epoll), "nothing");
  wake_.SignalWake(wake);
  EXPECT_EQ(Now(epoll), "IN");
}

TEST_P(EpollContract, AWakeIsNoSocket) {
  const int wake = NewWake();
  EXPECT_EQ(calls_.Send(wake, "x", 0), -ENOTSOCK);
  EXPECT_EQ(calls_.Listen(wake, 1), -ENOTSOCK);
}

INSTANTIATE_ON_EVERY_KERNEL(EpollContract);

}  // namespace
}  // namespace cloche
