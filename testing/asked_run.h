// AskedRun: the one run that somebody asks for, by a variable of the
// environment, and whether there was one like it.
//
//     AskedRun asked("CLOCHE_FAULT");
//     if (asked.IsFor("server: recv #5 ENOMEM once")) asked.NoteMade();
//
// How it works: a sweep cannot know whether another one of the same program has
// the run, so nobody fails at once. What all have asked for is noted here, and
// what none of them had fails the program at its end: a name that went out of
// date with the program would otherwise be a test that passes for ever.
//
// Main disadvantage: that failure belongs to no test. GoogleTest prints it with
// the "global test environment tear-down".
//
// Next: testing/sweep_log.h and testing/explore.cc, which ask.

#ifndef CLOCHE_TESTING_ASKED_RUN_H_
#define CLOCHE_TESTING_ASKED_RUN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace cloche {

// Thread safety: one thread, that of the tests. Lifetime: any; what it notes is
// the program's.
class AskedRun {
 public:
  // Looks `variable` up, and fails the program at its end if it has a value
  // with which NoteMade is never called.
  explicit AskedRun(const char* variable);

  // Null: nothing is asked for.
  const std::optional<std::string>& name() const { return name_; }
  bool IsFor(absl::string_view name) const { return name_ == name; }

  // The run that is asked for has been made.
  void NoteMade() const;

 private:
  std::string Line() const;

  const char* const variable_;
  std::optional<std::string> name_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_ASKED_RUN_H_
