// epoll(7) by the book. Each sentence was measured on Linux 6.18.

#include <array>
#include <cerrno>
#include <vector>

#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

constexpr uint32_t kEdge = kEpollEdgeTriggered;

class FakeEpollTest : public FakeKernelTest {
 protected:
  int Control(int epoll, EpollCtlOp op, int fd, uint32_t events = 0) {
    const EpollEvent event{events, static_cast<uint64_t>(fd)};
    return host_.epoll().EpollCtl(epoll, op, fd, &event);
  }
  // The descriptors that one wait with room for `most` events reports.
  std::vector<int> Wait(int epoll, size_t most) {
    std::array<EpollEvent, 8> events;
    const int count =
        host_.epoll().EpollWait(epoll, absl::MakeSpan(events.data(), most), 0);
    std::vector<int> fds;
    for (int i = 0; i < count; ++i) {
      fds.push_back(static_cast<int>(events[i].data));
    }
    return fds;
  }
};

TEST_F(FakeEpollTest, LevelTriggeredReportsAsLongAsItIsTrue) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Edge(epoll), "IN");
  Receive(ends.client);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, EdgeTriggeredReportsOnce) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, MoreDataIsANewEdgeThoughItWasReadableAlready) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  calls_.Send(ends.server, "y", 0);
  EXPECT_EQ(Edge(epoll), "IN");
}

TEST_F(FakeEpollTest, AReadThatLeavesBytesMakesNoEdge) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "abc", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  Receive(ends.client, 1);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, AnEdgeReportsEverythingThatIsTrueAndWanted) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEverything | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN|OUT");
}

TEST_F(FakeEpollTest, AnEdgeIsJudgedWhenItIsWaitedFor) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEverything | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  Receive(ends.client);
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FakeEpollTest, DataIsNoEdgeForWhoWantsToWriteOnly) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, AFinIsAnEdgeForWhoWantsToWriteOnly) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FakeEpollTest, TheAcknowledgementOfOurFinIsAnEdge) {
  const int listener = NewListener(server_);
  const int fd =
      NewConnecting(host_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Milliseconds(10));
  ASSERT_GE(server_.sockets().Accept4(listener, nullptr), 0);
  const int epoll = NewEpoll(fd, kEpollOut | kEdge);
  calls_.Shutdown(fd, ShutdownHow::kWrite);
  EXPECT_EQ(Edge(epoll), "OUT");
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(10));
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FakeEpollTest, ASmallSendMakesNoEdgeForWriting) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  calls_.Send(ends.client, "x", 0);
  Receive(ends.server);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, DataAndFinTogetherAreOneEvent) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollRdHup | kEdge);
  calls_.Send(ends.server, "bye", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Edge(epoll), "IN|RDHUP");
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, ErrorsAndHangUpsAreReportedUnasked) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, 0);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Edge(epoll), "nothing");
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Edge(epoll), "ERR|HUP");
}

TEST_F(FakeEpollTest, OneShotIsDeafUntilModified) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollOneShot);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "nothing");
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.client,
                    kEpollIn | kEpollOneShot),
            0);
  EXPECT_EQ(Edge(epoll), "IN");
}

TEST_F(FakeEpollTest, AOneShotThatFiredDoesNotEvenReportAHangUp) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollOneShot);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, ModifyReportsAgainWhatIsTrue) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
  Control(epoll, EpollCtlOp::kModify, ends.client, kEpollOut | kEdge);
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FakeEpollTest, ModifyTakesBackAnEdgeThatIsNotWantedAnyMore) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  Control(epoll, EpollCtlOp::kModify, ends.client, kEpollRdHup | kEdge);
  EXPECT_EQ(Edge(epoll), "nothing");
}

TEST_F(FakeEpollTest, RemovedAndClosedDescriptorsReportNothing) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut);
  AddTo(epoll, ends.server, kEpollOut);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.client), 0);
  EXPECT_EQ(Wait(epoll, 8), std::vector<int>{ends.server});
  calls_.Close(ends.server);
  EXPECT_EQ(Wait(epoll, 8), std::vector<int>{});
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.server), -EBADF);
}

