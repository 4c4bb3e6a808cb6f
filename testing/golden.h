// EqualsGolden: whether a text is what a file in the source tree says.
//
//     EXPECT_TRUE(EqualsGolden(trace.Text(), "testing/golden/greeting.txt"));
//
// Where it is right that the text has changed, the test writes the file anew:
//
//     CLOCHE_UPDATE_GOLDEN=1 bazel run //testing:trace_test
//
// and the change is read and judged as any other, in the difference that is
// committed. In BUILD the file is among the test's `data`.
//
// Main disadvantage: a golden file holds more than the test is about, so it
// changes with things that the test is not about. Few of them, small ones.
//
// Next: testing/trace.h.

#ifndef CLOCHE_TESTING_GOLDEN_H_
#define CLOCHE_TESTING_GOLDEN_H_

#include <string>

#include "gtest/gtest.h"

namespace cloche {

// What the file says now; "" if there is none.
std::string ReadGolden(const std::string& path);

// `path` is seen from the root of the source tree. The failure shows the first
// line that differs.
testing::AssertionResult EqualsGolden(const std::string& text,
                                      const std::string& path);

}  // namespace cloche

#endif  // CLOCHE_TESTING_GOLDEN_H_
