#include "cloche/testing/run_again.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// The test that runs, as the command line knows it.
std::string TestFilter() {
  const ::testing::TestInfo* const test =
      ::testing::UnitTest::GetInstance()->current_test_info();
  if (test == nullptr) return "*";
  return absl::StrCat(test->test_suite_name(), ".", test->name());
}

// A word of the shell (sh(1), "Quoting"): in it, only a quote is special.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::string HowToRunAgain(uint64_t seed, absl::string_view variable,
                          absl::string_view value) {
  const char* const target = std::getenv("TEST_TARGET");
  std::string line =
      absl::StrCat("bazel test ", target == nullptr ? "TARGET" : target,
                   " --test_filter=", Quoted(TestFilter()),
                   " --test_env=CLOCHE_SEED=", seed);
  if (!variable.empty()) {
    absl::StrAppend(&line, " --test_env=", variable, "=", Quoted(value));
  }
  return line;
}

void SayWhichRunBegins(absl::string_view variable, absl::string_view value) {
  const char* const wanted = std::getenv("CLOCHE_RUN_NAMES");
  if (wanted == nullptr || *wanted == '\0') return;
  const std::string line =
      absl::StrCat("run begins: ", variable, "=", Quoted(value), "\n");
  std::fputs(line.c_str(), stderr);
}

}  // namespace cloche
