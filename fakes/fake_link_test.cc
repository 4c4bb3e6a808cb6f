// What a bad link does to TCP: late, slow, lossy, cut. Times are those of
// tcp(7).

#include "cloche/fakes/fake_link.h"

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeLinkTest : public FakeKernelTest {
 protected:
  // A connection from client_ to server_.
  struct Call {
    int client = -1;
    int server = -1;
  };

  Call CallServer() {
    const int listener = NewListener(server_);
    Call call;
    call.client =
        NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
    PassTime(absl::Seconds(1));
    call.server = server_.sockets().Accept4(listener, nullptr);
    EXPECT_GE(call.server, 0);
    return call;
  }

  static void Say(FakeHost& host, int fd, absl::string_view text) {
    EXPECT_EQ(host.sockets().Send(fd, text, 0),
              static_cast<int64_t>(text.size()));
  }
  // What has come, or "nothing", or the error.
  static std::string Hear(FakeHost& host, int fd) {
    std::string room(100000, '\0');
    const int64_t count =
        host.sockets().Recv(fd, absl::MakeSpan(room.data(), room.size()), 0);
    if (count == -EAGAIN) return "nothing";
    return count < 0 ? Errno(-count) : room.substr(0, count);
  }
  static int TakeErrorOf(FakeHost& host, int fd) {
    int error = 0;
    host.sockets().GetSockOpt(fd, SocketOption::kError, &error);
    return error;
  }
  // How long it takes until there is something to hear.
  absl::Duration TimeToHear(FakeHost& host, int fd) {
    const absl::Time begin = clock_.Now();
    const int epoll = host.epoll().EpollCreate1();
    const EpollEvent interest{kEpollIn, 0};
    EXPECT_EQ(host.epoll().EpollCtl(epoll, EpollCtlOp::kAdd, fd, &interest), 0);
    EpollEvent event;
    EXPECT_EQ(host.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), -1), 1);
    EXPECT_EQ(host.epoll().EpollClose(epoll), 0);
    return clock_.Now() - begin;
  }

  static std::string Numbered(size_t size) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i % 251);
    return bytes;
  }

  // Lets ten milliseconds pass, until `call` no longer says that it must wait.
  static int64_t Patiently(FakeNetwork& network,
                           absl::FunctionRef<int64_t()> call) {
    int64_t result = call();
    for (int i = 0; result == -EAGAIN && i < 10000; ++i) {
      const absl::Time soon = network.clock().Now() + absl::Milliseconds(10);
      network.WaitFor([] { return false; }, soon);
      result = call();
    }
    return result;
  }

  // What of `bytes` comes to b when a sends them all.
  static std::string SendThrough(FakeNetwork& network, FakeHost& a, FakeHost& b,
                                 absl::string_view bytes) {
    const int listener = NewListener(b);
    const int from = NewConnecting(a, b.Address(AddressFamily::kIpv4, 80));
    const int to = static_cast<int>(Patiently(
        network, [&] { return b.sockets().Accept4(listener, nullptr); }));
    std::string arrived;
    char room[1000];
    const size_t size = bytes.size();
    while (arrived.size() < size) {
      const int64_t sent = a.sockets().Send(from, bytes, 0);
      if (sent > 0) bytes.remove_prefix(sent);
      const int64_t count =
          Patiently(network, [&] { return b.sockets().Recv(to, room, 0); });
      if (count <= 0) break;
      arrived.append(room, count);
    }
    return arrived;
  }
};

TEST_F(FakeLinkTest, EachPairOfHostsMayHaveALinkOfItsOwn) {
  network_.SetLink({.latency = absl::Milliseconds(5)});
  network_.SetLink(client_, server_, {.latency = absl::Milliseconds(70)});
  const Call call = CallServer();
  Say(client_, call.client, "hello");
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Milliseconds(70));
  Say(server_, call.server, "hello");
  EXPECT_EQ(TimeToHear(client_, call.client), absl::Milliseconds(70));
}

TEST_F(FakeLinkTest, JitterMakesASegmentLateButNeverOvertakesOne) {
  network_.SetLink(
      {.latency = absl::Milliseconds(10), .jitter = absl::Milliseconds(50)});
  const Call call = CallServer();
  std::string said;
  for (int i = 0; i < 20; ++i) {
    said += absl::StrCat(i, " ");
    Say(client_, call.client, absl::StrCat(i, " "));
  }
  const absl::Duration first = TimeToHear(server_, call.server);
  EXPECT_GE(first, absl::Milliseconds(10));
  EXPECT_LE(first, absl::Milliseconds(60));
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, call.server), said);
}

