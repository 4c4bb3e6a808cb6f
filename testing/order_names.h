// The orders of an exploration by name: of each run there is a text that makes
// it again.
//
//     "3:1 17:2"     ScriptedOrder with that schedule; "" is first come, first
//                    served
//     "shuffle 7"    ShuffledOrder of seed 7
//     "PCT 7 3 41"   PctOrder of seed 7, depth 3 and length 41
//
// A schedule is what a failure prints, since it can be made smaller; but of an
// order by chance it is known only when the run is over. Of a run that crashes
// there is no more than what it began with.
//
// Main disadvantage: the name of a shuffle says nothing about what it does.
//
// Next: testing/explore.cc, which runs them; testing/task_orders.h.

#ifndef CLOCHE_TESTING_ORDER_NAMES_H_
#define CLOCHE_TESTING_ORDER_NAMES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/testing/task_orders.h"

namespace cloche {

// Of a ScriptedOrder it is ScheduleText.
std::string ShuffleName(uint64_t seed);
std::string PctName(uint64_t seed, int depth, uint64_t length);

// Null if the text names none.
std::unique_ptr<RecordedOrder> OrderOfName(absl::string_view name);

}  // namespace cloche

#endif  // CLOCHE_TESTING_ORDER_NAMES_H_
