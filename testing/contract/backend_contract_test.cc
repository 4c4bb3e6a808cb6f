// Contract: what a backend does with operations, and when they wait.

#include "cloche/testing/contract/backend_contract.h"

#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {
namespace {

// --- Accept and connect -----------------------------------------------------

TEST_P(BackendContract, AcceptTakesAConnectionThatWaitsAlready) {
  const int listener = NewListener();
  SocketAddress address = AddressOf(listener);
  TestOperation connect(OperationKind::kConnect, NewTcp());
  connect.address = &address;
  EXPECT_EQ(Run(connect), 0);
  SocketAddress peer;
  TestOperation accept(OperationKind::kAccept, listener);
  accept.address = &peer;
  const int64_t accepted = Run(accept);
  ASSERT_GE(accepted, 0);
  EXPECT_EQ(peer, AddressOf(connect.fd));
  backend_->Close(listener);
  CloseAll({connect.fd, static_cast<int>(accepted)});
}

TEST_P(BackendContract, AcceptWaitsForAConnection) {
  const int listener = NewListener();
  TestOperation accept(OperationKind::kAccept, listener);
  EXPECT_FALSE(backend_->Start(accept));
  EXPECT_EQ(accept.state, OperationState::kInFlight);
  ExpectItTakesTheNext(accept);
}

// As in another process that serves the same port.
TEST_P(BackendContract, AcceptGoesOnHoweverOftenOthersAreQuicker) {
  const int listener = NewListener();
  TestOperation accept(OperationKind::kAccept, listener);
  EXPECT_FALSE(backend_->Start(accept));
  WaitOnce(absl::ZeroDuration());
  for (int i = 0; i < 200 && !accept.handed_back(); ++i) {
    const int client = NewTcp();
    EXPECT_EQ(calls_.Connect(client, AddressOf(listener)), -EINPROGRESS);
    const int quicker = calls_.Accept4(listener, nullptr);
    WaitOnce(absl::ZeroDuration());
    if (quicker >= 0) calls_.Close(quicker);
    calls_.Close(client);
  }
  ExpectItTakesTheNext(accept);
}

TEST_P(BackendContract, ConnectSaysWhyItFailed) {
  const int nobody = NewBound();
  SocketAddress address = AddressOf(nobody);
  TestOperation connect(OperationKind::kConnect, NewTcp());
  connect.address = &address;
  EXPECT_EQ(Run(connect), -ECONNREFUSED);
  CloseAll({connect.fd, nobody});
}

// --- Receive and send -------------------------------------------------------

TEST_P(BackendContract, ReceiveTakesWhatIsThereAndElseWaits) {
  const Ends ends = Connect();
  TestOperation first(OperationKind::kReceive, ends.client);
  EXPECT_FALSE(backend_->Start(first));
  Send(ends.server, "one");
  EXPECT_EQ(EndOf(first), 3);
  EXPECT_EQ(first.received(), "one");
  Send(ends.server, "two");
  TestOperation second(OperationKind::kReceive, ends.client);
  EXPECT_EQ(Run(second), 3);
  EXPECT_EQ(second.received(), "two");
  CloseAll(ends);
}

TEST_P(BackendContract, ReceiveIsWokenByTheEndOfTheStreamAndSaysItAgain) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  EXPECT_FALSE(backend_->Start(receive));
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(EndOf(receive), 0);
  TestOperation again(OperationKind::kReceive, ends.client);
  EXPECT_TRUE(EndsAtOnce(again));
  EXPECT_EQ(again.result, 0);
  CloseAll(ends);
}

TEST_P(BackendContract, ReceiveIsWokenByAResetAndThenSaysTheEnd) {
  SKIP_IF_RESETS_ARE_LOST_ON_POLLERS();
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  EXPECT_FALSE(backend_->Start(receive));
  Reset(ends.server);
  EXPECT_EQ(EndOf(receive), -ECONNRESET);
  TestOperation again(OperationKind::kReceive, ends.client);
  EXPECT_TRUE(EndsAtOnce(again));
  EXPECT_EQ(again.result, 0);
  backend_->Close(ends.client);
}

TEST_P(BackendContract, SendIsOverAtOnceWhenThereIsSpace) {
  const Ends ends = Connect();
  TestOperation send(OperationKind::kSend, ends.client);
  EXPECT_TRUE(EndsAtOnce(send));
  EXPECT_EQ(send.result, 100);
  Drain(ends.server, 100);
  CloseAll(ends);
}

TEST_P(BackendContract, SendWaitsForSpace) {
  const Ends ends = ConnectSmall();
  TestOperation send(OperationKind::kSend, ends.client);
  const size_t sent = FillUp(send);
  Drain(ends.server, sent);
  EXPECT_EQ(EndOf(send), 100);
  Drain(ends.server, 100);
  CloseAll(ends);
}

