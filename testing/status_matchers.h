// Matchers for absl::Status and absl::StatusOr.
//
//     EXPECT_THAT(loop.Run(Work()), IsOk());
//     EXPECT_THAT(result, IsOkAndHolds(7));
//     EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
//     EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, "closed"));
//
// A mismatch prints what was wanted, what came instead, and the whole story of
// an error, with traceback and causes:
//
//     Expected: is OK and holds a value that is equal to 7
//       Actual: OK: 8
//
// Main disadvantage: polymorphic matchers give long compiler errors when the
// type is neither of the two.
//
// Next: testing/test_loop.h.

#ifndef CLOCHE_TESTING_STATUS_MATCHERS_H_
#define CLOCHE_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/base/errors.h"
#include "gmock/gmock.h"

namespace absl {

// How GoogleTest, which looks for this function in the namespace of the class,
// prints a result: else a failed test shows a "40-byte object". Of an error it
// shows code and message; the matchers tell the rest.
template <typename T>
void PrintTo(const StatusOr<T>& result, std::ostream* out) {
  if (result.ok()) {
    *out << "OK: " << testing::PrintToString(*result);
  } else {
    *out << result.status().ToString(StatusToStringMode::kWithNoExtraData);
  }
}

}  // namespace absl

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

// What becomes of IsOkAndHolds once it is known what the result would hold.
template <typename Value>
class IsOkAndHoldsImpl
    : public testing::MatcherInterface<const absl::StatusOr<Value>&> {
 public:
  explicit IsOkAndHoldsImpl(testing::Matcher<const Value&> value)
      : value_(std::move(value)) {}

  bool MatchAndExplain(const absl::StatusOr<Value>& arg,
                       testing::MatchResultListener* listener) const override {
    if (!arg.ok()) {
      *listener << "which is:\n" << FormatError(arg.status());
      return false;
    }
    testing::StringMatchResultListener why;
    const bool matches = value_.MatchAndExplain(*arg, &why);
    if (!why.str().empty()) *listener << "which holds a value " << why.str();
    return matches;
  }
  void DescribeTo(std::ostream* out) const override {
    *out << "is OK and holds a value that ";
    value_.DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << "is an error or holds a value that ";
    value_.DescribeNegationTo(out);
  }

 private:
  const testing::Matcher<const Value&> value_;
};

template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  // GoogleMock converts it to a matcher of what it is to look at.
  template <typename Result>
  operator testing::Matcher<Result>() const {  // NOLINT
    using Value = typename std::remove_cvref_t<Result>::value_type;
    return testing::Matcher<Result>(new IsOkAndHoldsImpl<Value>(
        testing::SafeMatcherCast<const Value&>(inner_)));
  }

 private:
  const Inner inner_;
};

// `inner` is what the value equals, or a matcher of it.
template <typename Inner>
IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_STATUS_MATCHERS_H_
