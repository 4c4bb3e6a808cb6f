// What mocks of the call interfaces and of Backend are good for: one example
// for each, of an answer that is hard to get from any kernel.

#include "cloche/testing/mock_calls.h"

#include <cerrno>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/iocp_backend.h"
#include "cloche/backend/operation.h"
#include "cloche/backend/ring_backend.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/loop/environment.h"
#include "cloche/loop/loop.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/stop_on_signals.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/poller/epoll_poller.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/mock_backend.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::_;
using ::testing::InSequence;
using ::testing::Return;
using ::testing::StrictMock;

TEST(MockEpollCalls, APollerThatCannotAddItsWakeDescriptorClosesBoth) {
  StrictMock<MockEpollCalls> epoll;
  StrictMock<MockWakeCalls> wake;
  const InSequence in_this_order;
  EXPECT_CALL(epoll, EpollCreate1).WillOnce(Return(10));
  EXPECT_CALL(wake, OpenWake).WillOnce(Return(11));
  EXPECT_CALL(epoll, EpollCtl(10, EpollCtlOp::kAdd, 11, _))
      .WillOnce(Return(-ENOSPC));
  EXPECT_CALL(wake, CloseWake(11)).WillOnce(Return(0));
  EXPECT_CALL(epoll, EpollClose(10)).WillOnce(Return(0));
  EXPECT_THAT(EpollPoller::Create(epoll, wake),
              StatusIs(absl::StatusCode::kResourceExhausted, "wake fd"));
}

// No kernel refuses TCP_NODELAY on a TCP socket.
TEST(MockSocketCalls, AConnectWhoseOptionFailsClosesItsDescriptor) {
  FakeClock clock;
  StrictMock<MockSocketCalls> sockets;
  auto backend = std::make_unique<StrictMock<MockBackend>>();
  EXPECT_CALL(sockets, Socket).WillOnce(Return(7));
  EXPECT_CALL(sockets, SetSockOpt(7, SocketOption::kNoDelay, 1))
      .WillOnce(Return(-ENOPROTOOPT));
  EXPECT_CALL(*backend, Close(7));
  EXPECT_CALL(*backend, Wait).WillRepeatedly(Return(absl::OkStatus()));
  Loop loop(Environment{
      .clock = &clock, .sockets = &sockets, .backend = std::move(backend)});
  TcpOptions options;
  options.no_delay = true;
  EXPECT_THAT(
      cloche::Run(loop, TcpStream::Connect(Endpoint::Loopback(80), options)),
      StatusIs(absl::StatusCode::kUnimplemented, "set TCP_NODELAY"));
}

TEST(MockBackend, ALoopThatOnlySleepsWaitsAsLongAsThat) {
  FakeClock clock;
  auto backend = std::make_unique<StrictMock<MockBackend>>();
  const InSequence in_this_order;
  EXPECT_CALL(*backend, Wait(absl::ZeroDuration(), _))
      .WillOnce(Return(absl::OkStatus()));
  EXPECT_CALL(*backend, Wait(absl::Seconds(3), _))
      .WillOnce([&clock](absl::Duration timeout, OperationList&) {
        clock.AdvanceTo(clock.Now() + timeout);
        return absl::OkStatus();
      });
  EXPECT_CALL(*backend, Wait(absl::ZeroDuration(), _))
      .WillRepeatedly(Return(absl::OkStatus()));
  Loop loop(Environment{.clock = &clock, .backend = std::move(backend)});
  const auto main = []() -> Task<> {
    co_return co_await Sleep(absl::Seconds(3));
  };
  EXPECT_THAT(cloche::Run(loop, main()), IsOk());
}

TEST(MockSignalCalls, SignalsThatCannotBeOpenedAreAnError) {
  TestLoop loop;
  StrictMock<MockSignalCalls> signals;
  StopSource stop;
  EXPECT_CALL(signals, OpenSignals).WillOnce(Return(-EMFILE));
  const auto main = [&](Nursery& nursery) -> Task<> {
    co_return co_await nursery.StartAndWait(StopOnSignals, std::ref(signals),
                                            std::ref(stop));
  };
  EXPECT_THAT(
      loop.Run([&]() -> Task<> { co_return co_await WithNursery(main); }),
      StatusIs(absl::StatusCode::kResourceExhausted));
}

