// Foreign descriptors that are no sockets, on every backend of the real kernel.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "cloche/loop/system_loop_test.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

Task<> Until(WaitForDescriptor wait) { co_return co_await std::move(wait); }
Task<> AtMost(absl::Duration limit, WaitForDescriptor wait) {
  co_return co_await WithTimeout(limit, std::move(wait));
}

class ForeignDescriptorOn : public SystemLoopTest {
 protected:
  absl::Status RunToItsEnd(Task<> task) {
    return ::cloche::Run(loop_, std::move(task));
  }
};

TEST_P(ForeignDescriptorOn, MayBeAPipe) {
  std::array<int, 2> pipe_ends;
  ASSERT_EQ(pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  EXPECT_THAT(RunToItsEnd(Until(WaitWritable(pipe_ends[1]))), IsOk());
  EXPECT_THAT(
      RunToItsEnd(AtMost(absl::Milliseconds(1), WaitReadable(pipe_ends[0]))),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(write(pipe_ends[1], "x", 1), 1);
  EXPECT_THAT(RunToItsEnd(Until(WaitReadable(pipe_ends[0]))), IsOk());
  for (const int fd : pipe_ends) close(fd);
}

TEST_P(ForeignDescriptorOn, MayBeAnEventfd) {
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  EXPECT_THAT(RunToItsEnd(AtMost(absl::Milliseconds(1), WaitReadable(event))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(eventfd_write(event, 1), 0);
  EXPECT_THAT(RunToItsEnd(Until(WaitReadable(event))), IsOk());
  close(event);
}

TEST_P(ForeignDescriptorOn, ThatIsARegularFileIsReadyOrSaysWhatToDo) {
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const absl::Status status = RunToItsEnd(Until(WaitReadable(file)));
  if (absl::StartsWith(GetParam(), "epoll")) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                                 "a regular file is never waited for"));
  } else {
    EXPECT_THAT(status, IsOk());
  }
  close(file);
}

INSTANTIATE_OVER_BACKENDS(ForeignDescriptorOn);

}  // namespace
}  // namespace cloche
