// What goes wrong on request, and that it goes wrong as on a real kernel.

#include "cloche/fakes/fault_plan.h"

#include <cerrno>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr uint32_t kIn = kEpollIn | kEpollEdgeTriggered;
constexpr uint32_t kOut = kEpollOut | kEpollEdgeTriggered;

class FaultPlanTest : public FakeKernelTest {
 protected:
  // What comes of `count` calls of socket: "3 ENFILE 4".
  std::string Sockets(int count) {
    std::vector<std::string> results;
    for (int i = 0; i < count; ++i) {
      const int fd = NewTcp(host_);
      results.push_back(fd == -ENFILE ? "ENFILE" : absl::StrCat(fd));
    }
    return absl::StrJoin(results, " ");
  }
  absl::Duration elapsed() { return clock_.Now() - FakeClock::Start(); }

  FaultPlan& plan_ = host_.faults();
};

// --- When -------------------------------------------------------------------

TEST_F(FaultPlanTest, AFaultCountsTheCallsOfItsKind) {
  plan_.Add({.kind = CallKind::kSocket, .nth_from_now = 2, .error = ENFILE});
  host_.wake().OpenWake();
  EXPECT_EQ(Sockets(3), "4 ENFILE 5");
}

TEST_F(FaultPlanTest, AFaultOfNoKindCountsAllCalls) {
  plan_.Add({.nth_from_now = 2, .error = ENFILE});
  host_.wake().OpenWake();
  EXPECT_EQ(Sockets(2), "ENFILE 4");
}

TEST_F(FaultPlanTest, AFaultComesAsOftenAsAsked) {
  plan_.Add({.kind = CallKind::kSocket, .times = 2, .error = ENFILE});
  EXPECT_EQ(Sockets(3), "ENFILE ENFILE 3");
}

TEST_F(FaultPlanTest, AFaultForEverEndsWhenThePlanIsCleared) {
  plan_.Add({.kind = CallKind::kSocket, .times = kForEver, .error = ENFILE});
  EXPECT_EQ(Sockets(3), "ENFILE ENFILE ENFILE");
  plan_.Clear();
  EXPECT_EQ(Sockets(1), "3");
}

// The numbers are those of every machine and every compiler.
TEST_F(FaultPlanTest, AProbabilityRepeatsFromTheSeedBitByBit) {
  plan_.Add({.kind = CallKind::kSocket,
             .times = kForEver,
             .probability = 0.25,
             .error = ENFILE});
  EXPECT_EQ(Sockets(12), "ENFILE ENFILE 3 ENFILE 4 5 6 ENFILE 7 8 ENFILE 9");
}

TEST_F(FaultPlanTest, AProbabilityIsMetInTheLongRun) {
  plan_.Add({.kind = CallKind::kDrainWake,
             .times = kForEver,
             .probability = 0.25,
             .error = EINTR});
  const int wake = host_.wake().OpenWake();
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += host_.wake().DrainWake(wake) != 0;
  EXPECT_NEAR(hits, 2500, 150);
}

TEST_F(FaultPlanTest, WithoutAProbabilityNothingIsDrawn) {
  plan_.Add({.kind = CallKind::kSocket, .times = kForEver, .error = ENFILE});
  Sockets(3);
  EXPECT_EQ(network_.random()(), std::mt19937_64(1)());
}

TEST_F(FaultPlanTest, AnErrnoByProbabilityPassesByCallsThatCannotHaveIt) {
  plan_.Add({.times = kForEver, .probability = 0.99, .error = EINTR});
  EXPECT_EQ(Sockets(3), "3 4 5");
}

// A program that tries again must get somewhere.
TEST_F(FaultPlanTest, TryAgainComesABoundedNumberOfTimesInARow) {
  plan_.Add({.kind = CallKind::kRecv, .times = kForEver, .error = EINTR});
  const Ends ends = Connect();
  calls_.Send(ends.client, "x", 0);
  int interrupted = 0;
  while (Receive(ends.server) == Errno(EINTR)) ++interrupted;
  EXPECT_EQ(interrupted, FaultPlan::kMostInARow);
}

