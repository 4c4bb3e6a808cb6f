#include "cloche/base/check.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cloche {

void CheckFailed(const char* file, int line, const char* condition,
                 absl::string_view message) {
  // One fputs, so that lines of several dying threads do not interleave.
  const std::string text = absl::StrCat(
      file, ":", line, ": CHECK failed: ", condition, ": ", message, "\n");
  std::fputs(text.c_str(), stderr);
  std::abort();
}

}  // namespace cloche
