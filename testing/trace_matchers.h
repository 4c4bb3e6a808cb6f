// HappensInOrder: a matcher for what a trace must show, and no more.
//
//     EXPECT_THAT(trace, HappensInOrder("client  connect", "server  accept4"));
//
// Each text is a part of a line of Trace::Text, further down than the one
// before it. What stands in between is of no interest, so the test does not
// fail for a call that somebody adds.
//
// Main disadvantage: a text that is on several lines is taken where it comes
// first.
//
// Next: testing/trace.h; testing/golden.h, for every line.

#ifndef CLOCHE_TESTING_TRACE_MATCHERS_H_
#define CLOCHE_TESTING_TRACE_MATCHERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "cloche/testing/trace.h"
#include "gmock/gmock.h"

namespace cloche {

MATCHER_P(HappensInOrderOf, parts, "shows " + testing::PrintToString(parts)) {
  const std::string text = arg.Text();
  size_t from = 0;
  for (const std::string& part : parts) {
    const size_t found = text.find(part, from);
    if (found == std::string::npos) {
      *result_listener << "which does not show \"" << part << "\" after\n"
                       << text.substr(0, from);
      return false;
    }
    from = text.find('\n', found);
  }
  return true;
}

template <typename... Parts>
auto HappensInOrder(const Parts&... parts) {
  return HappensInOrderOf(std::vector<std::string>{parts...});
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_TRACE_MATCHERS_H_