TEST_F(FaultPlanTest, TheWatcherHearsOfEachCall) {
  std::string heard;
  plan_.set_watcher([&](uint64_t number, const FaultPlan::Entry& entry) {
    absl::StrAppend(&heard, number, CallName(entry.kind),
                    entry.can_fail ? " " : "! ");
  });
  const int fd = NewTcp(host_);
  host_.epoll().EpollCtl(9, EpollCtlOp::kDelete, fd, nullptr);
  EXPECT_EQ(heard, "1socket 2epoll_ctl! ");
}

// --- Mistakes of the test ---------------------------------------------------

TEST_F(FaultPlanTest, AnErrnoThatTheCallCannotReturnIsAMistake) {
  EXPECT_DEATH(plan_.Add({.kind = CallKind::kRecv, .error = EMFILE}),
               "recv cannot fail with EMFILE: it is not in recv");
  EXPECT_DEATH(plan_.Add({.kind = CallKind::kRecv, .error = EBADF}),
               "only a mistake of the program");
}

TEST_F(FaultPlanTest, AFaultOfNoKindIsCheckedWhenItComes) {
  plan_.Add({.error = EMFILE});
  EXPECT_DEATH(calls_.Close(3), "close cannot fail with EMFILE");
}

TEST_F(FaultPlanTest, AShortReadIsAskedForWhereDataArrives) {
  EXPECT_DEATH(plan_.Add({.kind = CallKind::kRecv, .most_bytes = 1}),
               "CutArrivals");
}

TEST_F(FaultPlanTest, AFaultThatDoesNothingIsAMistake) {
  EXPECT_DEATH(plan_.Add({.kind = CallKind::kRecv, .delay = absl::Seconds(1)}),
               "a fault that does nothing.*error, most_bytes, spurious");
}

TEST_F(FaultPlanTest, TimeThatRunsBackwardsIsAMistake) {
  const absl::Duration before = -absl::Milliseconds(1);
  EXPECT_DEATH(plan_.Add({.error = EINTR, .delay = before}), "delay");
  EXPECT_DEATH(plan_.Add({.stall = before}), "stall");
  EXPECT_DEATH(plan_.CutArrivals({.gap = before}), "gap");
}

TEST_F(FaultPlanTest, AProbabilityIsFromZeroToOne) {
  for (const double wrong : {-0.1, 1.1, std::nan("")}) {
    EXPECT_DEATH(plan_.Add({.probability = wrong, .error = EINTR}),
                 "a probability is from 0 to 1");
  }
}

TEST_F(FaultPlanTest, ACutThatNeverComesIsAMistake) {
  EXPECT_DEATH(plan_.CutArrivals({.times = 0}), "a cut that never comes");
}

TEST_F(FaultPlanTest, AnErrnoThatThisCallCannotHaveHidesNoOther) {
  plan_.Add(
      {.kind = CallKind::kRecv, .times = kForEver, .error = ECONNREFUSED});
  plan_.Add({.kind = CallKind::kRecv, .error = ENOMEM});
  EXPECT_EQ(Receive(Connect().server), Errno(ENOMEM));
}

// Only ADD needs memory (epoll_ctl(2), fs/eventpoll.c).
TEST_F(FaultPlanTest, TakingADescriptorOutOfEpollNeverFails) {
  const int fd = NewListener(host_);
  const int epoll = NewEpoll(fd, kIn);
  plan_.Add({.kind = CallKind::kEpollCtl, .error = ENOMEM});
  EXPECT_EQ(host_.epoll().EpollCtl(epoll, EpollCtlOp::kDelete, fd, nullptr), 0);
}

// --- What an errno does besides ---------------------------------------------

TEST_F(FaultPlanTest, TryAgainIsFollowedByAnEdge) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.server, kIn);
  calls_.Send(ends.client, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  plan_.Add({.kind = CallKind::kRecv, .error = EAGAIN});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Receive(ends.server), "x");
}

