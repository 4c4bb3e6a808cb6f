#include "cloche/testing/asked_run.h"

#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// Whether it has been made, of each that was asked for. Its end is that of all
// tests.
class Outcomes final : public ::testing::Environment {
 public:
  // GoogleTest owns it.
  static Outcomes& OfProgram() {
    static Outcomes* const kOutcomes = Add();
    return *kOutcomes;
  }

  // By what was asked for, as a shell has it.
  bool& Made(const std::string& line) { return made_[line]; }

  void TearDown() override {
    for (const auto& [line, made] : made_) {
      if (made) continue;
      ADD_FAILURE() << line
                    << ": no run of this name. The program has changed since "
                       "it was printed, or this is another one: run the tests "
                       "without it, and they print what fails now";
    }
    made_.clear();
  }

 private:
  static Outcomes* Add() {
    auto* const outcomes = new Outcomes;
    ::testing::AddGlobalTestEnvironment(outcomes);
    return outcomes;
  }

  std::map<std::string, bool> made_;
};

}  // namespace

AskedRun::AskedRun(const char* variable) : variable_(variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr) return;
  name_ = value;
  Outcomes::OfProgram().Made(Line());
}

std::string AskedRun::Line() const {
  return absl::StrCat(variable_, "='", *name_, "'");
}

void AskedRun::NoteMade() const { Outcomes::OfProgram().Made(Line()) = true; }

}  // namespace cloche
