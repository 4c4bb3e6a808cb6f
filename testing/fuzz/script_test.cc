// What a script says.

#include "cloche/testing/fuzz/script.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

// Each step as its bytes and the letter of its order.
std::vector<std::string> Steps(absl::string_view input) {
  std::vector<std::string> steps;
  for (const ScriptStep& step : ReadScript(input)) {
    steps.push_back(absl::StrCat(absl::CEscape(step.bytes), " ",
                                 std::string(1, static_cast<char>(step.then))));
  }
  return steps;
}

// With the NULs in it.
template <size_t kSize>
absl::string_view Text(const char (&literal)[kSize]) {
  return absl::string_view(literal, kSize - 1);
}

TEST(Script, OfNothingHasOneEmptyStep) {
  EXPECT_THAT(Steps(""), ElementsAre(" |"));
}

TEST(Script, WithoutOrdersIsOneStep) {
  EXPECT_THAT(Steps("a|b"), ElementsAre("a|b |"));
}

TEST(Script, EndsAStepAtEachOrder) {
  EXPECT_THAT(Steps(Text("a\0|bc\0.\0Fd")),
              ElementsAre("a |", "bc .", " F", "d |"));
}

TEST(Script, TakesAnyOtherNulAsAByte) {
  EXPECT_THAT(Steps(Text("\0a\0\0")), ElementsAre("\\000a\\000\\000 |"));
}

TEST(Script, SendsWhatItSaysWithoutTheOrders) {
  EXPECT_EQ(AllBytes(ReadScript(Text("a\0|b\0Cc"))), "abc");
}

}  // namespace
}  // namespace cloche
