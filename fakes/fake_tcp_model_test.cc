// The fake's TCP, tested by programs that nobody has thought of.
//
// How it works: a program is drawn from a seed and run, with a model beside it
// that says of each result whether it can be (fakes/tcp_model.h). One that
// fails is shrunk and printed, a step a line, so that it can be done by hand;
// that text is what to write a test in fake_tcp_*_test.cc from. Its seed alone
// makes it again:
//
//     bazel test //fakes:fake_tcp_model_test --test_filter='*/7'
//
// Next: fakes/tcp_program.h, fakes/tcp_run.h.

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/fakes/tcp_model.h"
#include "cloche/fakes/tcp_program.h"
#include "cloche/fakes/tcp_run.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/shrink_steps.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kPrograms = 300;

std::string Complaint(const TcpProgram& program, uint64_t seed) {
  return TcpRun(seed).Run(program);
}

// What went wrong, and the shortest program with which something does.
std::string Shrunk(const TcpProgram& program, uint64_t seed) {
  const auto fails = [&](const TcpProgram& shorter) {
    return !Complaint(shorter, seed).empty();
  };
  const TcpProgram least =
      ShrinkSteps<TcpStep>(program, fails, SimplerTcpSteps);
  TcpRun run(seed);
  const std::string complaint = run.Run(least);
  return absl::StrCat(complaint, "\nwith seed ", seed, ", in ", least.size(),
                      " steps:\n", run.story());
}

class FakeTcpModelTest : public ::testing::TestWithParam<int> {};

TEST_P(FakeTcpModelTest, ARandomProgramSeesWhatItMaySeeAndLeavesNothing) {
  const auto seed = static_cast<uint64_t>(GetParam());
  std::mt19937_64 random(seed);
  const TcpProgram program = DrawTcpProgram(random);
  const std::string complaint = Complaint(program, seed);
  EXPECT_EQ(complaint, "") << Shrunk(program, seed);
}

INSTANTIATE_TEST_SUITE_P(FromSeed, FakeTcpModelTest,
                         ::testing::Range(0, kPrograms* Effort()));

}  // namespace
}  // namespace cloche
