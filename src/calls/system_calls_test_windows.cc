// Windows. Next: calls/system_calls_test.h.

#include "cloche/calls/system_calls_test.h"
#include "cloche/calls/windows_calls_test.h"

namespace cloche {

void SystemCallsTest::AwaitReadable(int fd) { WaitUntil(fd, POLLIN); }
void SystemCallsTest::AwaitWritable(int fd) { WaitUntil(fd, POLLOUT); }
void SystemCallsTest::AwaitUrgent(int fd) { WaitUntil(fd, POLLRDBAND); }

}  // namespace cloche
