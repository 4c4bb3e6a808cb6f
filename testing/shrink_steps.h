// ShrinkSteps: the few steps of a long random test that make it fail.
//
//     std::vector<Call> steps = DrawAtRandom();
//     const auto fails = [](const std::vector<Call>& s) { return !Run(s); };
//     if (fails(steps)) Print(ShrinkSteps<Call>(steps, fails, SimplerCalls));
//
// How it works: as delta debugging (Zeller & Hildebrandt, "Simplifying and
// isolating failure-inducing input", 2002), it tries again without a part of
// the steps, large parts first; then it makes those that are left simpler, one
// by one; and it begins again until nothing of it helps.
//
//     1 2 3 4 5 6 7 8     fails
//     . . . . 5 6 7 8     passes: 1 to 4 are needed, or some of them
//     1 2 3 4 . . . .     fails:  so the rest was not
//     . . 3 4             passes ...
//     1 2                 fails, and so on with parts of one step
//
// What a step means must not depend on where it stands, or leaving out one
// changes the others: a step that makes no sense any more does nothing.
//
// Main disadvantage: the result is small, not the smallest. No single step of
// it can be left out; two at a time, perhaps.
//
// Next: testing/shrink_schedule.cc and fakes/fake_tcp_model_test.cc, users.

#ifndef CLOCHE_TESTING_SHRINK_STEPS_H_
#define CLOCHE_TESTING_SHRINK_STEPS_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"

namespace cloche {

// After so many tries the shortest that was found will do.
inline constexpr int kMostShrinkTries = 10000;

// What ShrinkSteps does, with what it needs at hand.
template <typename Step>
class StepShrinker {
 public:
  using Steps = std::vector<Step>;
  using Fails = absl::FunctionRef<bool(const Steps&)>;
  using Simpler = absl::FunctionRef<Steps(const Step&)>;

  StepShrinker(Steps steps, Fails fails, Simpler simpler, int most_tries)
      : steps_(std::move(steps)),
        fails_(fails),
        simpler_(simpler),
        tries_left_(most_tries) {}

  Steps Shrink() && {
    while (LeaveOutWhatCanBe() || SimplifyWhatCanBe()) {
    }
    return std::move(steps_);
  }

 private:
  // `steps` are the better ones, if it fails with them too.
  bool Keep(Steps steps) {
    if (tries_left_ == 0) return false;
    --tries_left_;
    if (!fails_(steps)) return false;
    steps_ = std::move(steps);
    return true;
  }

  bool LeaveOutWhatCanBe() {
    bool any = false;
    for (size_t part = steps_.size(); part > 0; part /= 2) {
      any |= LeaveOutPartsOf(part);
    }
    return any;
  }

  bool LeaveOutPartsOf(size_t part) {
    bool any = false;
    for (size_t at = 0; at < steps_.size();) {
      const size_t size = std::min(part, steps_.size() - at);
      if (LeaveOut(at, size)) {
        any = true;
      } else {
        at += size;
      }
    }
    return any;
  }

  bool LeaveOut(size_t at, size_t size) {
    Steps rest = steps_;
    const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(at);
    rest.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
    return Keep(std::move(rest));
  }

  bool SimplifyWhatCanBe() {
    bool any = false;
    for (size_t at = 0; at < steps_.size(); ++at) {
      while (Simplify(at)) any = true;
    }
    return any;
  }

  bool Simplify(size_t at) {
    for (Step& simple : simpler_(steps_[at])) {
      Steps steps = steps_;
      steps[at] = std::move(simple);
      if (Keep(std::move(steps))) return true;
    }
    return false;
  }

  Steps steps_;
  const Fails fails_;
  const Simpler simpler_;
  int tries_left_;
};

// The least of `steps` with which `fails` still says true; it does with all of
// them. `simpler` names what may take the place of a step, the simplest first,
// and nothing for the simplest of all: it must not go round in circles.
// `fails` is asked `most_tries` times at most, and must answer the same for the
// same steps: run them in a fresh world, from a seed.
template <typename Step>
std::vector<Step> ShrinkSteps(
    std::vector<Step> steps,
    absl::FunctionRef<bool(const std::vector<Step>&)> fails,
    absl::FunctionRef<std::vector<Step>(const Step&)> simpler,
    int most_tries = kMostShrinkTries) {
  return StepShrinker<Step>(std::move(steps), fails, simpler, most_tries)
      .Shrink();
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_SHRINK_STEPS_H_
