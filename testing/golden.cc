#include "cloche/testing/golden.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace cloche {
namespace {

// Under `bazel run` the file in the source tree, else the test's own copy.
std::filesystem::path FullPath(const std::string& path) {
  const char* const source = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  return std::filesystem::path(source != nullptr ? source : ".") / path;
}

testing::AssertionResult Difference(const std::string& text,
                                    const std::string& golden) {
  const std::vector<absl::string_view> is = absl::StrSplit(text, '\n');
  const std::vector<absl::string_view> was = absl::StrSplit(golden, '\n');
  size_t line = 0;
  while (line < is.size() && line < was.size() && is[line] == was[line]) ++line;
  const auto show = [line](const std::vector<absl::string_view>& lines) {
    return line < lines.size() ? lines[line] : "(the end)";
  };
  return testing::AssertionFailure()
         << "line " << line + 1 << " differs\n  golden: " << show(was)
         << "\n  now:    " << show(is) << "\n";
}

}  // namespace

std::string ReadGolden(const std::string& path) {
  std::ifstream stream(FullPath(path), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

testing::AssertionResult EqualsGolden(const std::string& text,
                                      const std::string& path) {
  if (std::getenv("CLOCHE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream stream(FullPath(path), std::ios::binary);
    if (stream << text) return testing::AssertionSuccess();
    return testing::AssertionFailure() << path << " cannot be written";
  }
  const std::string golden = ReadGolden(path);
  if (text == golden) return testing::AssertionSuccess();
  return Difference(text, golden)
         << path << " is the golden file; if it is right that this differs, "
         << "CLOCHE_UPDATE_GOLDEN=1 bazel run on this test writes it anew";
}

}  // namespace cloche