TEST_F(FaultPlanTest, AResetIsSeenByBothEndsAndOnlyOnce) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kRecv, .error = ECONNRESET});
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.server), "");
  EXPECT_EQ(calls_.Send(ends.server, "x", 0), -EPIPE);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

TEST_F(FaultPlanTest, WhatHadArrivedIsReadBeforeTheReset) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "x", 0);
  plan_.Add({.kind = CallKind::kRecv, .error = ECONNRESET});
  EXPECT_EQ(Receive(ends.server), "x");
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
}

TEST_F(FaultPlanTest, WhoGivesUpOnASilentPeerTellsItNothing) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kSend, .error = ETIMEDOUT});
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -ETIMEDOUT);
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
}

TEST_F(FaultPlanTest, AConnectThatFailsSaysWhyAfterwards) {
  NewListener(server_);
  client_.faults().Add({.kind = CallKind::kConnect, .error = ETIMEDOUT});
  const int fd =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  int error = 0;
  client_.sockets().GetSockOpt(fd, SocketOption::kError, &error);
  EXPECT_EQ(error, ETIMEDOUT);
}

// Its SYN has not been answered, so nobody has accepted it.
TEST_F(FaultPlanTest, AConnectThatFailsHasConnectedNobody) {
  const int listener = NewListener(host_);
  for (const int error : {ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH}) {
    plan_.Add({.kind = CallKind::kConnect, .error = error});
    const int fd = NewConnecting(host_, Ipv4Loopback(80));
    EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|ERR|HUP");
    EXPECT_EQ(TakeError(fd), error);
    EXPECT_EQ(calls_.Accept4(listener, nullptr), -EAGAIN);
  }
}

TEST_F(FaultPlanTest, AConnectThatFailedMayBeTriedAgain) {
  const int listener = NewListener(host_);
  plan_.Add({.kind = CallKind::kConnect, .error = ETIMEDOUT});
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -ETIMEDOUT);
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -EINPROGRESS);
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
}

TEST_F(FaultPlanTest, AnInterruptedConnectGoesOn) {
  const int listener = NewListener(host_);
  plan_.Add({.kind = CallKind::kConnect, .error = EINTR});
  EXPECT_EQ(calls_.Connect(NewTcp(host_), Ipv4Loopback(80)), -EINTR);
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
}

TEST_F(FaultPlanTest, ShutdownOfABrokenConnectionFindsNone) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kShutdown, .error = ENOTCONN});
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
}

TEST_F(FaultPlanTest, AWaitIsInterruptedOnlyIfItWaits) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.server, kIn);
  EpollEvent event;
  const auto wait = [&](int milliseconds) {
    return host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1),
                                   milliseconds);
  };
  plan_.Add({.kind = CallKind::kEpollWait, .times = 3, .error = EINTR});
  EXPECT_EQ(wait(0), 0);
  EXPECT_EQ(wait(1000), -EINTR);
  calls_.Send(ends.client, "x", 0);
  EXPECT_EQ(wait(1000), 1);
  EXPECT_EQ(elapsed(), absl::ZeroDuration());
}

// As in a TestWorld, which lets time pass for all hosts itself.
TEST_F(FaultPlanTest, AWaitThatTheDriverDoesIsInterruptedIfNothingIsReady) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.server, kIn);
  EpollEvent event;
  const auto ask = [&] {
    return host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), 0);
  };
  plan_.Add({.kind = CallKind::kEpollWait, .times = 3, .error = EINTR});
  host_.set_driver_waits(true);
  EXPECT_EQ(ask(), -EINTR);
  EXPECT_EQ(ask(), 0);  // It was said of one.
  calls_.Send(ends.client, "x", 0);
  host_.set_driver_waits(true);
  EXPECT_EQ(ask(), 1);
}

// --- Short writes, short reads ----------------------------------------------

