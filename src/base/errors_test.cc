// Tests of frames, causes, failures and scopes. Next: base/errors.h.

#include "cloche/base/errors.h"

#include <source_location>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Status Lost() { return absl::UnavailableError("lost"); }
absl::Status Why() { return absl::InternalError("why"); }
absl::Status Deeper() { return absl::DataLossError("deeper"); }

std::source_location Here() { return std::source_location::current(); }

std::vector<std::string> Messages(const std::vector<absl::Status>& statuses) {
  std::vector<std::string> messages;
  for (const absl::Status& status : statuses) {
    messages.emplace_back(status.message());
  }
  return messages;
}

TEST(Errors, OkStaysOkWhateverIsAdded) {
  EXPECT_TRUE(WithFrame(absl::OkStatus(), Here()).ok());
  EXPECT_TRUE(WithCause(absl::OkStatus(), Why()).ok());
  EXPECT_TRUE(WithFailure(absl::OkStatus(), Why()).ok());
}

TEST(Errors, AddingOkChangesNothing) {
  EXPECT_EQ(WithCause(Lost(), absl::OkStatus()), Lost());
  EXPECT_EQ(WithFailure(Lost(), absl::OkStatus()), Lost());
}

TEST(Errors, CodeAndMessageStayWhenTheStoryGrows) {
  const absl::Status status =
      WithFailure(WithCause(WithFrame(Lost(), Here()), Why()), Deeper());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "lost");
}

TEST(Errors, ThePayloadsOfOthersStay) {
  absl::Status status = Lost();
  status.SetPayload("example.com/retry", absl::Cord("in 5 s"));
  status = WithFrame(status, Here());
  EXPECT_EQ(status.GetPayload("example.com/retry"), absl::Cord("in 5 s"));
}

TEST(Errors, AllOfTheStoryIsInOnePayload) {
  const absl::Status status =
      WithFailure(WithCause(WithFrame(Lost(), Here()), Why()), Deeper());
  int payloads = 0;
  status.ForEachPayload(
      [&](absl::string_view, const absl::Cord&) { ++payloads; });
  EXPECT_EQ(payloads, 1);
}

TEST(Errors, TheTracebackHasTheInnermostFrameFirst) {
  const std::source_location inner = std::source_location::current();
  const std::source_location outer = std::source_location::current();
  const absl::Status status = WithFrame(WithFrame(Lost(), inner), outer);
  EXPECT_THAT(TracebackOf(status),
              ElementsAre(FormatLocation(inner), FormatLocation(outer)));
}

TEST(Errors, APlainStatusHasNoTracebackCauseOrScope) {
  EXPECT_THAT(TracebackOf(Lost()), IsEmpty());
  EXPECT_TRUE(CauseOf(Lost()).ok());
  EXPECT_EQ(CancelledScopeOf(Lost()), 0u);
}

TEST(Errors, FramesBeyondTheLimitAreCountedAndNotKept) {
  absl::Status status = Lost();
  for (int i = 0; i < kMaxTracebackFrames + 300; ++i) {
    status = WithFrame(status, Here());
  }
  EXPECT_THAT(TracebackOf(status), SizeIs(kMaxTracebackFrames));
  EXPECT_THAT(FormatError(status), HasSubstr("and 300 more co_awaits"));
}

TEST(Errors, TheCauseComesBackWithItsOwnStory) {
  const absl::Status cause = WithFrame(WithCause(Why(), Deeper()), Here());
  EXPECT_EQ(CauseOf(WithCause(Lost(), cause)), cause);
}

TEST(Errors, ACauseKeepsThePayloadsOfOthers) {
  absl::Status cause = Why();
  cause.SetPayload("example.com/retry", absl::Cord("in 5 s"));
  EXPECT_EQ(CauseOf(WithCause(Lost(), cause)), cause);
}

TEST(Errors, ASecondCauseGoesToTheEndOfTheChain) {
  const absl::Status status = WithCause(WithCause(Lost(), Why()), Deeper());
  EXPECT_EQ(CauseOf(status).message(), "why");
  EXPECT_EQ(CauseOf(CauseOf(status)).message(), "deeper");
  EXPECT_TRUE(CauseOf(CauseOf(CauseOf(status))).ok());
}

TEST(Errors, OkStandsForNoFailure) {
  EXPECT_THAT(FailuresOf(absl::OkStatus()), IsEmpty());
}

TEST(Errors, APlainErrorStandsForItself) {
  EXPECT_THAT(FailuresOf(Lost()), ElementsAre(Lost()));
}

TEST(Errors, FailuresComeThePrimaryFirstThenTheAttachedInOrder) {
  const absl::Status status = WithFailure(WithFailure(Lost(), Why()), Deeper());
  EXPECT_THAT(FailuresOf(status), ElementsAre(Lost(), Why(), Deeper()));
}

TEST(Errors, FailuresOfFailuresFollowTheOneTheyWereAttachedTo) {
  const absl::Status inner = WithFailure(Why(), Deeper());
  const absl::Status status =
      WithFailure(WithFailure(Lost(), inner), absl::AbortedError("last"));
  EXPECT_THAT(Messages(FailuresOf(status)),
              ElementsAre("lost", "why", "deeper", "last"));
}

TEST(Errors, ThePrimaryFailureKeepsItsTracebackAndCauseButNoAttachments) {
  const absl::Status primary = WithCause(WithFrame(Lost(), Here()), Why());
  const absl::Status status = WithFailure(primary, Deeper());
  EXPECT_EQ(FailuresOf(status).front(), primary);
}

TEST(Errors, AttachedFailuresCanBeTakenWithoutWhatTheyAreAttachedTo) {
  const absl::Status status = WithFailure(WithFailure(Lost(), Why()), Deeper());
  EXPECT_THAT(FailuresOf(AttachedTo(status)), ElementsAre(Why(), Deeper()));
  EXPECT_TRUE(AttachedTo(Lost()).ok());
  EXPECT_TRUE(AttachedTo(absl::OkStatus()).ok());
}

TEST(Errors, OnlyTheScopeThatCancelledIsNamed) {
  const absl::Status status = CancelledBy(17, "too slow");
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(status.message(), "too slow");
  EXPECT_EQ(CancelledScopeOf(status), 17u);
}

TEST(Errors, AScopeIdMayUseAllOfItsBits) {
  EXPECT_EQ(CancelledScopeOf(CancelledBy(UINT64_MAX, "")), UINT64_MAX);
  EXPECT_EQ(CancelledScopeOf(CancelledBy(128, "")), 128u);
}

TEST(Errors, TheScopeSurvivesTheWayOutwards) {
  const absl::Status status = WithFrame(CancelledBy(17, "too slow"), Here());
  EXPECT_EQ(CancelledScopeOf(status), 17u);
}

TEST(Errors, ACancelledMadeByHandBelongsToNoScope) {
  EXPECT_EQ(CancelledScopeOf(absl::CancelledError("by hand")), 0u);
}

TEST(Errors, TheScopeOfACauseIsNotTheScopeOfTheStatus) {
  const absl::Status status =
      WithCause(absl::CancelledError("by hand"), CancelledBy(17, "inner"));
  EXPECT_EQ(CancelledScopeOf(status), 0u);
}

TEST(ErrorsDeathTest, ScopeZeroIsABugAndAborts) {
  EXPECT_DEATH((void)CancelledBy(0, "nobody"), "give the scope's own id");
}

}  // namespace
}  // namespace cloche
