// IocpBackend: how operations end before their time, and that nothing is freed
// before its packet came: the fake port CHECKs that what it was lent is left
// alone.

#include <cerrno>
#include <memory>
#include <string>

#include "cloche/backend/iocp_backend_test.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using IocpBackendEnd = IocpBackendTest;

// --- Cancel -----------------------------------------------------------------

TEST_F(IocpBackendEnd, ThePacketDecidesWhatBecameOfACancel) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  backend_->Cancel(receive);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
}

TEST_F(IocpBackendEnd, ACancelThatComesTooLateLosesNoByte) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  Choose(1);
  backend_->Cancel(receive);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
}

TEST_F(IocpBackendEnd, ACancelThatComesTooLateLosesNoConnection) {
  const int listener = NewListener(host_);
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "in flight");
  Choose(1);
  backend_->Cancel(accept);
  NewConnecting(host_, Ipv4Loopback(80));
  HandedBack();
  EXPECT_GE(accept.result, 0);
}

TEST_F(IocpBackendEnd, ACancelledAcceptKeepsNoDescriptor) {
  const int listener = NewListener(host_);
  const size_t before = host_.OpenDescriptors().size();
  Accepting accept(listener);
  EXPECT_EQ(Start(accept), "in flight");
  backend_->Cancel(accept);
  EXPECT_THAT(HandedBack(), ElementsAre("accept: ECANCELED"));
  EXPECT_EQ(host_.OpenDescriptors().size(), before);
}

TEST_F(IocpBackendEnd, ASendThatWaitsIsCancelledWithoutAByteGone) {
  const Ends ends = Connect();
  const size_t before = FillKernel(ends.client);
  Sending send(ends.client, "never");
  EXPECT_EQ(Start(send), "in flight");
  backend_->Cancel(send);
  EXPECT_THAT(HandedBack(), ElementsAre("send: ECANCELED"));
  EXPECT_EQ(CountReceivedInTurns(ends.server), before);
}

// --- Close ------------------------------------------------------------------

TEST_F(IocpBackendEnd, CloseWithOperationsPendingEndsThemAllAndClosesThen) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  FillKernel(ends.client);
  Sending send(ends.client);
  EXPECT_EQ(Start(send), "in flight");
  backend_->Close(ends.client);
  EXPECT_TRUE(IsOpen(ends.client));
  EXPECT_THAT(HandedBack(), ElementsAre("send: ECANCELED, closed locally",
                                        "receive: ECANCELED, closed locally"));
  EXPECT_FALSE(IsOpen(ends.client));
}

// Else a peer that never reads would keep the descriptor for ever.
TEST_F(IocpBackendEnd, ACloseAfterASendWasGivenUpWaitsForNothing) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  Sending send(ends.client);
  EXPECT_EQ(Start(send), "in flight");
  backend_->Cancel(send);
  EXPECT_THAT(HandedBack(), ElementsAre("send: ECANCELED"));
  backend_->Close(ends.client);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_F(IocpBackendEnd, WhatACancelCameTooLateForStandsAlthoughTheCloseCame) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  calls_.Send(ends.server, "hello", 0);
  backend_->Cancel(receive);
  backend_->Close(ends.client);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
}

TEST_F(IocpBackendEnd, ACloseAfterACancelLeavesTheCancelItsWord) {
  const Ends ends = Connect();
  Receiving receive(ends.client);
  EXPECT_EQ(Start(receive), "in flight");
  backend_->Cancel(receive);
  backend_->Close(ends.client);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
}

TEST_F(IocpBackendEnd, ACloseWaitsForASendThatIsPendingWhichNobodyWaitsFor) {
  const Ends ends = Connect();
  const size_t sent = FillKernel(ends.client);
  backend_->Close(ends.client);
  EXPECT_TRUE(IsOpen(ends.client));
  EXPECT_EQ(CountReceivedInTurns(ends.server), sent);
  EXPECT_FALSE(IsOpen(ends.client));
  EXPECT_EQ(FakeKernelTest::Receive(ends.server), "");  // The end.
}

TEST_F(IocpBackendEnd, ANumberThatComesBackAfterASendWasPendingBeginsAnew) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  backend_->Close(ends.client);
  CountReceivedInTurns(ends.server);
  const Ends again = ConnectTo(ends.listener);
  ASSERT_EQ(again.client, ends.client);
  FillKernel(again.client);
  Sending send(again.client);
  EXPECT_EQ(Start(send), "in flight");
  EXPECT_THAT(WaitOnce(), IsEmpty());
  ReadAll(again.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

TEST_F(IocpBackendEnd, ACloseWithLingerZeroThrowsAwayWhatIsPending) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  SetOption(ends.client, SocketOption::kLinger, 0);
  backend_->Close(ends.client);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_FALSE(IsOpen(ends.client));
  ReadAll(ends.server);
  EXPECT_EQ(TakeError(ends.server), 0);  // The read has said it.
  EXPECT_EQ(FakeKernelTest::Receive(ends.server), "");
}

// Each of the ways in which Windows may say it.
TEST_F(IocpBackendEnd, APacketForAClosedSocketEndsItsOperation) {
  const char* const ends_of_close[] = {
      "receive: ECANCELED", "receive: ECONNRESET", "receive: ECONNABORTED"};
  for (size_t i = 0; i < 3; ++i) {
    const int listener = NewListener(host_, static_cast<uint16_t>(80 + i));
    const Ends ends = ConnectTo(listener);
    Receiving receive(ends.client);
    receive.foreign_descriptor = true;
    EXPECT_EQ(Start(receive), "in flight");
    Choose(i);
    calls_.Close(ends.client);
    EXPECT_THAT(HandedBack(), ElementsAre(ends_of_close[i]));
  }
}

// --- The end of the backend -------------------------------------------------

TEST_F(IocpBackendEnd, TheEndTakesBackWhatTheKernelStillHas) {
  const Ends closed = Connect();
  const Ends open = ConnectTo(closed.listener);
  FillKernel(closed.client);
  FillKernel(open.client);
  backend_->Close(closed.client);
  backend_ = nullptr;
  EXPECT_FALSE(IsOpen(closed.client));
  EXPECT_TRUE(IsOpen(open.client));
}

TEST_F(IocpBackendEnd, TheEndWaitsForACancelThatComesTooLate) {
  const Ends ends = Connect();
  FillKernel(ends.client);
  Choose(1);
  backend_ = nullptr;
  EXPECT_TRUE(IsOpen(ends.client));
}

}  // namespace
}  // namespace cloche
