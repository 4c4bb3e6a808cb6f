// Errors of Windows: that the three names of one event become one errno.

#include "cloche/calls/windows_errors.h"

#include <cerrno>
#include <cstdint>

#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(WindowsErrors, NoErrorStaysNone) { EXPECT_EQ(ErrnoOfWindowsError(0), 0); }

TEST(WindowsErrors, AResetIsAResetWhoeverIsAsked) {
  EXPECT_EQ(ErrnoOfWindowsError(64), ECONNRESET);
  EXPECT_EQ(ErrnoOfWindowsError(10054), ECONNRESET);
}

TEST(WindowsErrors, ARefusedConnectIsRefusedWhoeverIsAsked) {
  EXPECT_EQ(ErrnoOfWindowsError(1225), ECONNREFUSED);
  EXPECT_EQ(ErrnoOfWindowsError(10061), ECONNREFUSED);
}

TEST(WindowsErrors, WantOfMemoryIsKnownByEachOfItsNames) {
  for (const uint32_t error : {8, 1455}) {
    EXPECT_EQ(ErrnoOfWindowsError(error), ENOMEM);
  }
  for (const uint32_t error : {1450, 1816, 10055}) {
    EXPECT_EQ(ErrnoOfWindowsError(error), ENOBUFS);
  }
}

TEST(WindowsErrors, ACancelledCallIsCancelled) {
  EXPECT_EQ(ErrnoOfWindowsError(995), ECANCELED);
}

TEST(WindowsErrors, APendingCallIsInProgress) {
  EXPECT_EQ(ErrnoOfWindowsError(997), EINPROGRESS);
}

// Not WSAEINPROGRESS either, which is a call that was refused: no packet comes
// of it, and no connect goes on.
TEST(WindowsErrors, NothingElseIsInProgress) {
  for (uint32_t error = 0; error < 20'000; ++error) {
    if (error == 997) continue;
    EXPECT_NE(ErrnoOfWindowsError(error), EINPROGRESS) << error;
  }
}

TEST(WindowsErrors, WhatIsNotInTheTableIsAnInputOutputError) {
  EXPECT_EQ(ErrnoOfWindowsError(4711), EIO);
}

}  // namespace
}  // namespace cloche
