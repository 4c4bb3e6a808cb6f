// Traces: that a seed says it all, in whatever process.

#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/testing/child_process.h"
#include "cloche/testing/effort.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string PrintTraces(int first, int last) {
  ChildProcess process(
      {"testing/print_traces", absl::StrCat(first), absl::StrCat(last)});
  std::string text = process.ReadToEnd();
  EXPECT_EQ(process.ExitCode(), 0) << text;
  return text;
}

// One process has run all seeds before, another one none: it makes no
// difference what came before, nor where the memory is.
TEST(Trace, OfASeedIsTheSameInEveryProcessByteForByte) {
  const int seeds = 50 * Effort();
  const std::string all = PrintTraces(1, seeds);
  EXPECT_GT(all.size(), 1000u * 50);
  EXPECT_TRUE(PrintTraces(1, seeds) == all);
  std::string one_by_one;
  for (int seed = 1; seed <= seeds; ++seed) {
    one_by_one += PrintTraces(seed, seed);
  }
  EXPECT_TRUE(one_by_one == all);
}

}  // namespace
}  // namespace cloche
