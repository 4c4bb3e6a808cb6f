// Matchers for absl::Status and absl::StatusOr.
//
//     EXPECT_THAT(loop.Run(Work()), IsOk());
//     EXPECT_THAT(result, IsOkAndHolds(7));
//     EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
//     EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, "closed"));
//
// A mismatch prints the whole story of the error, with traceback and causes,
// which is what one wants to see when a test fails.
//
// Main disadvantage: polymorphic matchers give long compiler errors when the
// type is neither of the two.
//
// Next: testing/test_loop.h.

#ifndef CLOCHE_TESTING_STATUS_MATCHERS_H_
#define CLOCHE_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/base/errors.h"
#include "gmock/gmock.h"

namespace cloche {

inline const absl::Status& MatchedStatus(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& MatchedStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  if (!MatchedStatus(arg).ok()) {
    *result_listener << "which is:\n" << FormatError(MatchedStatus(arg));
  }
  return MatchedStatus(arg).ok();
}

// The code, and a matcher or a text for the message. A text is searched for in
// it: messages are for people, and a test should not fix each of their words.
class StatusIsMatcher {
 public:
  StatusIsMatcher(absl::StatusCode code, testing::Matcher<std::string> message)
      : code_(code), message_(std::move(message)) {}

  template <typename StatusOrResult>
  bool MatchAndExplain(const StatusOrResult& arg,
                       testing::MatchResultListener* listener) const {
    const absl::Status& status = MatchedStatus(arg);
    *listener << "which is:\n" << FormatError(status);
    return status.code() == code_ &&
           message_.Matches(std::string(status.message()));
  }
  void DescribeTo(std::ostream* out) const {
    *out << "is " << absl::StatusCodeToString(code_) << " with a message that ";
    message_.DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "not (";
    DescribeTo(out);
    *out << ")";
  }

 private:
  const absl::StatusCode code_;
  const testing::Matcher<std::string> message_;
};

inline testing::PolymorphicMatcher<StatusIsMatcher> StatusIs(
    absl::StatusCode code, testing::Matcher<std::string> message = testing::_) {
  return testing::MakePolymorphicMatcher(
      StatusIsMatcher(code, std::move(message)));
}
inline testing::PolymorphicMatcher<StatusIsMatcher> StatusIs(
    absl::StatusCode code, const char* part_of_message) {
  return StatusIs(
      code, testing::Matcher<std::string>(testing::HasSubstr(part_of_message)));
}

MATCHER_P(IsOkAndHolds, value, "is OK and holds the value") {
  if (!arg.ok()) {
    *result_listener << "which is:\n" << FormatError(MatchedStatus(arg));
    return false;
  }
  return testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_STATUS_MATCHERS_H_