TEST_F(FakeLinkTest, ANarrowLinkTakesItsTimeForEachByte) {
  network_.SetLink({.latency = absl::ZeroDuration(), .bytes_per_second = 1000});
  const Call call = CallServer();
  Say(client_, call.client, std::string(934, 'x'));  // With 66 of headers.
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Seconds(1));
}

TEST_F(FakeLinkTest, WhatIsLostComesLateAndWhatFollowsWaitsForIt) {
  const Call call = CallServer();
  network_.Cut(client_, server_);
  Say(client_, call.client, "first ");
  network_.Mend(client_, server_);
  Say(client_, call.client, "second");
  PassTime(absl::Milliseconds(100));
  EXPECT_EQ(Hear(server_, call.server), "nothing");
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Milliseconds(101));
  EXPECT_EQ(Hear(server_, call.server), "first second");
}

TEST_F(FakeLinkTest, RetriesBecomeRarer) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "hello");
  PassTime(absl::Milliseconds(1500));  // After those at 200, 600, 1400 ms.
  network_.Heal(client_, server_);
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Milliseconds(1501));
}

TEST_F(FakeLinkTest, OtherConversationsDoNotWaitForTheOneThatLostSomething) {
  const Call unlucky = CallServer();
  const int listener = NewListener(server_, 81);
  const int lucky =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 81));
  PassTime(absl::Seconds(1));
  const int accepted = server_.sockets().Accept4(listener, nullptr);
  network_.Cut(client_, server_);
  Say(client_, unlucky.client, "late");
  network_.Mend(client_, server_);
  Say(client_, lucky, "in time");
  EXPECT_EQ(TimeToHear(server_, accepted), absl::Milliseconds(1));
}

TEST_F(FakeLinkTest, WhoeverSendsIntoAPartitionTimesOutAfter924Seconds) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "hello");
  EXPECT_EQ(TimeToHear(client_, call.client), absl::Milliseconds(924600));
  EXPECT_EQ(Hear(client_, call.client), Errno(ETIMEDOUT));
  // The other side has heard nothing, of this either.
  EXPECT_EQ(Hear(server_, call.server), "nothing");
}

// --- Nobody has the sender's socket any more; tcp_orphan_retries in tcp(7) ---

TEST_F(FakeLinkTest, WhatAClosedSocketHasSaidIsSentAgainForAMinute) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "bye");
  client_.sockets().Close(call.client);
  PassTime(absl::Seconds(50));
  network_.Heal(client_, server_);
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Milliseconds(1001));
  EXPECT_EQ(Hear(server_, call.server), "bye");
}

TEST_F(FakeLinkTest, WhatAClosedSocketHasSaidIsLostAfter102Seconds) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "bye");
  client_.sockets().Close(call.client);
  PassTime(absl::Milliseconds(102199));
  EXPECT_EQ(client_.tcp().Connections().size(), 1u);
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(client_.tcp().Connections().size(), 0u);
  network_.Heal(client_, server_);
  PassTime(absl::Hours(1));
  EXPECT_EQ(Hear(server_, call.server), "nothing");
}

TEST_F(FakeLinkTest, WhoSpeaksToAClosedSocketThatHasGivenUpIsReset) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "bye");
  client_.sockets().Close(call.client);
  PassTime(absl::Seconds(103));
  network_.Heal(client_, server_);
  Say(server_, call.server, "hello?");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, call.server), Errno(ECONNRESET));
}

// At 204.6 and 324.6 s.
TEST_F(FakeLinkTest, WhoeverClosesLaterGivesUpWithTheNextTimeout) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  Say(client_, call.client, "bye");
  PassTime(absl::Seconds(300));
  client_.sockets().Close(call.client);
  PassTime(absl::Milliseconds(24599));
  EXPECT_EQ(client_.tcp().Connections().size(), 1u);
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(client_.tcp().Connections().size(), 0u);
}

// It says so again and again, and is reset as soon as that can be heard.
TEST_F(FakeLinkTest, WhoWaitsForAnswersOfAClosedSocketThatHasGivenUpIsReset) {
  const Call call = CallServer();
  network_.Cut(client_, server_);
  Say(client_, call.client, "bye");
  Say(server_, call.server, "hello");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Hear(client_, call.client), "hello");
  client_.sockets().Close(call.client);
  PassTime(absl::Seconds(110));
  EXPECT_EQ(Hear(server_, call.server), "nothing");
  network_.Mend(client_, server_);
  PassTime(absl::Minutes(3));
  EXPECT_EQ(Hear(server_, call.server), Errno(ECONNRESET));
}

// --- What is not noticed at once --------------------------------------------

TEST_F(FakeLinkTest, IfOnlyTheAnswersAreLostTheSenderTimesOutToo) {
  const Call call = CallServer();
  network_.Cut(server_, client_);
  Say(client_, call.client, "hello");
  PassTime(absl::Seconds(10));
  EXPECT_EQ(Hear(server_, call.server), "hello");
  PassTime(absl::Seconds(920));
  EXPECT_EQ(Hear(client_, call.client), Errno(ETIMEDOUT));
}

