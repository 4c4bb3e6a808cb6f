// Errors of Windows: that the three names of one event become one errno.

#include "cloche/calls/windows_errors.h"

#include <cerrno>

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

TEST(WindowsErrors, ACancelledCallIsCancelled) {
  EXPECT_EQ(ErrnoOfWindowsError(995), ECANCELED);
}

TEST(WindowsErrors, APendingCallIsInProgress) {
  EXPECT_EQ(ErrnoOfWindowsError(997), EINPROGRESS);
}

TEST(WindowsErrors, WhatIsNotInTheTableIsAnInputOutputError) {
  EXPECT_EQ(ErrnoOfWindowsError(4711), EIO);
}

}  // namespace
}  // namespace cloche