// The kernel has no memory for a submission: rare, and over by the next Enter.
TEST(MockRing, AnEnterWithoutMemoryIsNotTheEnd) {
  StrictMock<MockRingCalls> rings;
  StrictMock<MockSocketCalls> sockets;
  StrictMock<MockWakeCalls> wake;
  auto ring = std::make_unique<StrictMock<MockRing>>();
  EXPECT_CALL(*ring, Push).WillOnce(Return(true));
  EXPECT_CALL(*ring, Enter(absl::Seconds(1))).WillOnce(Return(-EAGAIN));
  EXPECT_CALL(*ring, Reap).WillOnce(Return(0));
  EXPECT_CALL(rings, Open).WillOnce([&](unsigned, std::unique_ptr<Ring>& made) {
    made = std::move(ring);
    return 0;
  });
  EXPECT_CALL(wake, OpenWake).WillOnce(Return(11));
  EXPECT_CALL(wake, CloseWake(11)).WillOnce(Return(0));
  const auto backend = RingBackend::Create(rings, sockets, wake);
  ASSERT_THAT(backend, IsOk());
  OperationList done;
  EXPECT_THAT((*backend)->Wait(absl::Seconds(1), done), IsOk());
}

// Of a container, say.
TEST(MockRingCalls, ARingThatIsForbiddenIsAnErrorThatSaysSo) {
  StrictMock<MockRingCalls> rings;
  EXPECT_CALL(rings, Open).WillOnce(Return(-EPERM));
  EXPECT_THAT(RingBackend::Probe(rings),
              StatusIs(absl::StatusCode::kPermissionDenied, "io_uring_setup"));
}

class Receive final : public Operation {
 public:
  Receive() { fd = 7; }  // And its kind is kReceive.
  void OnHandedBack() override {}
};

// What sits between Winsock and the kernel may refuse the short cut. Then a
// receive that was done at once is over with its packet, and not before.
TEST(MockCompletionPortCalls, WhatHasAPacketIsNotOverBeforeIt) {
  StrictMock<MockCompletionPortCalls> ports;
  StrictMock<MockSocketCalls> sockets;
  CompletionPacket packet = {.result = 5};
  EXPECT_CALL(ports, CreateIoCompletionPort).WillOnce(Return(3));
  EXPECT_CALL(ports, AssociateWithPort(3, 7, _)).WillOnce(Return(0));
  EXPECT_CALL(ports, SkipCompletionPortOnSuccess(7)).WillOnce(Return(-EINVAL));
  EXPECT_CALL(ports, WsaRecv(7, _, _))
      .WillOnce([&](int, absl::Span<char>, Overlapped& overlapped) {
        packet.overlapped = &overlapped;
        return packet.result;
      });
  EXPECT_CALL(ports, GetQueuedCompletionStatusEx(3, _, _))
      .WillOnce([&](int, absl::Span<CompletionPacket> packets, absl::Duration) {
        packets[0] = packet;
        return 1;
      });
  EXPECT_CALL(ports, CloseHandle(3)).WillOnce(Return(0));
  const auto backend = IocpBackend::Create(sockets, ports);
  ASSERT_THAT(backend, IsOk());
  Receive receive;
  EXPECT_FALSE((*backend)->Start(receive));
  OperationList done;
  EXPECT_THAT((*backend)->Wait(absl::Seconds(1), done), IsOk());
  EXPECT_EQ(done.PopFront(), &receive);
  EXPECT_EQ(receive.result, 5);
}

// There is no poller over these yet; as an interface they answer the script.
TEST(MockReadinessCalls, AnswerWhatTheTestSays) {
  StrictMock<MockPollCalls> poll;
  StrictMock<MockSelectCalls> select;
  StrictMock<MockKqueueCalls> kqueue;
  EXPECT_CALL(poll, Poll(_, absl::InfiniteDuration())).WillOnce(Return(-EINTR));
  EXPECT_CALL(select, Select).WillOnce(Return(-EBADF));
  EXPECT_CALL(kqueue, Kevent(5, _, _, _)).WillOnce(Return(0));
  SelectSets sets;
  EXPECT_EQ(static_cast<PollCalls&>(poll).Poll({}, absl::InfiniteDuration()),
            -EINTR);
  EXPECT_EQ(static_cast<SelectCalls&>(select).Select(sets, absl::Seconds(1)),
            -EBADF);
  EXPECT_EQ(
      static_cast<KqueueCalls&>(kqueue).Kevent(5, {}, {}, absl::Seconds(1)), 0);
}

}  // namespace
}  // namespace cloche
