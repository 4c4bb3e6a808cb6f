// Contract: every readiness call says the same of a situation on both kernels,
// and docs/readiness.md says what they say.

#include "cloche/testing/contract/readiness_table.h"

#include <ostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/testing/golden.h"
#include "gtest/gtest.h"

namespace cloche {

void PrintTo(const Situation& situation, std::ostream* out) {
  *out << situation.name;
}

namespace {

// --- The two kernels --------------------------------------------------------

class ReadinessRow : public ::testing::TestWithParam<Situation> {};

// Linux must come to say what the fake kernel says: what the other side causes
// may take a moment there.
TEST_P(ReadinessRow, IsTheSameOnTheFakeKernelAndOnLinux) {
  ReadinessDriver fake(KernelKind::kFake);
  const std::string expected = fake.Report(GetParam().reach(fake));
  ReadinessDriver linux(KernelKind::kSystem);
  const int fd = GetParam().reach(linux);
  if (linux.Report(fd) == expected) return;  // A closed one is not waited for.
  EXPECT_TRUE(linux.Becomes(fd, expected, [&] { return linux.Report(fd); }));
}

// Apart from the others: a container may forbid rings.
TEST_P(ReadinessRow, IsTheSameToTheRingsOfTheFakeKernelAndOfLinux) {
  ReadinessDriver linux(KernelKind::kSystem);
  if (!linux.HasRing()) GTEST_SKIP() << "this kernel lets us open no ring";
  ReadinessDriver fake(KernelKind::kFake);
  const std::string expected = fake.AskRing(GetParam().reach(fake));
  const int fd = GetParam().reach(linux);
  if (linux.AskRing(fd) == expected) return;
  EXPECT_TRUE(linux.Becomes(fd, expected, [&] { return linux.AskRing(fd); }));
}

// "PeersFinBehind3UnreadBytes".
std::string NameOfRow(const ::testing::TestParamInfo<Situation>& info) {
  std::string name;
  bool starts_word = true;
  for (const char c : info.param.name) {
    if (absl::ascii_isalnum(c))
      name += starts_word ? absl::ascii_toupper(c) : c;
    if (c != '\'') starts_word = !absl::ascii_isalnum(c);
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Of, ReadinessRow, ::testing::ValuesIn(AllSituations()),
                         NameOfRow);

// --- The document -----------------------------------------------------------

constexpr absl::string_view kBegin = "<!-- the table begins -->\n";
constexpr absl::string_view kEnd = "<!-- the table ends -->\n";

// The document with the table that the suite has.
std::string WithTable(const std::string& document) {
  const size_t begin = document.find(kBegin);
  const size_t end = document.find(kEnd);
  if (begin == document.npos || end == document.npos || end < begin) {
    return "docs/readiness.md has no place for the table";
  }
  return absl::StrCat(document.substr(0, begin + kBegin.size()),
                      ReadinessTable(), document.substr(end));
}

TEST(ReadinessDocument, HasTheTableThatTheSuiteHas) {
  const std::string document = "docs/readiness.md";
  EXPECT_TRUE(EqualsGolden(WithTable(ReadGolden(document)), document));
}

}  // namespace
}  // namespace cloche
