// IocpBackend: what it hands to the kernel, and what comes back.

#include "cloche/backend/iocp_backend_test.h"

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

TEST_F(IocpBackendTest, WithoutAPortThereIsNone) {
  host_.FailCall(CallKind::kCreatePort, ENOMEM);
  EXPECT_THAT(IocpBackend::Create(calls_, host_.completion_port()),
              StatusIs(kExhausted, "CreateIoCompletionPort: ENOMEM"));
}

// --- What succeeds at once --------------------------------------------------

TEST_F(IocpBackendTest, WhatSucceedsAtOnceIsOverWithoutAPacket) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "receive: hello");
  EXPECT_THAT(WaitOnce(), IsEmpty());
}

// Where something sits between Winsock and the kernel.
TEST_F(IocpBackendTest, WithoutSkipOnSuccessThePacketEndsIt) {
  host_.FailCall(CallKind::kSkipOnSuccess, EOPNOTSUPP);
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
  EXPECT_THAT(WaitOnce(), IsEmpty());
}

TEST_F(IocpBackendTest, WithoutSkipOnSuccessASendIsOverAndTheNextOneWaits) {
  host_.FailCall(CallKind::kSkipOnSuccess, EOPNOTSUPP);
  const Ends ends = Connect();
  Sending first(ends.client, "one");
  EXPECT_EQ(Start(first), "send: 3");
  Sending second(ends.client, "second");
  EXPECT_EQ(Start(second), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("send: 6"));
  EXPECT_EQ(FakeKernelTest::Receive(ends.server), "onesecond");
}

TEST_F(IocpBackendTest, ASocketIsGivenItsPortOnce) {
  const Ends ends = Connect();
  for (int i = 0; i < 3; ++i) {
    Sending send(ends.client);
    EXPECT_EQ(Start(send), "send: 1");
  }
  EXPECT_EQ(Calls(CallKind::kAssociate), 1u);
}

// --- Accept and connect -----------------------------------------------------

TEST_F(IocpBackendTest, AnAcceptWithoutADescriptorToHaveSaysSo) {
  const int listener = NewListener(host_);
  host_.FailCall(CallKind::kSocket, EMFILE);
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "accept: EMFILE");
}

TEST_F(IocpBackendTest, AnAcceptThatCannotBeginKeepsNoDescriptor) {
  const int listener = NewListener(host_);
  const size_t before = host_.OpenDescriptors().size();
  host_.FailCall(CallKind::kAcceptEx, ENOBUFS);
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "accept: ENOBUFS");
  EXPECT_THAT(host_.OpenDescriptors(), SizeIs(before));
}

// To a server that is one connection, and not the end of its listener.
TEST_F(IocpBackendTest, APeerThatIsGoneBeforeItIsAcceptedWasAborted) {
  const int listener = NewListener(host_);
  host_.FailCall(CallKind::kAcceptEx, ECONNRESET);
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "accept: ECONNABORTED");
}

TEST_F(IocpBackendTest, AnAcceptedConnectionWithoutItsContextIsClosed) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "in flight");
  const size_t before = host_.OpenDescriptors().size();
  host_.FailCall(CallKind::kUpdateContext, ENOTCONN);
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_THAT(HandedBack(), ElementsAre("accept: ECONNABORTED"));
  EXPECT_THAT(host_.OpenDescriptors(), SizeIs(before));  // A client instead.
}

TEST_F(IocpBackendTest, AConnectionHasItsPeerAndCanBeShutDown) {
  NewListener(host_);
  Connecting connect(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(connect), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: 0"));
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(connect.fd, &peer), 0);
  EXPECT_EQ(calls_.Shutdown(connect.fd, ShutdownHow::kWrite), 0);
}

TEST_F(IocpBackendTest, ASocketThatIsBoundAlreadyConnectsFromThere) {
  NewListener(host_);
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback(4711)), 0);
  Connecting connect(fd, Ipv4Loopback(80));
  EXPECT_EQ(Start(connect), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: 0"));
  SocketAddress local;
  EXPECT_EQ(calls_.GetSockName(fd, &local), 0);
  EXPECT_EQ(local.port, 4711);
}

TEST_F(IocpBackendTest, AConnectWithoutAPortToHaveSaysSo) {
  host_.FailCall(CallKind::kBind, EADDRINUSE);
  Connecting connect(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(connect), "connect: EADDRINUSE");
}

// --- Sends ------------------------------------------------------------------

// A send is over when the kernel has a copy of it.
TEST_F(IocpBackendTest, ABufferIsFreeWhenItsSendIsOver) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  ReadAll(ends.server);
  WaitOnce();
  ReadAll(ends.server);
  Sending send(ends.client, "said");
  EXPECT_EQ(Start(send), "send: 4");
  send.buffer[0] = 'p';
  EXPECT_EQ(FakeKernelTest::Receive(ends.server), "said");
}

TEST_F(IocpBackendTest, ASendWaitsForTheOneThatIsPending) {
  const Ends ends = Connect();
  const size_t before = FillKernel(ends.client);
  Sending send(ends.client, "last");
  EXPECT_EQ(Start(send), "in flight");
  EXPECT_EQ(CountReceivedInTurns(ends.server), before + 4);
}

