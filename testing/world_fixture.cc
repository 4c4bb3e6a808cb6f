#include "cloche/testing/world_fixture.h"

#include <algorithm>

#include "absl/status/status.h"

namespace cloche {

PoolWatch::~PoolWatch() {
  if (::testing::Test::HasFailure()) return;
  EXPECT_EQ(PoolBytesInUse(), bytes_before_)
      << "bytes of the pool are in use after the test, and before it";
}

void WorldTest::TearDown() {
  CancelBackground();
  // What a test left that stopped half-way says nothing about the program.
  if (!HasFailure()) world_.ExpectNothingIsLeft();
  world_.KillAll();
}

void WorldTest::CancelBackground() {
  for (ProgramTask& task : background_) task.CancelUnlessOver();
  const absl::Status driven =
      world_.DriveUntil([this] { return BackgroundIsOver(); });
  EXPECT_EQ(driven, absl::OkStatus()) << "in the background, after the test";
}

bool WorldTest::BackgroundIsOver() const {
  return std::all_of(background_.begin(), background_.end(),
                     [](const ProgramTask& task) { return task.over(); });
}

}  // namespace cloche
