// Contract: how operations end before their time (cancelled, closed), and how
// a wait does.

#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/backend_contract.h"

namespace cloche {
namespace {

using BackendEndContract = BackendContract;

// --- Cancel -----------------------------------------------------------------

TEST_P(BackendEndContract, CancelHandsBackInTheNextWaitAndNotBefore) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  backend_->Cancel(receive);
  EXPECT_FALSE(receive.handed_back());
  EXPECT_EQ(EndOf(receive), -ECANCELED);
  EXPECT_FALSE(receive.closed_locally);
  CloseAll(ends);
}

TEST_P(BackendEndContract, WhatComesAfterACancelIsForTheNextReceive) {
  const Ends ends = Connect();
  TestOperation cancelled(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(cancelled));
  backend_->Cancel(cancelled);
  Send(ends.server, "hello");
  EXPECT_EQ(EndOf(cancelled), -ECANCELED);
  TestOperation next(OperationKind::kReceive, ends.client);
  EXPECT_EQ(Run(next), 5);
  CloseAll(ends);
}

// Whichever wins, each byte is delivered once.
TEST_P(BackendEndContract, ACancelThatRacesDataLosesNoByte) {
  const Ends ends = Connect();
  std::string received;
  for (int i = 0; i < 26; ++i) {
    TestOperation racing(OperationKind::kReceive, ends.client);
    Send(ends.server, std::string(1, static_cast<char>('a' + i)));
    if (!backend_->Start(racing)) {
      if (i % 2 == 1) WaitOnce(absl::ZeroDuration());
      if (!racing.handed_back()) backend_->Cancel(racing);
      EndOf(racing);
    }
    received += racing.received();
  }
  Send(ends.server, ".");
  while (received.empty() || received.back() != '.') {
    TestOperation rest(OperationKind::kReceive, ends.client);
    ASSERT_GT(Run(rest), 0);
    received += rest.received();
  }
  EXPECT_EQ(received, "abcdefghijklmnopqrstuvwxyz.");
  CloseAll(ends);
}

TEST_P(BackendEndContract, ACancelledAcceptLosesNoConnection) {
  const int listener = NewListener();
  TestOperation cancelled(OperationKind::kAccept, listener);
  ASSERT_FALSE(backend_->Start(cancelled));
  const int client = NewTcp();
  EXPECT_EQ(calls_.Connect(client, AddressOf(listener)), -EINPROGRESS);
  backend_->Cancel(cancelled);
  int64_t accepted = EndOf(cancelled);
  if (accepted == -ECANCELED) {
    TestOperation next(OperationKind::kAccept, listener);
    accepted = Run(next);
  }
  EXPECT_GE(accepted, 0);
  backend_->Close(listener);
  CloseAll({client, static_cast<int>(accepted)});
}

TEST_P(BackendEndContract, CancelOfWhatIsOverChangesNothing) {
  const Ends ends = Connect();
  Send(ends.server, "hello");
  TestOperation receive(OperationKind::kReceive, ends.client);
  EXPECT_EQ(Run(receive), 5);
  backend_->Cancel(receive);
  EXPECT_FALSE(WaitOnce(absl::ZeroDuration()));
  EXPECT_EQ(receive.result, 5);
  CloseAll(ends);
}

// --- Close ------------------------------------------------------------------

TEST_P(BackendEndContract, CloseHandsBackFirstAndFreesTheNumberAfterwards) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  const size_t open = kernel_->CountOpenDescriptors();
  backend_->Close(ends.client);
  EXPECT_FALSE(receive.handed_back());
  EXPECT_EQ(kernel_->CountOpenDescriptors(), open);
  EXPECT_EQ(EndOf(receive), -ECANCELED);
  EXPECT_TRUE(receive.closed_locally);
  EXPECT_EQ(kernel_->CountOpenDescriptors(), open - 1);
  backend_->Close(ends.server);
}

TEST_P(BackendEndContract, CloseComesBeforeWhatHasJustBeenReceived) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(EndsAtOnce(receive));
  Send(ends.server, "too late");
  backend_->Close(ends.client);
  EXPECT_EQ(EndOf(receive), -ECANCELED);
  EXPECT_TRUE(receive.closed_locally);
  backend_->Close(ends.server);
}