TEST_P(BackendContract, SendIsWokenByAReset) {
  const Ends ends = ConnectSmall();
  TestOperation send(OperationKind::kSend, ends.client);
  FillUp(send);
  Reset(ends.server);
  EXPECT_EQ(EndOf(send), -ECONNRESET);
  backend_->Close(ends.client);
}

TEST_P(BackendContract, BothDirectionsMayBeInFlightAtOnce) {
  const Ends ends = ConnectSmall();
  TestOperation send(OperationKind::kSend, ends.client);
  const size_t sent = FillUp(send);
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  Send(ends.server, "hello");
  EXPECT_EQ(EndOf(receive), 5);
  EXPECT_FALSE(send.handed_back());
  Drain(ends.server, sent);
  EXPECT_EQ(EndOf(send), 100);
  Drain(ends.server, 100);
  CloseAll(ends);
}

TEST_P(BackendContract, ASecondOfOneDirectionIsBusyAndTheFirstGoesOn) {
  const Ends ends = Connect();
  TestOperation first(OperationKind::kReceive, ends.client);
  TestOperation second(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(first));
  EXPECT_TRUE(backend_->Start(second));
  EXPECT_EQ(second.result, -EBUSY);
  Send(ends.server, "hello");
  EXPECT_EQ(EndOf(first), 5);
  CloseAll(ends);
}

// --- Waiting ----------------------------------------------------------------

TEST_P(BackendContract, WaitReadableEndsWithDataAndTakesNone) {
  const Ends ends = Connect();
  TestOperation wait(OperationKind::kWaitReadable, ends.client);
  ASSERT_FALSE(backend_->Start(wait));
  Send(ends.server, "hello");
  EXPECT_EQ(EndOf(wait), 0);
  // And again, though nothing new has come.
  TestOperation again(OperationKind::kWaitReadable, ends.client);
  EXPECT_EQ(Run(again), 0);
  TestOperation receive(OperationKind::kReceive, ends.client);
  EXPECT_EQ(Run(receive), 5);
  CloseAll(ends);
}

TEST_P(BackendContract, WaitWritableEndsWhenThereIsSpace) {
  const Ends ends = ConnectSmall();
  TestOperation at_once(OperationKind::kWaitWritable, ends.client);
  EXPECT_EQ(Run(at_once), 0);
  TestOperation send(OperationKind::kSend, ends.client);
  const size_t sent = FillUp(send);
  backend_->Cancel(send);
  EXPECT_EQ(EndOf(send), -ECANCELED);
  TestOperation wait(OperationKind::kWaitWritable, ends.client);
  ASSERT_FALSE(backend_->Start(wait));
  Drain(ends.server, sent);
  EXPECT_EQ(EndOf(wait), 0);
  CloseAll(ends);
}

TEST_P(BackendContract, AForeignDescriptorMayBeClosedWithoutTelling) {
  const int listener = NewListener();
  const int foreign = NewTcp();
  EXPECT_EQ(calls_.Connect(foreign, AddressOf(listener)), -EINPROGRESS);
  TestOperation accept(OperationKind::kAccept, listener);
  const int server = static_cast<int>(Run(accept));
  TestOperation wait(OperationKind::kWaitReadable, foreign);
  wait.foreign_descriptor = true;
  ASSERT_FALSE(backend_->Start(wait));
  Send(server, "x");
  EXPECT_EQ(EndOf(wait), 0);
  calls_.Close(foreign);
  // Its number comes back, for a stranger.
  const int stranger = NewTcp();
  EXPECT_EQ(stranger, foreign);
  SocketAddress address = AddressOf(listener);
  TestOperation connect(OperationKind::kConnect, stranger);
  connect.address = &address;
  EXPECT_EQ(Run(connect), 0);
  backend_->Close(listener);
  CloseAll({stranger, server});
}

TEST_P(BackendContract, AHangUpThatNobodyWaitsForEndsNoWait) {
  SKIP_IF_RESETS_ARE_LOST_ON_POLLERS();
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  Reset(ends.server);
  EXPECT_EQ(EndOf(receive), -ECONNRESET);
  // It may be reported once or twice more; then there is rest.
  bool rests = false;
  for (int i = 0; i < 10 && !rests; ++i) {
    const absl::Time before = kernel_->clock().Now();
    EXPECT_FALSE(WaitOnce(absl::Milliseconds(2)));
    rests = kernel_->clock().Now() - before >= absl::Milliseconds(2);
  }
  EXPECT_TRUE(rests) << "a hang-up makes the loop spin";
  backend_->Close(ends.client);
}

INSTANTIATE_IN_EVERY_WORLD(BackendContract);

}  // namespace
}  // namespace cloche
