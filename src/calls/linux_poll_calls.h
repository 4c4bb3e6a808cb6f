// LinuxPollCalls: PollCalls on the real kernel, by ppoll(2), which takes
// nanoseconds where poll(2) takes milliseconds.
//
// Main disadvantage: none beyond PollCalls' own.
//
// Next: calls/linux_select_calls.h.

#ifndef CLOCHE_CALLS_LINUX_POLL_CALLS_H_
#define CLOCHE_CALLS_LINUX_POLL_CALLS_H_

#include "cloche/calls/poll_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class LinuxPollCalls final : public PollCalls {
 public:
  int Poll(absl::Span<PollEntry> entries, absl::Duration timeout) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_POLL_CALLS_H_