TEST_F(IocpBackendTest, TheErrorOfAPendingSendIsToldToTheNext) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  Reset(ends.server);
  WaitOnce();
  Sending next(ends.client);
  EXPECT_EQ(Start(next), "send: ECONNRESET");
}

TEST_F(IocpBackendTest, WritableMeansThatNoSendIsPending) {
  const Ends ends = Connect();
  WaitingWritable at_once(ends.client);
  EXPECT_EQ(Start(at_once), "wait-writable: 0");
  FillKernel(ends.client);
  WaitingWritable wait(ends.client);
  EXPECT_EQ(Start(wait), "in flight");
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-writable: 0"));
}

TEST_F(IocpBackendTest, NobodyCanTellWhenAForeignSocketIsWritable) {
  const Ends ends = Connect();
  WaitingWritable wait(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(wait), "wait-writable: EOPNOTSUPP");
}

TEST_F(IocpBackendTest, AForeignSocketThatIsRefusedIsLeftWithoutAPort) {
  const Ends ends = Connect();
  WaitingWritable wait(ends.client, /*foreign=*/true);
  ASSERT_EQ(Start(wait), "wait-writable: EOPNOTSUPP");
  FakeCompletionPortCalls& ports = host_.completion_port();
  const int owners_port = ports.CreateIoCompletionPort();
  EXPECT_EQ(ports.AssociateWithPort(owners_port, ends.client, /*key=*/7), 0);
  EXPECT_EQ(ports.CloseHandle(owners_port), 0);
}

// The answer is the same, so that who asks is told what is really the matter.
TEST_F(IocpBackendTest, NorCanTheyOfOneThatHasTheOwnersPort) {
  const Ends ends = Connect();
  FakeCompletionPortCalls& ports = host_.completion_port();
  const int owners_port = ports.CreateIoCompletionPort();
  ASSERT_EQ(ports.AssociateWithPort(owners_port, ends.client, /*key=*/7), 0);
  WaitingWritable wait(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(wait), "wait-writable: EOPNOTSUPP");
  EXPECT_EQ(ports.CloseHandle(owners_port), 0);
}

// Its packets would be sent there, and be taken for those of its own calls.
TEST_F(IocpBackendTest, AForeignSocketThatHasTheOthersPortIsRefused) {
  const Ends ends = Connect();
  auto other = IocpBackend::Create(calls_, host_.completion_port()).value();
  WaitingReadable first(ends.client, /*foreign=*/true);
  ASSERT_FALSE(other->Start(first));
  WaitingReadable second(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(second), "wait-readable: EINVAL");
  other->Cancel(first);
  OperationList done;
  EXPECT_THAT(other->Wait(absl::InfiniteDuration(), done), IsOk());
  EXPECT_EQ(done.PopFront(), &first);
}

// --- Wait and Wake ----------------------------------------------------------

TEST_F(IocpBackendTest, MorePacketsThanOneCallHoldsAreAllHandedBack) {
  constexpr size_t kMany = 300;
  host_.SetDescriptorLimit(2000);
  const int listener = NewListener(host_);
  std::vector<Ends> ends;
  std::vector<std::unique_ptr<Receiving>> receives;
  for (size_t i = 0; i < kMany; ++i) {
    ends.push_back(ConnectTo(listener));
    receives.push_back(std::make_unique<Receiving>(ends.back().client));
    EXPECT_EQ(Start(*receives.back()), "in flight");
  }
  for (const Ends& pair : ends) calls_.Send(pair.server, "x", 0);
  EXPECT_THAT(WaitOnce(), SizeIs(256));
  EXPECT_THAT(WaitOnce(), SizeIs(kMany - 256));
}

TEST_F(IocpBackendTest, PacketsBehindWakesAreNotLeftForTheNextWait) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  for (int i = 0; i < 256; ++i) backend_->Wake();
  calls_.Send(ends.server, "hello", 0);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: hello"));
}

TEST_F(IocpBackendTest, AWakeDuringTheWaitEndsIt) {
  network_.At(clock_.Now() + absl::Seconds(1), [this] { backend_->Wake(); });
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Seconds(1));
}

// As when the system has no memory for packets, for a while or for good.
class FewPackets final : public FakeCompletionPortCalls {
 public:
  using FakeCompletionPortCalls::FakeCompletionPortCalls;
  int PostQueuedCompletionStatus(int port, uint64_t key) override {
    if (failures.empty()) {
      return FakeCompletionPortCalls::PostQueuedCompletionStatus(port, key);
    }
    const int failure = failures.back();
    failures.pop_back();
    return failure;
  }
  std::vector<int> failures;
};

TEST_F(IocpBackendTest, NoWakeIsLostWhileTheSystemHasNoMemory) {
  FewPackets ports(host_);
  backend_ = IocpBackend::Create(calls_, ports).value();
  ports.failures = {-ENOMEM, -ENOBUFS, -ENOBUFS};
  backend_->Wake();
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  backend_ = nullptr;
}

TEST_F(IocpBackendTest, AWakeThatFailsForAnotherReasonIsNotTriedAgain) {
  FewPackets ports(host_);
  backend_ = IocpBackend::Create(calls_, ports).value();
  ports.failures = {-ENOBUFS, -EBADF};
  backend_->Wake();
  EXPECT_THAT(ports.failures, SizeIs(1));
  backend_ = nullptr;
}

TEST_F(IocpBackendTest, AWaitForWhatCannotComeIsAnError) {
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace cloche
