// Effort: how long a random test looks for trouble.
//
//     for (int i = 0; i < 20000 * Effort(); ++i) Try(random);
//
// 1 in everyday runs, which are to be quick; `./cloche test --full` asks for
// more through the environment variable CLOCHE_EFFORT. More effort goes on
// where less would have stopped: it begins with the same cases.
//
// Main disadvantage: an environment variable is a hidden argument. Tests may
// have one; the library has none.
//
// Next: .launcher/test.sh, which sets it.

#ifndef CLOCHE_TESTING_EFFORT_H_
#define CLOCHE_TESTING_EFFORT_H_

#include <algorithm>
#include <cstdlib>

namespace cloche {

// At least 1.
inline int Effort() {
  const char* const effort = std::getenv("CLOCHE_EFFORT");
  return effort == nullptr ? 1 : std::max(1, std::atoi(effort));
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_EFFORT_H_
