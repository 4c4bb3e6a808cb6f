// Contract: the out-of-band byte, and the mark that it leaves in the stream.

#include <cerrno>
#include <string>

#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class UrgentContract : public SystemCallContract {
 protected:
  void Send(int fd, absl::string_view bytes) {
    EXPECT_EQ(calls_.Send(fd, bytes, 0), static_cast<int64_t>(bytes.size()));
  }
  void SendUrgent(int fd, absl::string_view bytes) {
    EXPECT_EQ(calls_.Send(fd, bytes, kSendOutOfBand),
              static_cast<int64_t>(bytes.size()));
  }
  std::string ReceiveUrgent(int fd, int flags = 0) {
    return Receive(fd, 100, kReceiveOutOfBand | flags);
  }
  // "abc", the urgent "!", "def": all of it has arrived at the client.
  Ends ConnectWithMark() {
    const Ends ends = Connect();
    Send(ends.server, "abc");
    SendUrgent(ends.server, "!");
    Send(ends.server, "def");
    EXPECT_TRUE(Becomes(ends.client, "IN|PRI|OUT"));
    // The last of it; a peek stops at the mark, so it is the close that tells.
    EXPECT_EQ(calls_.Shutdown(ends.server, ShutdownHow::kWrite), 0);
    EXPECT_TRUE(Becomes(ends.client, "IN|PRI|OUT|RDHUP"));
    return ends;
  }
};

// --- What is reported -------------------------------------------------------

TEST_P(UrgentContract, TheByteAloneIsAPriorityEventAndNothingToRead) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  EXPECT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(Receive(ends.client, 0), "");
  EXPECT_EQ(Level(ends.client), "PRI|OUT");
}

TEST_P(UrgentContract, TheByteIsAnEdgeForWhoWantsItOnly) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollPri | kEpollEdgeTriggered);
  Send(ends.server, "abc");
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Now(epoll), "nothing");
  SendUrgent(ends.server, "!");
  EXPECT_EQ(Next(epoll), "PRI");
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(UrgentContract, ThePriorityEventEndsWhenTheByteIsTaken) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(Level(ends.client), "OUT");
}

TEST_P(UrgentContract, ThePriorityEventEndsWhenAReadWentPastTheMark) {
  const Ends ends = ConnectWithMark();
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Level(ends.client), "IN|PRI|OUT|RDHUP");
  EXPECT_EQ(Receive(ends.client), "def");
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
}

TEST_P(UrgentContract, ThePriorityEventOutlivesAReset) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  Reset(ends.server);
  EXPECT_TRUE(Becomes(ends.client, "IN|PRI|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(ENOTCONN));
}

// --- What is received -------------------------------------------------------

TEST_P(UrgentContract, AReadStopsAtTheMarkAndTheNextOneStepsOverTheByte) {
  const Ends ends = ConnectWithMark();
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Receive(ends.client), "def");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(UrgentContract, ABytesMarkStaysAfterItWasTaken) {
  const Ends ends = ConnectWithMark();
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Receive(ends.client), "def");
}

TEST_P(UrgentContract, AReadOfNothingDoesNotStepOverTheByte) {
  const Ends ends = ConnectWithMark();
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Receive(ends.client, 0), "");
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
}

TEST_P(UrgentContract, APeekStepsOverTheByteButLosesNothing) {
  const Ends ends = ConnectWithMark();
  EXPECT_EQ(Receive(ends.client, 100, kReceivePeek), "abc");
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Receive(ends.client, 100, kReceivePeek), "def");
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(Receive(ends.client), "def");
}

TEST_P(UrgentContract, OnlyTheLastByteOfALongSendIsUrgent) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "abc!");
  ASSERT_TRUE(Becomes(ends.client, "IN|PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Receive(ends.client), Errno(EAGAIN));
}

TEST_P(UrgentContract, TheByteIsTakenOnce) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.client, kReceivePeek), "!");
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
}

TEST_P(UrgentContract, AByteThatNobodyHasRoomForIsTakenAllTheSame) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(Receive(ends.client, 0, kReceiveOutOfBand), "");
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
}

