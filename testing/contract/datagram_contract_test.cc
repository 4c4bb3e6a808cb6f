// Contract: datagrams of UDP. What is sent, what comes of it, and what is ready
// when. Whom one talks to: datagram_peer_contract_test.cc; who has which port:
// datagram_port_contract_test.cc.

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"
#include "cloche/testing/epoll_text.h"

namespace cloche {
namespace {

class DatagramContract : public SystemCallContract {
 protected:
  // Waits for a datagram, and receives it into `room` bytes.
  std::string Hear(int fd, size_t room = 100, int flags = 0) {
    EXPECT_TRUE(Becomes(fd, "IN|OUT"));
    return Receive(fd, room, flags);
  }
  // The same, with RecvMsg: "hel, truncated".
  std::string HearMessage(int fd, size_t room, int flags = 0) {
    EXPECT_TRUE(Becomes(fd, "IN|OUT"));
    std::string bytes(room, '\0');
    const absl::Span<char> buffer = absl::MakeSpan(bytes.data(), room);
    ReceiveMessage message{.buffers = absl::MakeConstSpan(&buffer, 1),
                           .flags = flags};
    const int64_t count = calls_.RecvMsg(fd, message);
    if (count < 0) return Errno(static_cast<int>(-count));
    bytes.resize(count);
    return absl::StrCat(bytes, message.truncated ? ", truncated" : ", whole");
  }

