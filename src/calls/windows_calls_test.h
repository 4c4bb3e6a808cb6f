// WindowsCallsTest: SystemCallsTest, and what only Windows has: WSAPoll, flags
// of handles.
//
// Next: calls/system_calls_test.h.

#ifndef CLOCHE_CALLS_WINDOWS_CALLS_TEST_H_
#define CLOCHE_CALLS_WINDOWS_CALLS_TEST_H_

#include "cloche/calls/system_calls_test.h"
#include "cloche/calls/windows_winsock.h"
#include "gtest/gtest.h"

namespace cloche {

inline bool IsInherited(int fd) {
  DWORD flags = 0;
  EXPECT_TRUE(GetHandleInformation(ToHandle(fd), &flags));
  return (flags & HANDLE_FLAG_INHERIT) != 0;
}

// Which of `events` (POLLIN ...) are true of `fd` within so many milliseconds;
// also POLLERR, POLLHUP. -1 waits for ever.
inline int PollFor(int fd, int events, int milliseconds) {
  WSAPOLLFD asked = {ToSocket(fd), static_cast<SHORT>(events), /*revents=*/0};
  EXPECT_GE(WSAPoll(&asked, 1, milliseconds), 0);
  return asked.revents;
}
inline void WaitUntil(int fd, int events) { PollFor(fd, events, -1); }

using WindowsCallsTest = SystemCallsTest;

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_CALLS_TEST_H_
