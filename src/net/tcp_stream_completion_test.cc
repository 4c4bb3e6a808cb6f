// TcpStream over a backend that completes operations by itself, as io_uring and
// IOCP do: there, a cancel and a completion can cross each other on the way.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/operation.h"
#include "cloche/base/errors.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kFd = 7;

class TcpStreamCompletion : public ::testing::Test {
 protected:
  // In one second the kernel has done this much of an operation, and the
  // cancel comes before anybody has heard of it.
  void CompleteAndCancel(OperationKind kind, int64_t bytes) {
    loop_.At(absl::Seconds(1), [this, kind, bytes] {
      loop_.backend().Complete(kFd, kind, bytes);
      scope_.Cancel();
    });
  }

  CancelScope scope_;
  TestLoop loop_;
  TcpStream stream_{loop_.loop(), kFd, Endpoint::Loopback(80)};
};

TEST_F(TcpStreamCompletion, AWriteCutMidwayByACancelSaysHowManyBytesWent) {
  CompleteAndCancel(OperationKind::kSend, 3);
  const absl::Status status = loop_.Run(scope_.Run(stream_.Write("hello")));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled,
                               "ended after 3 of 5 bytes; the stream is fit "
                               "only to be closed"));
  EXPECT_NE(CancelledScopeOf(status), 0u);
}

TEST_F(TcpStreamCompletion, AWriteThatWasCompleteBeforeTheCancelIsOk) {
  CompleteAndCancel(OperationKind::kSend, 5);
  EXPECT_THAT(loop_.Run(scope_.Run(stream_.Write("hello"))), IsOk());
}

TEST_F(TcpStreamCompletion, AReadThatWasCompleteBeforeTheCancelIsDelivered) {
  CompleteAndCancel(OperationKind::kReceive, 2);
  char room[10];
  EXPECT_THAT(loop_.Run(scope_.Run(stream_.Read(absl::MakeSpan(room)))),
              IsOkAndHolds(2u));
}

TEST_F(TcpStreamCompletion, AWriteOfSeveralPartsGoesOnWhereTheLastEnded) {
  for (int second = 1; second <= 5; ++second) {
    loop_.At(absl::Seconds(second), [this] {
      loop_.backend().Complete(kFd, OperationKind::kSend, 1);
    });
  }
  EXPECT_THAT(loop_.Run(stream_.Write("hello")), IsOk());
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(5));
}

}  // namespace
}  // namespace cloche