TEST_P(BackendEndContract, CloseTakesAConnectionThatHasJustComeAlong) {
  const int listener = NewListener();
  TestOperation accept(OperationKind::kAccept, listener);
  ASSERT_FALSE(EndsAtOnce(accept));
  const int client = NewTcp();
  EXPECT_EQ(calls_.Connect(client, AddressOf(listener)), -EINPROGRESS);
  backend_->Close(listener);
  EXPECT_EQ(EndOf(accept), -ECANCELED);
  EXPECT_TRUE(accept.closed_locally);
  backend_->Close(client);  // Nothing else is open: the fixture looks.
}

TEST_P(BackendEndContract, CloseOfWhatNobodyWaitsForFreesTheNumberAtOnce) {
  const Ends ends = Connect();
  const size_t open = kernel_->CountOpenDescriptors();
  CloseAll(ends);
  EXPECT_EQ(kernel_->CountOpenDescriptors(), open - 2);
}

TEST_P(BackendEndContract, AnOperationOnWhatIsBeingClosedIsOverAtOnce) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  backend_->Close(ends.client);
  TestOperation late(OperationKind::kSend, ends.client);
  EXPECT_TRUE(backend_->Start(late));
  EXPECT_TRUE(late.closed_locally);
  EndOf(receive);
  backend_->Close(ends.server);
}

TEST_P(BackendEndContract, ANumberThatComesBackStartsAnew) {
  const Ends ends = Connect();
  TestOperation receive(OperationKind::kReceive, ends.client);
  ASSERT_FALSE(backend_->Start(receive));
  Send(ends.server, "for the old one");
  backend_->Close(ends.client);
  EndOf(receive);
  backend_->Close(ends.server);
  const Ends other = Connect();
  TestOperation next(OperationKind::kReceive, other.client);
  EXPECT_FALSE(backend_->Start(next));
  EXPECT_FALSE(WaitOnce(absl::ZeroDuration()));
  Send(other.server, "new");
  EXPECT_EQ(EndOf(next), 3);
  CloseAll(other);
}

TEST_P(BackendEndContract, AnOperationOnNoDescriptorIsBad) {
  TestOperation receive(OperationKind::kReceive, -1);
  EXPECT_TRUE(backend_->Start(receive));
  EXPECT_EQ(receive.result, -EBADF);
}

// --- Wait and Wake ----------------------------------------------------------

TEST_P(BackendEndContract, WakeEndsTheNextWaitWithNothing) {
  backend_->Wake();
  backend_->Wake();
  EXPECT_FALSE(WaitOnce(absl::InfiniteDuration()));
  // Several wakes are one, and a wake that is over does not come again. A wait
  // may end early by EINTR: what the kernel still has to do for a ring that
  // this process had interrupts whoever waits, a few times. A wake would end
  // one wait after the other, thousands of them.
  const absl::Time until = kernel_->clock().Now() + absl::Milliseconds(2);
  int waits = 0;
  while (kernel_->clock().Now() < until) {
    EXPECT_FALSE(WaitOnce(absl::Milliseconds(2)));
    ++waits;
  }
  EXPECT_LE(waits, 20);
}

TEST_P(BackendEndContract, OperationsAreHandedBackInTheOrderInWhichTheyEnded) {
  const Ends a = Connect();
  const Ends b = Connect();
  TestOperation first(OperationKind::kReceive, a.client);
  TestOperation second(OperationKind::kReceive, b.client);
  ASSERT_FALSE(backend_->Start(first));
  ASSERT_FALSE(backend_->Start(second));
  backend_->Cancel(second);
  backend_->Cancel(first);
  OperationList done;
  EXPECT_TRUE(backend_->Wait(absl::InfiniteDuration(), done).ok());
  EXPECT_EQ(done.PopFront(), &second);
  EXPECT_EQ(done.PopFront(), &first);
  EXPECT_TRUE(done.empty());
  CloseAll(a);
  CloseAll(b);
}

INSTANTIATE_IN_EVERY_WORLD(BackendEndContract);

}  // namespace
}  // namespace cloche
