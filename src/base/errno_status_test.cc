// Tests of ErrnoStatus, ErrnoOf and ErrnoName. Next: base/errno_status.cc.

#include "cloche/base/errnos.h"
#include "cloche/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusCode CodeOf(int error) { return ErrnoStatus(-error, "x").code(); }

TEST(ErrnoStatus, TheMessageNamesOperationErrnoAndRemedy) {
  const absl::Status status = ErrnoStatus(-EMFILE, "accept4 on fd 3");
  EXPECT_THAT(std::string(status.message()),
              StartsWith("accept4 on fd 3: EMFILE: too many open files"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("raise ulimit -n"));
}

TEST(ErrnoStatus, WhatThePeerOrTheNetworkDoesIsUnavailable) {
  for (int error : {ECONNREFUSED, ECONNRESET, EPIPE, EHOSTUNREACH, ENETUNREACH,
                    ENETDOWN, ECONNABORTED, ENONET, EPROTO}) {
    EXPECT_EQ(CodeOf(error), absl::StatusCode::kUnavailable) << error;
  }
}

// DEADLINE_EXCEEDED is what a scope gives for its own deadline.
TEST(ErrnoStatus, AKernelTimeoutIsNotTakenForADeadline) {
  EXPECT_EQ(CodeOf(ETIMEDOUT), absl::StatusCode::kUnavailable);
}

TEST(ErrnoStatus, WhatTheMachineRanOutOfIsResourceExhausted) {
  for (int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC}) {
    EXPECT_EQ(CodeOf(error), absl::StatusCode::kResourceExhausted) << error;
  }
}

TEST(ErrnoStatus, ASocketInTheWrongStateIsFailedPrecondition) {
  EXPECT_EQ(CodeOf(ENOTCONN), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(EISCONN), absl::StatusCode::kFailedPrecondition);
}

TEST(ErrnoStatus, TheOthersGetTheCodeThatTheirNameSuggests) {
  EXPECT_EQ(CodeOf(EADDRINUSE), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(EINVAL), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(ENOENT), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(EACCES), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(ENOSYS), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf(ENODEV), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf(ECANCELED), absl::StatusCode::kCancelled);
  EXPECT_EQ(CodeOf(EBADF), absl::StatusCode::kInternal);
}

TEST(ErrnoStatus, AnUnknownErrnoIsUnknownAndKeepsItsNumber) {
  const absl::Status status = ErrnoStatus(-4711, "bind");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_THAT(std::string(status.message()), StartsWith("bind: errno 4711: "));
  EXPECT_EQ(ErrnoOf(status), 4711);
}

TEST(ErrnoStatus, AKernelCancelBelongsToNoScope) {
  EXPECT_EQ(CancelledScopeOf(ErrnoStatus(-ECANCELED, "receive")), 0u);
}

TEST(ErrnoStatusDeathTest, ZeroOrACountIsNotAFailureAndAborts) {
  EXPECT_DEATH((void)ErrnoStatus(0, "send"), "give the negative errno");
  EXPECT_DEATH((void)ErrnoStatus(EPIPE, "send"), "give the negative errno");
}

TEST(ErrnoOf, GivesTheErrnoBackPositive) {
  EXPECT_EQ(ErrnoOf(ErrnoStatus(-ECONNRESET, "receive")), ECONNRESET);
}

TEST(ErrnoOf, IsZeroForAStatusThatNoErrnoMade) {
  EXPECT_EQ(ErrnoOf(absl::OkStatus()), 0);
  EXPECT_EQ(ErrnoOf(absl::UnavailableError("by hand")), 0);
}

TEST(ErrnoOf, DoesNotLookIntoTheCause) {
  const absl::Status cause = ErrnoStatus(-ECONNRESET, "receive");
  const absl::Status status = WithCause(absl::AbortedError("gone"), cause);
  EXPECT_EQ(ErrnoOf(status), 0);
  EXPECT_EQ(ErrnoOf(CauseOf(status)), ECONNRESET);
}

TEST(ErrnoName, IsTheNameInErrnoHWhateverTheSign) {
  EXPECT_EQ(ErrnoName(ECONNRESET), "ECONNRESET");
  EXPECT_EQ(ErrnoName(-ECONNRESET), "ECONNRESET");
}

TEST(ErrnoName, OfTheUnknownIsItsNumber) {
  EXPECT_EQ(ErrnoName(4711), "errno 4711");
  EXPECT_EQ(ErrnoName(-4711), "errno 4711");
}

}  // namespace
}  // namespace cloche
