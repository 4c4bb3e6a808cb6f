// WorldTest: what it takes away at the end of a test, and what it does not put
// up with.

#include "cloche/testing/world_fixture.h"

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "cloche/base/pool.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// --- A test that uses it ----------------------------------------------------

Task<> GreetAll(Endpoint where, int& greeted) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  while (true) {
    TcpStream stream = co_await Try(listener.Accept());
    co_await Try(stream.Write("hello"));
    ++greeted;
  }
}

Task<std::string> Hear(Endpoint where) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_return co_await ReadToEnd(stream);
}

class GreeterTest : public WorldTestOnBackends {
 protected:
  GreeterTest() { Background(server_, GreetAll, where_, std::ref(greeted_)); }

  Endpoint where_ = server_.EndpointAt(7000);
  int greeted_ = 0;
};

TEST_P(GreeterTest, RunsBesideWhatIsInTheBackground) {
  EXPECT_THAT(world_.Run(client_, Hear(where_)), IsOkAndHolds("hello"));
  EXPECT_EQ(greeted_, 1);
}

TEST_P(GreeterTest, MayKillTheHostOfWhatIsInTheBackground) {
  server_.Kill();
  EXPECT_FALSE(world_.Run(client_, Hear(where_)).ok());
}

INSTANTIATE_ON_FAKE_BACKENDS(GreeterTest);

// --- How it ends ------------------------------------------------------------

// A fixture by hand, with a body that a test gives it.
class OneTest : public WorldTest {
 public:
  explicit OneTest(std::function<void(OneTest&)> body)
      : body_(std::move(body)) {}
  void TestBody() override { body_(*this); }

  using WorldTest::Background;
  using WorldTest::client_;
  using WorldTest::server_;
  using WorldTest::TearDown;
  using WorldTest::world_;

  bool refers_to_me = true;

 private:
  const std::function<void(OneTest&)> body_;
};

// What such a test fails at its end, as one text.
std::string FailuresAtTheEndOf(const std::function<void(OneTest&)>& body) {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    OneTest test(body);
    test.TestBody();
    test.TearDown();
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}

Task<> SleepAnHour() { co_return co_await Sleep(absl::Hours(1)); }

Task<> SleepForEver() { co_return co_await Sleep(absl::InfiniteDuration()); }

TEST(WorldTestAtItsEnd, CancelsWhatIsInTheBackground) {
  const auto body = [](OneTest& test) {
    test.Background(test.server_, SleepForEver);
    test.world_.Pass(absl::Seconds(1));
  };
  EXPECT_EQ(FailuresAtTheEndOf(body), "");
}

TEST(WorldTestAtItsEnd, FailsIfATaskIsLeft) {
  const auto body = [](OneTest& test) {
    Start(test.client_.loop(), SleepAnHour);
  };
  EXPECT_THAT(FailuresAtTheEndOf(body),
              AllOf(HasSubstr("tasks are left on client"),
                    HasSubstr("a timer is left on client"),
                    Not(HasSubstr("left on server"))));
}

TEST(WorldTestAtItsEnd, FailsIfADescriptorIsLeft) {
  const auto body = [](OneTest& test) {
    test.server_.kernel().sockets().Socket(AddressFamily::kIpv4,
                                           SocketType::kStream);
  };
  EXPECT_THAT(FailuresAtTheEndOf(body),
              HasSubstr("descriptors are left on server"));
}

TEST(WorldTestAtItsEnd, FailsIfABufferOfThePoolIsLeft) {
  void* block = nullptr;
  const auto body = [&](OneTest&) { block = PoolAllocate(100); };
  const size_t before = PoolBytesInUse();
  const std::string failures = FailuresAtTheEndOf(body);
  // Under AddressSanitizer nothing is counted.
  if (PoolBytesInUse() != before) {
    EXPECT_THAT(failures, HasSubstr("bytes of the pool are in use"));
  }
  PoolFree(block, 100);
}

TEST(WorldTestAtItsEnd, MindsNoTaskThatDiedWithItsProgram) {
  const auto body = [](OneTest& test) {
    test.Background(test.server_, SleepForEver);
    test.world_.Pass(absl::Seconds(1));
    test.server_.Kill();
    test.server_.Restart();
    test.Background(test.server_, SleepForEver);
  };
  EXPECT_EQ(FailuresAtTheEndOf(body), "");
}

Task<> IgnoreCancellation() {
  while (true) (void)co_await Sleep(absl::Seconds(1));
}

TEST(WorldTestAtItsEnd, FailsIfWhatIsInTheBackgroundIgnoresItsCancellation) {
  const auto body = [](OneTest& test) {
    test.Background(test.server_, IgnoreCancellation);
    test.world_.Pass(absl::Seconds(1));
  };
  EXPECT_THAT(FailuresAtTheEndOf(body), HasSubstr("in the background"));
}

// Looks at the fixture's member when it is torn down.
class LooksAtTheEnd {
 public:
  LooksAtTheEnd(bool& looks_at, bool& seen)
      : looks_at_(looks_at), seen_(seen) {}
  LooksAtTheEnd(const LooksAtTheEnd&) = delete;
  LooksAtTheEnd& operator=(const LooksAtTheEnd&) = delete;
  ~LooksAtTheEnd() { seen_ = looks_at_; }

 private:
  bool& looks_at_;
  bool& seen_;
};

TEST(WorldTestAtItsEnd, TearsTasksDownBeforeTheMembersOfTheFixture) {
  bool seen = false;
  bool seen_before_the_members_died = false;
  const auto sleep_and_look = [](bool& looks_at, bool& saw) -> Task<> {
    const LooksAtTheEnd looks(looks_at, saw);
    co_return co_await Sleep(absl::Hours(1));
  };
  {
    OneTest test([&](OneTest& t) {
      Start(t.client_.loop(), sleep_and_look, std::ref(t.refers_to_me),
            std::ref(seen));
      t.world_.Pass(absl::Seconds(1));
    });
    ::testing::TestPartResultArray caught;
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    test.TestBody();
    test.TearDown();
    seen_before_the_members_died = seen;
  }
  EXPECT_TRUE(seen_before_the_members_died);
}

}  // namespace
}  // namespace cloche