  const int receiver_ = NewBoundUdp();
  const int sender_ = NewUdpTo(receiver_);
};

// --- One send is one receive ------------------------------------------------

TEST_P(DatagramContract, ArrivesAsItWasSent) {
  EXPECT_EQ(calls_.Send(sender_, "hello", 0), 5);
  EXPECT_EQ(Hear(receiver_), "hello");
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
}

TEST_P(DatagramContract, TwoAreTwoHoweverMuchRoomThereIs) {
  calls_.Send(sender_, "ab", 0);
  calls_.Send(sender_, "cd", 0);
  EXPECT_EQ(Hear(receiver_), "ab");
  EXPECT_EQ(Hear(receiver_), "cd");
}

TEST_P(DatagramContract, PiecesOfOneMessageAreOneDatagram) {
  const absl::string_view pieces[] = {"ab", "", "cde"};
  EXPECT_EQ(calls_.SendMsg(sender_, {.buffers = pieces}), 5);
  EXPECT_EQ(Hear(receiver_), "abcde");
}

TEST_P(DatagramContract, ScattersIntoSeveralBuffers) {
  calls_.Send(sender_, "abcde", 0);
  ASSERT_TRUE(Becomes(receiver_, "IN|OUT"));
  char first[3];
  char second[3];
  const absl::Span<char> room[] = {absl::MakeSpan(first),
                                   absl::MakeSpan(second)};
  ReceiveMessage message{.buffers = room};
  ASSERT_EQ(calls_.RecvMsg(receiver_, message), 5);
  EXPECT_EQ(std::string(first, 3) + std::string(second, 2), "abcde");
}

TEST_P(DatagramContract, MayBeEmptyAndIsNoEndOfAnything) {
  EXPECT_EQ(calls_.Send(sender_, "", 0), 0);
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(Hear(receiver_), "");
  EXPECT_EQ(Hear(receiver_), "hello");
}

TEST_P(DatagramContract, IsHeldBackWhileThereIsMoreToCome) {
  EXPECT_EQ(calls_.Send(sender_, "hel", kSendMore), 3);
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
  EXPECT_EQ(calls_.Send(sender_, "lo", 0), 2);
  EXPECT_EQ(Hear(receiver_), "hello");
}

TEST_P(DatagramContract, GoesWhereItsFirstPartWasToGo) {
  const int other = NewBoundUdp();
  calls_.Send(sender_, "hel", kSendMore);
  EXPECT_EQ(SendTo(sender_, AddressOf(other), "lo"), 2);
  EXPECT_EQ(Hear(receiver_), "hello");
  EXPECT_EQ(Level(other), "OUT");
}

TEST_P(DatagramContract, GoesToThePeerThatCameMeanwhile) {
  const int other = NewBoundUdp();
  calls_.Send(sender_, "hel", kSendMore);
  EXPECT_EQ(calls_.Connect(sender_, AddressOf(other)), 0);
  calls_.Send(sender_, "lo", 0);
  EXPECT_EQ(Hear(other), "hello");
  EXPECT_EQ(Level(receiver_), "OUT");
}

TEST_P(DatagramContract, IsNeverSentIfItsSocketIsClosedBeforeTheRest) {
  calls_.Send(sender_, "hel", kSendMore);
  calls_.Close(sender_);
  EXPECT_EQ(Level(receiver_), "OUT");
}

// --- More than fits ---------------------------------------------------------

TEST_P(DatagramContract, OfWhatIsLongerThanTheBufferTheRestIsLost) {
  calls_.Send(sender_, "hello", 0);
  calls_.Send(sender_, "next", 0);
  EXPECT_EQ(HearMessage(receiver_, 3), "hel, truncated");
  EXPECT_EQ(HearMessage(receiver_, 4), "next, whole");
}

TEST_P(DatagramContract, AReceiveIntoNoRoomTakesItAway) {
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(HearMessage(receiver_, 0), ", truncated");
  EXPECT_EQ(Level(receiver_), "OUT");
}

TEST_P(DatagramContract, AnEmptyOneIsWholeInNoRoom) {
  calls_.Send(sender_, "", 0);
  EXPECT_EQ(HearMessage(receiver_, 0), ", whole");
}

TEST_P(DatagramContract, APeekLeavesItWhole) {
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(HearMessage(receiver_, 2, kReceivePeek), "he, truncated");
  EXPECT_EQ(HearMessage(receiver_, 9, kReceivePeek), "hello, whole");
  EXPECT_EQ(Hear(receiver_), "hello");
}

TEST_P(DatagramContract, OverIpv4HasAtMost65507Bytes) {
  EXPECT_EQ(calls_.Send(sender_, std::string(65508, 'x'), 0), -EMSGSIZE);
  EXPECT_EQ(calls_.Send(sender_, std::string(65507, 'x'), 0), 65507);
  EXPECT_EQ(Hear(receiver_, 70000).size(), 65507u);
}

TEST_P(DatagramContract, ThatGrewTooLongIsGivenUpWithAllItsParts) {
  EXPECT_EQ(calls_.Send(sender_, std::string(40000, 'x'), kSendMore), 40000);
  EXPECT_EQ(calls_.Send(sender_, std::string(40000, 'x'), 0), -EMSGSIZE);
  EXPECT_EQ(calls_.Send(sender_, "hello", 0), 5);
  EXPECT_EQ(Hear(receiver_), "hello");
}

TEST_P(DatagramContract, IsLostWithoutAWordIfTheReceiverHasNoRoom) {
  Set(receiver_, SocketOption::kReceiveBuffer, 4096);
  const std::string bytes(1000, 'x');
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(calls_.Send(sender_, absl::StrCat(i, bytes), 0),
              static_cast<int64_t>(absl::StrCat(i, bytes).size()));
  }
  EXPECT_EQ(Level(sender_), "OUT");
  EXPECT_EQ(Hear(receiver_, 2000), absl::StrCat(0, bytes));
  EXPECT_EQ(Hear(receiver_, 2000), absl::StrCat(1, bytes));
  int heard = 2;
  while (Receive(receiver_, 2000) != Errno(EAGAIN)) ++heard;
  EXPECT_LT(heard, 100);
}

TEST_P(DatagramContract, FindsRoomIfNoneWaitsHoweverSmallTheBuffer) {
  Set(receiver_, SocketOption::kReceiveBuffer, 1);
  calls_.Send(sender_, std::string(50000, 'x'), 0);
  EXPECT_EQ(Hear(receiver_, 70000).size(), 50000u);
}

// --- Readiness --------------------------------------------------------------

TEST_P(DatagramContract, NothingToReceiveSaysTryAgainEvenForNoBytes) {
  const int fd = NewUdp();
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
  EXPECT_EQ(Receive(fd, 0), Errno(EAGAIN));
  EXPECT_EQ(Receive(fd, 10, kReceivePeek), Errno(EAGAIN));
}

TEST_P(DatagramContract, AnEmptyOneIsReadable) {
  calls_.Send(sender_, "", 0);
  EXPECT_TRUE(Becomes(receiver_, "IN|OUT"));
}

TEST_P(DatagramContract, ASocketIsReadableUntilTheLastIsTaken) {
  calls_.Send(sender_, "a", 0);
  calls_.Send(sender_, "b", 0);
  EXPECT_EQ(Hear(receiver_), "a");
  EXPECT_EQ(Hear(receiver_), "b");
  EXPECT_EQ(Level(receiver_), "OUT");
}

TEST_P(DatagramContract, EachIsAnEdge) {
  const int epoll = NewEpoll(receiver_, kEpollIn | kEpollEdgeTriggered);
  for (int i = 0; i < 3; ++i) {
    calls_.Send(sender_, "x", 0);
    EXPECT_EQ(Next(epoll), "IN");
  }
  EXPECT_EQ(Receive(receiver_), "x");
  EXPECT_EQ(Now(epoll), "nothing");  // Though two more are there.
}

TEST_P(DatagramContract, EachSendIsAnEdgeOfItsSender) {
  const int epoll = NewEpoll(sender_, kEverything | kEpollEdgeTriggered);
  EXPECT_EQ(Now(epoll), "OUT");
  calls_.Send(sender_, "x", 0);
  EXPECT_EQ(Next(epoll), "OUT");
}

// --- Out of band ------------------------------------------------------------

TEST_P(DatagramContract, HasNoOutOfBandByte) {
  EXPECT_EQ(calls_.Send(sender_, "x", kSendOutOfBand), -EOPNOTSUPP);
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(Hear(receiver_, 9, kReceiveOutOfBand), "hello");
}

INSTANTIATE_ON_EVERY_KERNEL(DatagramContract);

}  // namespace
}  // namespace cloche
