// LinuxSelectCalls: SelectCalls on the real kernel, by pselect(2), which takes
// nanoseconds where select(2) takes microseconds and does not write to them.
//
// Main disadvantage: none beyond SelectCalls' own.
//
// Next: calls/linux_poll_calls.h.

#ifndef CLOCHE_CALLS_LINUX_SELECT_CALLS_H_
#define CLOCHE_CALLS_LINUX_SELECT_CALLS_H_

#include "cloche/calls/select_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class LinuxSelectCalls final : public SelectCalls {
 public:
  int Select(SelectSets& sets, absl::Duration timeout) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_SELECT_CALLS_H_
