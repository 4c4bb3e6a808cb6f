#include "cloche/testing/order_names.h"

#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace cloche {
namespace {

constexpr absl::string_view kShuffle = "shuffle";
constexpr absl::string_view kPct = "PCT";

using Words = std::vector<absl::string_view>;

std::unique_ptr<RecordedOrder> ShuffleOf(const Words& words) {
  uint64_t seed = 0;
  if (words.size() != 2 || !absl::SimpleAtoi(words[1], &seed)) return nullptr;
  return std::make_unique<ShuffledOrder>(seed);
}

std::unique_ptr<RecordedOrder> PctOf(const Words& words) {
  uint64_t seed = 0;
  int depth = 0;
  uint64_t length = 0;
  if (words.size() != 4 || !absl::SimpleAtoi(words[1], &seed) ||
      !absl::SimpleAtoi(words[2], &depth) ||
      !absl::SimpleAtoi(words[3], &length)) {
    return nullptr;
  }
  return std::make_unique<PctOrder>(seed, depth, length);
}

}  // namespace

std::string ShuffleName(uint64_t seed) {
  return absl::StrCat(kShuffle, " ", seed);
}

std::string PctName(uint64_t seed, int depth, uint64_t length) {
  return absl::StrCat(kPct, " ", seed, " ", depth, " ", length);
}

std::unique_ptr<RecordedOrder> OrderOfName(absl::string_view name) {
  const Words words = absl::StrSplit(name, ' ', absl::SkipEmpty());
  if (!words.empty() && words[0] == kShuffle) return ShuffleOf(words);
  if (!words.empty() && words[0] == kPct) return PctOf(words);
  const std::optional<Schedule> schedule = ParseSchedule(name);
  if (!schedule.has_value()) return nullptr;
  return std::make_unique<ScriptedOrder>(*schedule);
}

}  // namespace cloche
