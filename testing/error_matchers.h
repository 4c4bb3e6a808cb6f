// Matchers for what an error brings along: its cause, the failures attached to
// it, its traceback, its errno.
//
//     EXPECT_THAT(status, HasCause(StatusIs(kCancelled, "stop")));
//     EXPECT_THAT(status, HasFailures(ElementsAre(StatusIs(kAborted), ...)));
//     EXPECT_THAT(status, HasTraceback(ElementsAre(HasSubstr("in Visit"),
//     ...))); EXPECT_THAT(status, HasErrno(ECONNRESET));
//
// A mismatch prints the whole story of the error (base/errors.h).
//
// Main disadvantage: a StatusOr gives its status first:
// HasCause(result.status()).
//
// Next: testing/status_matchers.h, for the code and the message.

#ifndef CLOCHE_TESTING_ERROR_MATCHERS_H_
#define CLOCHE_TESTING_ERROR_MATCHERS_H_

#include "absl/status/status.h"
#include "cloche/base/errors.h"
#include "gmock/gmock.h"

namespace cloche {

// `matcher` is for a Status: OK if there is no cause.
MATCHER_P(HasCause, matcher, "has a cause that is as described") {
  *result_listener << "which is:\n" << FormatError(arg) << "\n";
  return testing::ExplainMatchResult(matcher, CauseOf(arg), result_listener);
}

// `matcher` is for a vector of Status: those of the tasks that failed.
MATCHER_P(HasFailures, matcher, "has failures that are as described") {
  *result_listener << "which is:\n" << FormatError(arg) << "\n";
  return testing::ExplainMatchResult(matcher, FailuresOf(arg), result_listener);
}

// `matcher` is for a vector of strings, innermost co_await first.
MATCHER_P(HasTraceback, matcher, "has a traceback that is as described") {
  *result_listener << "which is:\n" << FormatError(arg) << "\n";
  return testing::ExplainMatchResult(matcher, TracebackOf(arg),
                                     result_listener);
}

// `error` is positive; 0: no system call has failed.
MATCHER_P(HasErrno, error, "comes from " + ErrnoName(error)) {
  *result_listener << "which is:\n" << FormatError(arg) << "\n";
  return ErrnoOf(arg) == error;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_ERROR_MATCHERS_H_
