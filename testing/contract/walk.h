// Walk: random calls on two kernels side by side, and the few of them that it
// takes for the two to disagree.
//
//     draw a call ──► fake: answer, and what is true of each socket after it
//          ▲                    │ must be equal
//          └──── next ◄── Linux: answer, and what each socket becomes
//
// A walk on which they disagree is shrunk (testing/shrink_steps.h), with both
// kernels new for each try, and what is left is printed.
//
// A Walker is one kernel with some sockets on it:
//
//     static constexpr size_t kHowMany;          // So many sockets.
//     static std::string WhoText(Who who);       // "client"
//     bool Has(Who who) const;                   // It is there now.
//     std::string Do(const Call& call);          // Makes it; what came of it.
//     std::string State(Who who);                // What is true of it.
//     AssertionResult Becomes(Who who, absl::string_view state);
//
// and a Call is plain data with a `who` and a `number`, the smaller the
// simpler.
//
// Main disadvantage: what a call means must not depend on the calls before it,
// or the shrunk walk is another one. So sockets have fixed parts to play.
//
// Next: testing/contract/walk_contract_test.cc (TCP), the walks of datagrams
// and of UNIX sockets beside it.

#ifndef CLOCHE_TESTING_CONTRACT_WALK_H_
#define CLOCHE_TESTING_CONTRACT_WALK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/testing/shrink_steps.h"
#include "gtest/gtest.h"

namespace cloche {

// Each try that fails may have waited for what never comes. Where a verdict is
// known already, a shorter wait will do: 300 tries are a minute or two.
inline constexpr int kMostWalkTries = 300;
inline constexpr absl::Duration kWalkPatience = absl::Seconds(1);

// The two that walk side by side, new and alike.
template <typename Walker>
struct WalkPair {
  std::unique_ptr<Walker> fake;
  std::unique_ptr<Walker> linux;
};

template <typename Walker>
using NewWalkPair = absl::FunctionRef<WalkPair<Walker>()>;

// Makes one call on both and adds it to the story; how they differ, or "".
template <typename Walker, typename Call>
std::string WalkStep(const WalkPair<Walker>& pair, const Call& call,
                     std::string& story) {
  const std::string answer = pair.fake->Do(call);
  absl::StrAppend(&story, answer, "\n");
  const std::string other = pair.linux->Do(call);
  if (other != answer) return absl::StrCat("Linux: ", other);
  for (size_t i = 0; i < Walker::kHowMany; ++i) {
    const auto who = static_cast<decltype(call.who)>(i);
    if (!pair.fake->Has(who)) continue;
    const std::string state = pair.fake->State(who);
    absl::StrAppend(&story, "    ", Walker::WhoText(who), ": ", state, "\n");
    const ::testing::AssertionResult same = pair.linux->Becomes(who, state);
    if (!same) {
      return absl::StrCat("Linux: ", Walker::WhoText(who), ": ",
                          same.message());
    }
  }
  return "";
}

// What both did up to the call on whose outcome they disagree, and how they
// do; "" if they agree on all.
template <typename Walker, typename Call>
std::string WalkDisagreement(const WalkPair<Walker>& pair,
                             const std::vector<Call>& calls) {
  std::string story;
  for (const Call& call : calls) {
    if (!pair.fake->Has(call.who)) continue;
    const std::string difference = WalkStep(pair, call, story);
    if (!difference.empty()) return absl::StrCat(story, difference);
  }
  return "";
}

// The same call with a smaller number.
template <typename Call>
std::vector<Call> SimplerCalls(const Call& call) {
  std::vector<Call> simpler;
  for (int number = 0; number < call.number; ++number) {
    simpler.push_back(call);
    simpler.back().number = number;
  }
  return simpler;
}

template <typename Walker, typename Call>
std::vector<Call> ShrinkWalk(const std::vector<Call>& calls,
                             NewWalkPair<Walker> new_pair) {
  const auto fails = [&](const std::vector<Call>& fewer) {
    const WalkPair<Walker> pair = new_pair();
    pair.linux->set_patience(kWalkPatience);
    return !WalkDisagreement(pair, fewer).empty();
  };
  return ShrinkSteps<Call>(calls, fails, SimplerCalls<Call>, kMostWalkTries);
}

// Both give the same answers all the way; else it fails with the least walk on
// which they do not, and with this one.
template <typename Walker, typename Call>
void ExpectSameWalk(const std::vector<Call>& calls,
                    NewWalkPair<Walker> new_pair) {
  const std::string found = WalkDisagreement(new_pair(), calls);
  if (found.empty()) return;
  ADD_FAILURE() << WalkDisagreement(new_pair(),
                                    ShrinkWalk<Walker>(calls, new_pair))
                << "\nis the least of the walk\n"
                << found;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_WALK_H_
