// CLOCHE_CHECK: stops the program when a promise of the code is broken.
//
// Two kinds of things go wrong. What can happen in a correct program (a peer
// resets, the disk fills) is an absl::Status. What cannot happen unless
// somebody wrote a bug (a list node linked twice, Run inside Run) is a CHECK:
// going on would only move the crash away from its cause.
//
// Main disadvantage: a CHECK in a library takes the whole program down, so
// each one must name a mistake of the programmer, never a mood of the network.
//
// Next: base/errors.h, for everything that is not a bug.

#ifndef CLOCHE_BASE_CHECK_H_
#define CLOCHE_BASE_CHECK_H_

#include "absl/strings/string_view.h"

namespace cloche {

// Prints `file:line: CHECK failed: condition: message` to stderr and aborts.
// Thread safety: may be called from any thread.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              absl::string_view message);

}  // namespace cloche

// Aborts with `message` unless `condition` holds; evaluates it exactly once,
// in every build mode. `message` is evaluated only on failure, so it may build
// a string. It should say what the caller did wrong and what to do instead.
#define CLOCHE_CHECK(condition, message)                              \
  do {                                                                \
    if (!(condition)) [[unlikely]] {                                  \
      ::cloche::CheckFailed(__FILE__, __LINE__, #condition, message); \
    }                                                                 \
  } while (false)

#endif  // CLOCHE_BASE_CHECK_H_
