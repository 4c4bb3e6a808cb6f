// LinuxCallsTest: SystemCallsTest, and what only Linux has: UNIX sockets, poll,
// flags of descriptors.
//
// Next: calls/system_calls_test.h.

#ifndef CLOCHE_CALLS_LINUX_CALLS_TEST_H_
#define CLOCHE_CALLS_LINUX_CALLS_TEST_H_

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "cloche/calls/system_calls_test.h"
#include "gtest/gtest.h"

namespace cloche {

inline bool IsNonBlocking(int fd) {
  return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}
inline bool IsCloseOnExec(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

// Which of `events` (POLLIN ...) are true of `fd` now; also POLLERR, POLLHUP.
inline int PollNow(int fd, int events) {
  pollfd asked = {fd, static_cast<int16_t>(events), /*revents=*/0};
  EXPECT_GE(poll(&asked, 1, /*timeout=*/0), 0);
  return asked.revents;
}

// Waits for one of `events`.
inline void WaitUntil(int fd, int events) {
  pollfd asked = {fd, static_cast<int16_t>(events), /*revents=*/0};
  int count;
  do {
    count = poll(&asked, 1, /*timeout=*/-1);
  } while (count == -1 && errno == EINTR);
  EXPECT_EQ(count, 1);
}

class LinuxCallsTest : public SystemCallsTest {
 protected:
  // Two connected UNIX sockets.
  std::pair<int, int> Pair() {
    int pair[2];
    EXPECT_EQ(calls_.SocketPair(pair), 0);
    return {Own(pair[0]), Own(pair[1])};
  }
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_CALLS_TEST_H_