TEST_F(FakeEpollTest, ANewFileUnderAnOldNumberIsNotRegistered) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut);
  calls_.Close(ends.client);
  EXPECT_EQ(NewTcp(host_), ends.client);
  EXPECT_EQ(Edge(epoll), "nothing");
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.client), -ENOENT);
}

TEST_F(FakeEpollTest, SeveralSetsSeeOneDescriptor) {
  const Ends ends = Connect();
  const int first = NewEpoll(ends.client, kEpollIn | kEdge);
  const int second = NewEpoll(ends.client, kEpollIn | kEdge);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(first), "IN");
  EXPECT_EQ(Edge(second), "IN");
}

TEST_F(FakeEpollTest, ReportedDescriptorsGoToTheBackOfTheLine) {
  const int listener = NewListener(host_);
  const int a = ConnectTo(listener).client;
  const int b = ConnectTo(listener).client;
  const int c = ConnectTo(listener).client;
  const int epoll = NewEpoll(a, kEpollOut);
  AddTo(epoll, b, kEpollOut);
  AddTo(epoll, c, kEpollOut);
  EXPECT_EQ(Wait(epoll, 2), (std::vector<int>{a, b}));
  EXPECT_EQ(Wait(epoll, 2), (std::vector<int>{c, a}));
  EXPECT_EQ(Wait(epoll, 2), (std::vector<int>{b, c}));
}

TEST_F(FakeEpollTest, WrongDescriptorsAreToldApart) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, ends.client), -EEXIST);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kModify, ends.server), -ENOENT);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.server), -ENOENT);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, 999), -EBADF);
  EXPECT_EQ(Control(999, EpollCtlOp::kAdd, ends.server), -EBADF);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, epoll), -EINVAL);
  EXPECT_EQ(Control(ends.client, EpollCtlOp::kAdd, ends.server), -EINVAL);
  EXPECT_EQ(Control(ends.client, EpollCtlOp::kAdd, 999), -EBADF);
}

TEST_F(FakeEpollTest, WaitNeedsRoomAndAnEpollDescriptor) {
  const Ends ends = Connect();
  EpollEvent event;
  const int epoll = NewEpoll(ends.client, kEpollOut);
  EXPECT_EQ(host_.epoll().EpollWait(epoll, {}, 0), -EINVAL);
  EXPECT_EQ(host_.epoll().EpollWait(999, absl::MakeSpan(&event, 1), 0), -EBADF);
  EXPECT_EQ(host_.epoll().EpollWait(ends.client, absl::MakeSpan(&event, 1), 0),
            -EINVAL);
}

TEST_F(FakeEpollTest, AnEpollSetCanBeWatchedButNotInACircle) {
  const Ends ends = Connect();
  const int inner = NewEpoll(ends.client, kEpollIn);
  const int outer = NewEpoll(inner, kEpollIn);
  EXPECT_EQ(Edge(outer), "nothing");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Edge(outer), "IN");
  EXPECT_EQ(Control(inner, EpollCtlOp::kAdd, outer, kEpollIn), -ELOOP);
}

TEST_F(FakeEpollTest, AWakeIsReadableFromSignalToDrain) {
  const int wake = host_.wake().OpenWake();
  EXPECT_EQ(Level(wake), "OUT");
  EXPECT_EQ(host_.wake().SignalWake(wake), 0);
  EXPECT_EQ(Level(wake), "IN|OUT");
  EXPECT_EQ(host_.wake().DrainWake(wake), 0);
  EXPECT_EQ(Level(wake), "OUT");
}

TEST_F(FakeEpollTest, EverySignalOfAWakeIsAnEdge) {
  const int wake = host_.wake().OpenWake();
  const int epoll = NewEpoll(wake, kEpollIn | kEdge);
  host_.wake().SignalWake(wake);
  EXPECT_EQ(Edge(epoll), "IN");
  host_.wake().SignalWake(wake);
  EXPECT_EQ(Edge(epoll), "IN");
}

}  // namespace
}  // namespace cloche
