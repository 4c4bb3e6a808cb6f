#include "cloche/testing/fuzz/script.h"

#include <string>

#include "absl/strings/string_view.h"

namespace cloche {
namespace {

constexpr absl::string_view kOrders = "|.~FCRSN";

// Whether an order begins at `at`.
bool IsOrder(absl::string_view input, size_t at) {
  return input[at] == '\0' && at + 1 < input.size() &&
         kOrders.find(input[at + 1]) != absl::string_view::npos;
}

}  // namespace

Script ReadScript(absl::string_view input) {
  Script script(1);
  for (size_t at = 0; at < input.size(); ++at) {
    if (!IsOrder(input, at)) {
      script.back().bytes += input[at];
      continue;
    }
    script.back().then = static_cast<Then>(input[++at]);
    script.emplace_back();
  }
  return script;
}

std::string AllBytes(const Script& script) {
  std::string bytes;
  for (const ScriptStep& step : script) bytes += step.bytes;
  return bytes;
}

}  // namespace cloche