TEST_P(UrgentContract, AReadWithNothingButTheByteSaysTryAgainAndLosesIt) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(Receive(ends.client), Errno(EAGAIN));
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
  EXPECT_EQ(Level(ends.client), "OUT");
}

TEST_P(UrgentContract, WithoutAByteThereIsNothingToTake) {
  const Ends ends = Connect();
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
  EXPECT_EQ(ReceiveUrgent(NewTcp()), Errno(EINVAL));
  EXPECT_EQ(ReceiveUrgent(ends.listener), Errno(ENOTCONN));
}

// --- More than one, and one that is late ------------------------------------

TEST_P(UrgentContract, ALaterByteTakesTheMarkAndTheEarlierOneBecomesOrdinary) {
  const Ends ends = Connect();
  Send(ends.server, "x");
  SendUrgent(ends.server, "1");
  ASSERT_TRUE(Becomes(ends.client, "IN|PRI|OUT"));
  SendUrgent(ends.server, "2");
  ASSERT_TRUE(Becomes(ends.client, "2", [&] {
    return ReceiveUrgent(ends.client, kReceivePeek);
  }));
  EXPECT_EQ(Receive(ends.client), "x1");
  EXPECT_EQ(Receive(ends.client), Errno(EAGAIN));
}

TEST_P(UrgentContract, AnEarlierByteWithNothingBeforeItIsLost) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "1");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  SendUrgent(ends.server, "2");
  ASSERT_TRUE(Becomes(ends.client, "2", [&] {
    return ReceiveUrgent(ends.client, kReceivePeek);
  }));
  Send(ends.server, "x");
  ASSERT_TRUE(Becomes(ends.client, "IN|PRI|OUT"));
  EXPECT_EQ(Receive(ends.client), "x");
}

TEST_P(UrgentContract, AByteThatWasOnlyAnnouncedIsToBeTriedAgain) {
  const Ends ends = ConnectSmall();
  Send(ends.client, std::string(30000, 'x'));
  SendUrgent(ends.client, "!");
  EXPECT_EQ(ReceiveAll(ends.server, 15000).size(), 15000u);
  EXPECT_TRUE(Becomes(ends.server, Errno(EAGAIN),
                      [&] { return ReceiveUrgent(ends.server); }));
  EXPECT_EQ(ReceiveAll(ends.server, 15000).size(), 15000u);
  EXPECT_TRUE(Becomes(ends.server, "PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.server), "!");
}

// --- In the stream ----------------------------------------------------------

TEST_P(UrgentContract, InlineTheByteIsReadWithTheRestButAReadStopsBeforeIt) {
  const Ends ends = Connect();
  Set(ends.client, SocketOption::kOutOfBandInline, 1);
  Send(ends.server, "abc");
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "IN|PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.client), Errno(EINVAL));
  EXPECT_EQ(Receive(ends.client), "abc");
  EXPECT_EQ(Level(ends.client), "IN|PRI|OUT");
  EXPECT_EQ(Receive(ends.client), "!");
  EXPECT_EQ(Level(ends.client), "OUT");
}

TEST_P(UrgentContract, InlineIsInheritedFromTheListener) {
  const int listener = NewListener();
  Set(listener, SocketOption::kOutOfBandInline, 1);
  EXPECT_EQ(Get(ConnectTo(listener).server, SocketOption::kOutOfBandInline), 1);
}

// --- Closing ----------------------------------------------------------------

TEST_P(UrgentContract, TheByteIsUnreadDataEvenAfterItWasTaken) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  ASSERT_TRUE(Becomes(ends.client, "PRI|OUT"));
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  calls_.Close(ends.client);
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP|ERR|HUP"));
}

TEST_P(UrgentContract, TheEndOfTheStreamIsBehindTheByte) {
  const Ends ends = Connect();
  SendUrgent(ends.server, "!");
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|PRI|OUT|RDHUP"));
  EXPECT_EQ(ReceiveUrgent(ends.client), "!");
  EXPECT_EQ(Receive(ends.client), "");
}

INSTANTIATE_ON_EVERY_KERNEL(UrgentContract);

}  // namespace
}  // namespace cloche