TEST_F(FakeLinkTest, APartitionWithoutTrafficIsNotNoticed) {
  const Call call = CallServer();
  network_.Partition(client_, server_);
  PassTime(absl::Hours(24));
  network_.Heal(client_, server_);
  Say(client_, call.client, "good morning");
  EXPECT_EQ(TimeToHear(server_, call.server), absl::Milliseconds(1));
}

TEST_F(FakeLinkTest, AConnectIntoAPartitionTimesOut) {
  NewListener(server_);
  network_.Partition(client_, server_);
  const int fd =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(132));
  EXPECT_EQ(TakeErrorOf(client_, fd), ETIMEDOUT);
}

TEST_F(FakeLinkTest, AConnectTriesAgainWhenThePartitionIsOver) {
  const int listener = NewListener(server_);
  network_.Partition(client_, server_);
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Milliseconds(500));
  network_.Heal(client_, server_);
  EXPECT_EQ(TimeToHear(server_, listener), absl::Milliseconds(503));
}

TEST_F(FakeLinkTest, AResetThatIsLostIsFoundOutByTheNextToSpeak) {
  const Call call = CallServer();
  network_.Cut(server_, client_);
  SocketCalls& sockets = server_.sockets();
  EXPECT_EQ(sockets.SetSockOpt(call.server, SocketOption::kLinger, 0), 0);
  EXPECT_EQ(sockets.Close(call.server), 0);
  network_.Mend(server_, client_);
  PassTime(absl::Seconds(5));
  EXPECT_EQ(Hear(client_, call.client), "nothing");
  Say(client_, call.client, "hello?");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(client_, call.client), Errno(ECONNRESET));
}

// The peer said so long ago, and is gone: its reset is sent each time.
TEST_F(FakeLinkTest, WhoeverIsAnsweredByResetsThatAreLostTimesOut) {
  const Call call = CallServer();
  EXPECT_EQ(server_.sockets().Close(call.server), 0);
  PassTime(absl::Seconds(1));
  network_.Cut(server_, client_);
  Say(client_, call.client, "hello?");
  PassTime(absl::Seconds(926));
  EXPECT_EQ(TakeErrorOf(client_, call.client), ETIMEDOUT);
}

TEST_F(FakeLinkTest, WhereBothWaitForAnAnswerBothTimeOut) {
  const Call call = CallServer();
  network_.Cut(server_, client_);
  Say(client_, call.client, "hello");
  Say(server_, call.server, "hello");
  PassTime(absl::Seconds(926));
  EXPECT_EQ(TakeErrorOf(client_, call.client), ETIMEDOUT);
  EXPECT_EQ(TakeErrorOf(server_, call.server), ETIMEDOUT);
}

// Every byte once, in order, however bad the link: from many seeds.
TEST_F(FakeLinkTest, ALossyLinkLosesNoByteOfAConversation) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    FakeClock clock;
    FakeNetwork network(clock, seed);
    FakeHost& a = network.AddHost("a");
    FakeHost& b = network.AddHost("b");
    network.SetLink({.jitter = absl::Milliseconds(5), .loss = 0.2});
    const std::string bytes = Numbered(50000);
    EXPECT_EQ(SendThrough(network, a, b, bytes), bytes) << "seed " << seed;
  }
}

TEST_F(FakeLinkTest, ALossOfEverythingIsAskedForByAPartition) {
  EXPECT_DEATH(network_.SetLink({.loss = 1.0}), "Partition");
}

TEST_F(FakeLinkTest, WhatNoLinkCanBeLikeIsAMistake) {
  const absl::Duration before = -absl::Milliseconds(5);
  EXPECT_DEATH(network_.SetLink({.latency = before}), "latency");
  EXPECT_DEATH(network_.SetLink({.latency = absl::InfiniteDuration()}),
               "latency.*Partition");
  EXPECT_DEATH(network_.SetLink({.jitter = before}), "jitter");
  EXPECT_DEATH(network_.SetLink({.loss = std::nan("")}), "loss");
  EXPECT_DEATH(network_.SetLink({.max_segment_bytes = 0}), "max_segment_bytes");
}

// --- Power ------------------------------------------------------------------

TEST_F(FakeLinkTest, WhatAHostWithoutPowerWouldSendAgainIsForgotten) {
  const Call call = CallServer();
  network_.Cut(client_, server_);
  Say(client_, call.client, "lost");
  EXPECT_LT(network_.NextEvent(), absl::InfiniteFuture());
  client_.PowerOff();
  EXPECT_EQ(network_.NextEvent(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace cloche