TEST_F(FaultPlanTest, AShortWriteIsFollowedByAnEdge) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kOut);
  EXPECT_EQ(Edge(epoll), "OUT");
  plan_.Add({.kind = CallKind::kSend, .most_bytes = 2});
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 2);
  EXPECT_EQ(Receive(ends.server), "he");
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FaultPlanTest, AShortWriteOfSeveralBuffersEndsInTheMiddleOfOne) {
  const Ends ends = Connect();
  const absl::string_view buffers[] = {"ab", "cd", "ef"};
  SendMessage message;
  message.buffers = buffers;
  plan_.Add({.kind = CallKind::kSendMsg, .most_bytes = 3});
  EXPECT_EQ(calls_.SendMsg(ends.client, message), 3);
  EXPECT_EQ(Receive(ends.server), "abc");
}

TEST_F(FaultPlanTest, APieceThatArrivesIsAnEdgeAndAShortRead) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.server, kIn);
  plan_.CutArrivals({.most_bytes = 2, .gap = absl::Seconds(1)});
  calls_.Send(ends.client, "hello", 0);
  for (const std::string piece : {"he", "ll", "o"}) {
    EXPECT_EQ(Edge(epoll), "IN");
    EXPECT_EQ(Receive(ends.server), piece);
    EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
    PassTime(absl::Seconds(1));
  }
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FaultPlanTest, WhatIsSentAfterAPieceArrivesAfterIt) {
  const Ends ends = Connect();
  plan_.CutArrivals({.most_bytes = 2, .gap = absl::Seconds(1), .times = 1});
  calls_.Send(ends.client, "abcd", 0);
  calls_.Send(ends.client, "efgh", 0);
  calls_.Close(ends.client);
  EXPECT_EQ(Receive(ends.server), "ab");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Receive(ends.server), "cdefgh");
  EXPECT_EQ(Receive(ends.server), "");
}

TEST_F(FaultPlanTest, ASecondCutReplacesTheFirst) {
  const Ends ends = Connect();
  plan_.CutArrivals({.most_bytes = 1});
  plan_.CutArrivals({.most_bytes = 3});
  calls_.Send(ends.client, "hello", 0);
  EXPECT_EQ(Receive(ends.server), "hel");
}

// --- False alarms, late ones, time ------------------------------------------

TEST_F(FaultPlanTest, AFalseAlarmSaysReadableWhenNothingCanBeRead) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.server, kIn);
  plan_.Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FaultPlanTest, AFalseAlarmIsOfTheDirectionOfItsCall) {
  const Ends ends = Connect();
  const std::string much(1000, 'x');
  while (calls_.Send(ends.server, much, 0) > 0) continue;
  const int epoll = NewEpoll(ends.server, kIn | kOut);
  plan_.Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "IN");
  plan_.Add({.kind = CallKind::kSend, .spurious = true});
  EXPECT_EQ(calls_.Send(ends.server, much, 0), -EAGAIN);
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "OUT");
}

// Who is told "writable" and finds no error believes that it is connected
// (connect(2)); no kernel says so while it is not.
TEST_F(FaultPlanTest, AConnectThatIsUnderWayHasNoFalseAlarm) {
  network_.AddBlackHole(server_.Address());
  plan_.Add({.kind = CallKind::kConnect, .spurious = true});
  const int fd =
      NewConnecting(host_, server_.Address(AddressFamily::kIpv4, 80));
  const int epoll = NewEpoll(fd, kIn | kOut);
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FaultPlanTest, AHostThatStandsStillIsLateAndTheNetworkGoesOn) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kRecv, .stall = absl::Minutes(1)});
  network_.At(clock_.Now() + absl::Seconds(30),
              [&] { calls_.Send(ends.client, "x", 0); });
  EXPECT_EQ(Receive(ends.server), "x");
  EXPECT_EQ(elapsed(), absl::Minutes(1));
}

TEST_F(FaultPlanTest, AJumpOfTheWallClockMovesNoOther) {
  plan_.Add({.nth_from_now = 2, .wall_clock_jump = -absl::Hours(1)});
  NewTcp(host_);
  EXPECT_EQ(clock_.WallNow(), clock_.Now());
  NewTcp(host_);
  EXPECT_EQ(clock_.WallNow(), clock_.Now() - absl::Hours(1));
  EXPECT_EQ(elapsed(), absl::ZeroDuration());
}

}  // namespace
}  // namespace cloche
