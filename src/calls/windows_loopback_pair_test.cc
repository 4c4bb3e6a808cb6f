// A pair of connected sockets.

#include "cloche/calls/windows_loopback_pair.h"

#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

class WindowsLoopbackPairTest : public WindowsCallsTest {};

TEST_F(WindowsLoopbackPairTest, WhatGoesInAtOneEndComesOutAtTheOther) {
  int pair[2];
  ASSERT_EQ(OpenLoopbackPair(pair), 0);
  const int one = Own(pair[0]);
  const int other = Own(pair[1]);
  ASSERT_EQ(calls_.Send(one, "there", 0), 5);
  WaitUntil(other, POLLIN);
  EXPECT_EQ(Receive(other), "there");
  ASSERT_EQ(calls_.Send(other, "and back", 0), 8);
  WaitUntil(one, POLLIN);
  EXPECT_EQ(Receive(one), "and back");
}

TEST_F(WindowsLoopbackPairTest, NeitherEndBlocksOrIsInherited) {
  int pair[2];
  ASSERT_EQ(OpenLoopbackPair(pair), 0);
  for (const int fd : pair) {
    EXPECT_EQ(Receive(Own(fd)), Errno(EAGAIN));
    EXPECT_FALSE(IsInherited(fd));
  }
}

}  // namespace
}  // namespace cloche
