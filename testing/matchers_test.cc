// The matchers of the kit: what each takes and what it says of the rest.

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/base/errors.h"
#include "cloche/testing/error_matchers.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "cloche/testing/trace.h"
#include "cloche/testing/trace_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What a mismatch tells the reader of a failed test.
template <typename Value, typename Matcher>
std::string SaidOf(const Value& value, const Matcher& matcher) {
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(::testing::ExplainMatchResult(matcher, value, &listener));
  return listener.str();
}

// What a failed EXPECT_THAT prints.
template <typename Value, typename Matcher>
std::string FailureOf(const Value& value, const Matcher& matcher) {
  ::testing::TestPartResultArray caught;
  const ::testing::ScopedFakeTestPartResultReporter reporter(&caught);
  EXPECT_THAT(value, matcher);
  return caught.size() == 0 ? "" : caught.GetTestPartResult(0).message();
}

absl::Status Lost() { return absl::UnavailableError("the line is dead"); }

// --- Status -----------------------------------------------------------------

TEST(StatusMatchers, TellOkFromAnError) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Lost(), Not(IsOk()));
  EXPECT_THAT(SaidOf(Lost(), IsOk()), HasSubstr("the line is dead"));
}

TEST(StatusMatchers, LookForAPartOfTheMessage) {
  EXPECT_THAT(Lost(), StatusIs(absl::StatusCode::kUnavailable, "line"));
  EXPECT_THAT(Lost(), Not(StatusIs(absl::StatusCode::kAborted, "line")));
  EXPECT_THAT(Lost(), Not(StatusIs(absl::StatusCode::kUnavailable, "lime")));
}

TEST(StatusMatchers, LookIntoAResult) {
  EXPECT_THAT(absl::StatusOr<int>(7), IsOkAndHolds(7));
  EXPECT_THAT(absl::StatusOr<int>(8), Not(IsOkAndHolds(7)));
  EXPECT_THAT(SaidOf(absl::StatusOr<int>(Lost()), IsOkAndHolds(7)),
              HasSubstr("the line is dead"));
}

TEST(StatusMatchers, ShowWhichValueWasWantedAndWhichCame) {
  EXPECT_EQ(
      FailureOf(absl::StatusOr<std::string>("bye"), IsOkAndHolds("hello")),
      "Value of: value\n"
      "Expected: is OK and holds a value that is equal to \"hello\"\n"
      "  Actual: OK: \"bye\"");
}

TEST(StatusMatchers, ShowWhyTheValueIsNotTheRightOne) {
  const std::string said = FailureOf(absl::StatusOr<std::string>("bye"),
                                     IsOkAndHolds(::testing::SizeIs(2)));
  EXPECT_THAT(said, HasSubstr("holds a value that size is equal to 2"));
  EXPECT_THAT(said, HasSubstr("OK: \"bye\", which holds a value whose size 3"));
}

TEST(StatusMatchers, ShowAnErrorWhereAValueWasWanted) {
  EXPECT_THAT(
      FailureOf(absl::StatusOr<int>(Lost()), IsOkAndHolds(7)),
      HasSubstr("  Actual: UNAVAILABLE: the line is dead, which is:\n"));
}

TEST(StatusMatchers, ShowAValueWhereAnErrorWasWanted) {
  EXPECT_THAT(
      FailureOf(absl::StatusOr<int>(7), StatusIs(absl::StatusCode::kAborted)),
      HasSubstr("  Actual: OK: 7, which is:\n"));
}

TEST(StatusMatchers, SayWhatWasNotWanted) {
  EXPECT_THAT(FailureOf(absl::StatusOr<int>(7), Not(IsOkAndHolds(7))),
              HasSubstr("is an error or holds a value that isn't equal to 7"));
}

// --- What an error brings along ---------------------------------------------

TEST(ErrorMatchers, FollowACause) {
  const absl::Status status = WithCause(absl::AbortedError("gave up"), Lost());
  EXPECT_THAT(status, HasCause(StatusIs(absl::StatusCode::kUnavailable)));
  EXPECT_THAT(status, Not(HasCause(IsOk())));
  EXPECT_THAT(Lost(), HasCause(IsOk()));
}

TEST(ErrorMatchers, ShowTheWholeStoryOfAMismatch) {
  const absl::Status status = WithCause(absl::AbortedError("gave up"), Lost());
  EXPECT_THAT(SaidOf(status, HasCause(IsOk())), HasSubstr("gave up"));
}

TEST(ErrorMatchers, LookAtEachFailure) {
  EXPECT_THAT(absl::OkStatus(), HasFailures(IsEmpty()));
  EXPECT_THAT(Lost(), HasFailures(ElementsAre(Lost())));
  EXPECT_THAT(
      WithFailure(absl::AbortedError("one"), Lost()),
      HasFailures(ElementsAre(StatusIs(absl::StatusCode::kAborted),
                              StatusIs(absl::StatusCode::kUnavailable))));
}

TEST(ErrorMatchers, LookAtTheTraceback) {
  EXPECT_THAT(Lost(), HasTraceback(IsEmpty()));
}

TEST(ErrorMatchers, KnowTheErrno) {
  const absl::Status status = ErrnoStatus(-ECONNRESET, "recv");
  EXPECT_THAT(status, HasErrno(ECONNRESET));
  EXPECT_THAT(status, Not(HasErrno(EPIPE)));
  EXPECT_THAT(Lost(), HasErrno(0));
}

// --- Traces -----------------------------------------------------------------

class TraceMatchers : public ::testing::Test {
 protected:
  TraceMatchers() {
    TestHost& host = world_.AddHost("host");
    trace_.NoteTurn(host.kernel(), 0, 3);
    trace_.NoteTurn(host.kernel(), 1, 2);
    trace_.NoteTurn(host.kernel(), 0, 1);
  }

  Trace trace_;
  TestWorld world_;
};

TEST_F(TraceMatchers, LookForPartsOfLinesInTheirOrder) {
  EXPECT_THAT(trace_, HappensInOrder("runs 1 of 3", "runs 1 of 1"));
  EXPECT_THAT(trace_, Not(HappensInOrder("runs 1 of 1", "runs 1 of 3")));
}

TEST_F(TraceMatchers, TakeOnePartForALine) {
  EXPECT_THAT(trace_, Not(HappensInOrder("runs 1 of 3", "of 3")));
}

TEST_F(TraceMatchers, SayWhatIsMissingAfterWhat) {
  const std::string said = SaidOf(trace_, HappensInOrder("of 3", "of 4"));
  EXPECT_THAT(said, HasSubstr("does not show \"of 4\" after"));
  EXPECT_THAT(said, HasSubstr("runs 1 of 3"));
  EXPECT_THAT(said, Not(HasSubstr("runs 2 of 2")));
}

}  // namespace
}  // namespace cloche
