// SystemEnvironment on Linux: which backends there are, and what happens when
// descriptors run out. What each of them does, on every system:
// loop/system_backend_test.cc.

#include "cloche/loop/system_environment.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_loop_test.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// The number that the next descriptor will get.
int LowestFreeDescriptor() {
  const int fd = dup(STDIN_FILENO);
  close(fd);
  return fd;
}

// As `ulimit -n`, for as long as it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int limit) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &old_), 0);
    const rlimit lowered = {static_cast<rlim_t>(limit), old_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  }
  ~DescriptorLimit() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &old_), 0); }

 private:
  rlimit old_;
};

// The variable CLOCHE_BACKEND, for as long as it lives.
class BackendVariable {
 public:
  explicit BackendVariable(const char* value) {
    setenv("CLOCHE_BACKEND", value, /*overwrite=*/1);
  }
  ~BackendVariable() { unsetenv("CLOCHE_BACKEND"); }
};

TEST(SystemEnvironment, NamesTheBackendsThereAreIfAskedForAnother) {
  EXPECT_THAT(SystemEnvironment::Create("kqueue"),
              StatusIs(absl::StatusCode::kUnimplemented,
                       "this system has no kqueue, which is of macOS and the "
                       "BSDs; there are: epoll, epoll-level, poll, select"));
}

TEST(SystemEnvironment, TakesTheBestBackendIfNobodyChooses) {
  EXPECT_EQ(SystemEnvironment::Create().value()->backend_name(), "epoll");
}

TEST(SystemEnvironment, TakesTheFirstOfSeveralThatThisSystemHas) {
  EXPECT_EQ(SystemEnvironment::Create("kqueue,poll").value()->backend_name(),
            "poll");
}

TEST(SystemEnvironment, TakesTheBackendThatTheUserOfTheProcessChooses) {
  const BackendVariable variable("select");
  EXPECT_EQ(SystemEnvironment::Create().value()->backend_name(), "select");
}

TEST(SystemEnvironment, PutsTheProgramsChoiceBeforeThatOfItsUser) {
  const BackendVariable variable("select");
  EXPECT_EQ(SystemEnvironment::Create("poll").value()->backend_name(), "poll");
}

TEST(SystemEnvironment, RefusesAChoiceOfTheUserThatMakesNoSense) {
  const BackendVariable variable("epol");
  EXPECT_THAT(SystemEnvironment::Create(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no backend is called \"epol\""));
}

TEST(SystemEnvironment, DescribesTheBackendsOfThisSystem) {
  const std::string table = SystemEnvironment::DescribeBackends();
  EXPECT_THAT(table, ::testing::HasSubstr("poll         yes  poll(2)"));
  EXPECT_THAT(table, ::testing::HasSubstr("kqueue       no   this system has"));
}

class SystemEnvironmentOn : public SystemLoopTest {
 protected:
  // Those that have a descriptor in the kernel besides that for waking.
  static bool IsEpoll() { return absl::StartsWith(GetParam(), "epoll"); }
};

// epoll says that it cannot be waited on, poll and select that it is ready.
TEST_P(SystemEnvironmentOn, DoesNotWaitForARegularFile) {
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  TestReceive wait(file);
  wait.kind = OperationKind::kWaitReadable;
  wait.foreign_descriptor = true;
  if (IsEpoll()) {
    EXPECT_TRUE(loop_.Start(wait));
    EXPECT_EQ(wait.result, -EPERM);
  } else {
    EXPECT_FALSE(loop_.Start(wait));
    RunUntilHandedBack(wait);
    EXPECT_EQ(wait.result, 0);
  }
  close(file);
}

TEST_P(SystemEnvironmentOn, LeavesNoDescriptorOpen) {
  const int before = LowestFreeDescriptor();
  {
    auto system = SystemEnvironment::Create(GetParam());
    ASSERT_THAT(system, IsOk());
    Loop first((*system)->MakeEnvironment());
    Loop second((*system)->MakeEnvironment());
    EXPECT_NE(LowestFreeDescriptor(), before);
  }
  EXPECT_EQ(LowestFreeDescriptor(), before);
}

// An eventfd needs each of them; epoll and io_uring one more before it.
bool NeedsTwo(absl::string_view backend) {
  return absl::StartsWith(backend, "epoll") || backend == "io_uring";
}

// Room for none of the two, and for one; for none of the one.
TEST_P(SystemEnvironmentOn, CannotBeMadeWithoutDescriptors) {
  const int lowest = LowestFreeDescriptor();
  const int needed = NeedsTwo(GetParam()) ? 2 : 1;
  const char* const first_call = IsEpoll() ? "epoll_create1" : "io_uring_setup";
  for (int room = 0; room < needed; ++room) {
    const DescriptorLimit limit(lowest + room);
    const char* const call = room == needed - 1 ? "eventfd" : first_call;
    EXPECT_THAT(SystemEnvironment::Create(GetParam()),
                StatusIs(kExhausted, absl::StrCat(call, ": EMFILE").c_str()));
  }
  EXPECT_EQ(LowestFreeDescriptor(), lowest);
}

// The first loop takes the poller that Create has opened.
TEST_P(SystemEnvironmentOn, NeedsNoMoreDescriptorsForItsFirstLoop) {
  auto system = SystemEnvironment::Create(GetParam());
  ASSERT_THAT(system, IsOk());
  const DescriptorLimit limit(LowestFreeDescriptor());
  Loop loop((*system)->MakeEnvironment());
  EXPECT_THAT(loop.RunOnce(absl::InfinitePast()), IsOk());
}

// One descriptor is left where two are needed: AddressSanitizer needs it to
// die. For its sake, too, nothing of the test is touched under the limit.
void MakeEnvironmentWithDescriptors(SystemEnvironment& system, int room) {
  const DescriptorLimit limit(LowestFreeDescriptor() + room);
  system.MakeEnvironment();
}

TEST_P(SystemEnvironmentOn, DiesIfALaterLoopFindsNoDescriptors) {
  const int room = NeedsTwo(GetParam()) ? 1 : 0;
  EXPECT_DEATH(MakeEnvironmentWithDescriptors(*system_, room),
               "eventfd: EMFILE");
}

INSTANTIATE_OVER_BACKENDS(SystemEnvironmentOn);

}  // namespace
}  // namespace cloche
