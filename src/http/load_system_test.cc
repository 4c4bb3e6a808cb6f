// An HTTP server under load, on the real kernel: a thousand slow clients, and a
// quick one among them. Both sides run on one loop.
//
// Nothing here is measured: the slow ones wait until the quick one has its
// answer, or until the server has had enough of them.
//
// In virtual time, and more of it: http/load_test.cc.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/load_test.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/tasks/run.h"
#include "cloche/testing/allow_descriptors.h"
#include "cloche/testing/system_backends.h"

namespace cloche {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;

constexpr int kSlow = 1000;

class SystemLoad : public ::testing::TestWithParam<std::string> {
 protected:
  // Both ends of all connections are ours, so the usual limit is too low.
  void SetUp() override {
    AllowDescriptors(3 * kSlow);
    system_ = SystemEnvironment::Create(GetParam()).value();
    loop_.emplace(system_->MakeEnvironment());
    load_.large_parts = 32;
  }
  void TearDown() override { loop_.reset(); }

  void Serves() {
    Start(*loop_, [this] { return load_.Run(Endpoint::Loopback(0)); });
    Await([this] { return load_.where.has_value(); });
  }
  void Await(absl::FunctionRef<bool()> done) {
    while (!done()) {
      ASSERT_THAT(loop_->RunOnce(absl::InfiniteFuture()), IsOk());
    }
  }
  void AwaitAll(const std::string& outcome) {
    Await([&] { return crowd_.Count(outcome) == kSlow; });
  }

  // They read a little, wait until they may go on, and read the rest.
  void ComeReaders() {
    for (int i = 0; i < kSlow; ++i) {
      Start(*loop_, [this]() -> Task<> {
        TcpStream stream = co_await Try(AskForLarge(*load_.where));
        co_await Try(ReadOnce(stream, 10));
        ++crowd_.outcomes["begun"];
        co_await Try(crowd_.go_on.Wait());
        ++crowd_.outcomes[co_await Try(ReadSlowly(
            stream, {.bytes_at_a_time = 10000}, load_.large_bytes() - 1000))];
        co_return absl::OkStatus();
      });
    }
    AwaitAll("begun");
  }

  // They say this, wait until they may go on, and say the rest.
  void ComeWriters(const std::string& beginning, const std::string& rest) {
    for (int i = 0; i < kSlow; ++i) {
      Start(*loop_, [this, beginning, rest]() -> Task<> {
        TcpStream stream = co_await Try(TcpStream::Connect(*load_.where));
        co_await Try(stream.Write(beginning));
        ++crowd_.outcomes["begun"];
        if (!rest.empty()) {
          co_await Try(crowd_.go_on.Wait());
          co_await Try(stream.Write(rest));
        }
        ++crowd_.outcomes[co_await Try(ReadAnswer(stream))];
        co_return absl::OkStatus();
      });
    }
    AwaitAll("begun");
  }

  void ExpectAQuickClientIsAnswered() {
    auto answer = Start(*loop_, [this] { return VisitQuickly(*load_.where); });
    Await([&] { return answer.ended(); });
    EXPECT_THAT(answer.TakeResult(), IsOkAndHolds("200"));
  }

  LoadServer load_;
  Crowd crowd_;
  std::unique_ptr<SystemEnvironment> system_;
  std::optional<Loop> loop_;
};

TEST_P(SystemLoad, SlowReadersDelayNobodyAndGetItAllInTheEnd) {
  Serves();
  ComeReaders();
  ExpectAQuickClientIsAnswered();
  EXPECT_LT(load_.written, kSlow * load_.large_bytes() / 2);
  crowd_.go_on.Set();
  AwaitAll("whole");
  EXPECT_THAT(load_.errors, IsEmpty());
}

TEST_P(SystemLoad, SlowReadersAreCutOffIfAPartTakesLongerThanItMay) {
  load_.http_options.write_timeout = absl::Seconds(1);
  Serves();
  ComeReaders();
  ExpectAQuickClientIsAnswered();
  Await([this] { return load_.errors.size() == kSlow; });
  EXPECT_THAT(load_.errors, Each(StatusIs(kLate)));
  crowd_.go_on.Set();
  // To Wine 8.0 a reset is the end if it comes while nobody receives.
  Await([&] { return crowd_.Count("reset") + crowd_.Count("half") == kSlow; });
}

TEST_P(SystemLoad, SlowWritersDelayNobodyAndAreAnsweredInTheEnd) {
  const std::string request = Post("/body", "hello");
  Serves();
  ComeWriters(request.substr(0, 10), request.substr(10));
  ExpectAQuickClientIsAnswered();
  crowd_.go_on.Set();
  AwaitAll("200");
}

TEST_P(SystemLoad, SlowWritersOfHeadsAreTold408) {
  load_.http_options.head_timeout = absl::Seconds(1);
  Serves();
  ComeWriters("GET /hello HT", "");
  ExpectAQuickClientIsAnswered();
  AwaitAll("408");
  EXPECT_THAT(load_.errors, IsEmpty());
}

TEST_P(SystemLoad, SlowWritersOfBodiesAreTold408) {
  load_.http_options.body_timeout = absl::Seconds(1);
  const std::string request = Post("/body", "hello");
  Serves();
  ComeWriters(request.substr(0, request.size() - 1), "");
  ExpectAQuickClientIsAnswered();
  AwaitAll("408");
}

// select cannot have so many.
std::vector<std::string> BackendsOfThousands() {
  std::vector<std::string> names = SystemBackends();
  std::erase(names, "select");
  return names;
}

INSTANTIATE_TEST_SUITE_P(On, SystemLoad,
                         ::testing::ValuesIn(BackendsOfThousands()),
                         TestNameOfSystemBackend);

}  // namespace
}  // namespace cloche
