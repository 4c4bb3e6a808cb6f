// An HTTP server under load: thousands of clients at once, idle, slow, busy or
// too many, in virtual time. "At once" is meant literally here: a quick client
// is answered in the time that its segments need.
//
// On the real kernel: http/load_system_test.cc, and serve/serve_load_test.cc
// for the program.

#include "cloche/http/load_test.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/tasks/running_task.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Pair;
using ::testing::SizeIs;

class LoadTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override {
    server_.kernel().SetDescriptorLimit(20000);
    client_.kernel().SetDescriptorLimit(20000);
  }
  // The tasks go before what they refer to.
  void TearDown() override {
    server_.Kill();
    client_.Kill();
  }

  void Serves() {
    unused_ = server_.kernel().OpenDescriptors().size();
    serving_ = Start(server_.loop(), [this] { return load_.Run(where_); });
    world_.Pass(kOneWay);
    at_rest_ = server_.kernel().OpenDescriptors().size();
  }

  // From now on the server can have so many connections and no more.
  void LimitConnectionsTo(int count) {
    server_.kernel().SetDescriptorLimit(3 + static_cast<int>(at_rest_) + count);
  }

  // So many clients come at the same time.
  template <typename Client>
  void Come(int count, const Client& client) {
    for (int i = 0; i < count; ++i) Start(client_.loop(), client);
  }
  void Await(const std::string& outcome, int count) {
    ASSERT_THAT(
        world_.DriveUntil([&] { return crowd_.Count(outcome) == count; }),
        IsOk());
  }

  // There and back to connect, there and back for the request.
  void ExpectAQuickClientIsAnsweredAtOnce() {
    const absl::Duration before = world_.elapsed();
    EXPECT_THAT(world_.Run(client_, VisitQuickly(where_)), IsOkAndHolds("200"));
    EXPECT_EQ(world_.elapsed() - before, 4 * kOneWay);
  }

  void ExpectNoConnectionIsLeft() {
    world_.Pass(kWhile);
    EXPECT_THAT(server_.kernel().OpenDescriptors(), SizeIs(at_rest_));
  }

  LoadServer load_;
  Crowd crowd_;
  std::optional<TaskHandle<>> serving_;
  // Descriptors of the server's host: without a server, and with an idle one.
  size_t unused_ = 0;
  size_t at_rest_ = 0;
  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
};

// --- Idle connections -------------------------------------------------------

constexpr int kIdle = 10000;

class TenThousandConnections : public LoadTest {
 protected:
  void SetUp() override {
    LoadTest::SetUp();
    Serves();
    Come(kIdle, [this] { return VisitAndStay(where_, crowd_); });
    Await("200", kIdle);
  }

  // All but the wait itself: the world's driver looks in now and then.
  std::vector<uint64_t> Calls() {
    std::vector<uint64_t> counts;
    for (size_t i = 0; i < kCallKinds; ++i) {
      const CallKind kind = static_cast<CallKind>(i);
      if (kind == WaitCallOf(GetParam())) continue;
      counts.push_back(server_.kernel().CallCount(kind));
    }
    return counts;
  }
};

TEST_P(TenThousandConnections, CostNoSystemCallWhileTheyAreIdle) {
  const std::vector<uint64_t> before = Calls();
  world_.Pass(load_.http_options.idle_timeout / 2);
  EXPECT_EQ(Calls(), before);
}

TEST_P(TenThousandConnections, AreAnsweredAgainAndEndWithAStop) {
  crowd_.go_on.Set();
  Await("200", 2 * kIdle);
  load_.stop.Stop();
  EXPECT_THAT(world_.Run(server_, serving_->Join()), IsOk());
  Await("end", kIdle);
  EXPECT_THAT(load_.errors, IsEmpty());
  EXPECT_THAT(server_.kernel().OpenDescriptors(), SizeIs(unused_));
  EXPECT_TRUE(server_.loop().timers().empty());
}

// --- Slow readers -----------------------------------------------------------

constexpr int kSlow = 2000;

class ThousandsOfSlowReaders : public LoadTest {
 protected:
  void ComeReaders(SlowReading how) {
    Serves();
    Come(kSlow, [this, how]() -> Task<> {
      TcpStream stream = co_await Try(AskForLarge(where_));
      ++crowd_.outcomes[co_await Try(
          ReadSlowly(stream, how, load_.large_bytes()))];
      co_return absl::OkStatus();
    });
  }
};

TEST_P(ThousandsOfSlowReaders, DelayNobodyAndGetItAllIfTheyKeepAtIt) {
  ComeReaders({.bytes_at_a_time = 4000, .pause = absl::Seconds(1)});
  for (int i = 0; i < 3; ++i) {
    world_.Pass(absl::Seconds(1));
    ExpectAQuickClientIsAnsweredAtOnce();
  }
  EXPECT_THAT(crowd_.outcomes, IsEmpty());
  Await("whole", kSlow);
  EXPECT_THAT(load_.errors, IsEmpty());
  ExpectNoConnectionIsLeft();
}

// What they do not read is not made: it would have to be kept somewhere.
TEST_P(ThousandsOfSlowReaders, AreWrittenNoMoreThanTheirBuffersHold) {
  ComeReaders({.bytes_at_a_time = 1, .pause = absl::Hours(1)});
  world_.Pass(absl::Seconds(10));
  EXPECT_LE(load_.written, kSlow * (2 * kSmallBuffer + kLargePart));
}

TEST_P(ThousandsOfSlowReaders, AreCutOffIfAPartTakesLongerThanItMay) {
  ComeReaders({.bytes_at_a_time = 500, .pause = absl::Seconds(10)});
  world_.Pass(load_.http_options.write_timeout);
  ExpectAQuickClientIsAnsweredAtOnce();
  Await("reset", kSlow);
  EXPECT_THAT(load_.errors, SizeIs(kSlow));
  EXPECT_THAT(load_.errors, Each(StatusIs(kLate)));
  ExpectNoConnectionIsLeft();
}

// --- Slow writers -----------------------------------------------------------

class ThousandsOfSlowWriters : public LoadTest {
 protected:
  // They say the beginning at once, and the rest a byte at a time.
  void ComeWriters(const std::string& beginning, const std::string& rest,
                   absl::Duration pause) {
    Serves();
    Come(kSlow, [this, beginning, rest, pause]() -> Task<> {
      TcpStream stream = co_await Try(TcpStream::Connect(where_));
      co_await Try(stream.Write(beginning));
      for (const char& byte : rest) {
        co_await Try(Sleep(pause));
        co_await Try(stream.Write(absl::string_view(&byte, 1)));
      }
      ++crowd_.outcomes[co_await Try(ReadAnswer(stream))];
      co_return absl::OkStatus();
    });
  }
};

TEST_P(ThousandsOfSlowWriters, OfHeadsDelayNobodyAndAreTold408) {
  ComeWriters("G", "ET ", absl::Seconds(3));
  world_.Pass(load_.http_options.head_timeout - absl::Seconds(1));
  ExpectAQuickClientIsAnsweredAtOnce();
  EXPECT_THAT(crowd_.outcomes, IsEmpty());
  Await("408", kSlow);
  EXPECT_LT(world_.elapsed(),
            load_.http_options.head_timeout + absl::Seconds(1));
  world_.Pass(load_.http_options.linger_timeout);
  ExpectNoConnectionIsLeft();
}

TEST_P(ThousandsOfSlowWriters, OfBodiesDelayNobodyAndAreTold408) {
  const std::string post = Post("/body", std::string(1000, '.'));
  ComeWriters(post.substr(0, post.size() - 1000), "...", absl::Seconds(6));
  world_.Pass(load_.http_options.body_timeout - absl::Seconds(1));
  ExpectAQuickClientIsAnsweredAtOnce();
  EXPECT_THAT(crowd_.outcomes, IsEmpty());
  Await("408", kSlow);
  EXPECT_LT(world_.elapsed(),
            load_.http_options.body_timeout + absl::Seconds(2));
  world_.Pass(load_.http_options.linger_timeout);
  ExpectNoConnectionIsLeft();
}

TEST_P(ThousandsOfSlowWriters, AreAnsweredIfTheyAreInTime) {
  const std::string request = Get("/hello");
  ComeWriters(request.substr(0, request.size() - 3), "\n\r\n",
              absl::Seconds(3));
  Await("200", kSlow);
}

// --- More clients than descriptors ------------------------------------------

class AFloodOfClients : public LoadTest {
 protected:
  static constexpr int kClients = 1000;
  static constexpr int kFit = 100;

  // Each has a connection for a second.
  void SetUp() override {
    LoadTest::SetUp();
    Serves();
    LimitConnectionsTo(kFit);
    Come(kClients,
         [this] { return VisitFor(absl::Seconds(1), where_, crowd_); });
  }
};

TEST_P(AFloodOfClients, IsServedAsFarAsThereAreDescriptorsAndReportedOnce) {
  world_.Pass(absl::Milliseconds(900));
  EXPECT_THAT(crowd_.outcomes, ElementsAre(Pair("200", kFit)));
  EXPECT_THAT(load_.errors, ElementsAre(StatusIs(kExhausted, "EMFILE")));
}

TEST_P(AFloodOfClients, IsServedInTurnsAndNobodyIsLost) {
  Await("200", kClients);
  // A second for each group, and a pause until it is seen that one has left.
  EXPECT_LT(world_.elapsed(), (kClients / kFit) * absl::Seconds(1.2));
  EXPECT_THAT(load_.errors, Each(StatusIs(kExhausted)));
  EXPECT_THAT(load_.errors, SizeIs(Le(kClients / kFit)));
}

// For each pause one that fails, for each wait one that finds nobody.
TEST_P(AFloodOfClients, CostsHardlyMoreAcceptsThanThereAreConnections) {
  Await("200", kClients);
  const int64_t pauses = world_.elapsed() / load_.serve_options.exhausted_pause;
  EXPECT_LE(server_.kernel().CallCount(CallKind::kAccept4),
            kClients + 2 * static_cast<uint64_t>(pauses));
}

// --- Busy connections -------------------------------------------------------

// Among N connections that always have a request waiting, between two answers
// to one there are at most kTurnBudget to each of the others. (If more become
// readable at the same time than one wait of the poller reports, those that it
// left out come with the next: as many turns later as there are waits.)
class BusyConnections : public LoadTest {
 protected:
  static constexpr int kBusy = 200;
  static constexpr int kRequests = 300;

  // How far the one that asks now is ahead of the last.
  Task<Response> CountAndAnswer(const Request& request) {
    int number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(request.target.substr(1), &number));
    const int answers = ++answers_[number];
    most_ahead_ =
        std::max(most_ahead_,
                 answers - *std::min_element(answers_.begin(), answers_.end()));
    co_return TextResponse(200, "");
  }

  // Says all of its requests at once, which then are there at the same moment.
  Task<> AskBusily(int number) {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    std::string requests;
    const std::string request =
        absl::StrCat("GET /", number, " HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < kRequests; ++i) requests += request;
    co_await Try(crowd_.go_on.Wait());
    co_await Try(stream.Write(requests));
    std::string room(10000, ' ');
    while (co_await Try(stream.Read(absl::MakeSpan(room))) > 0) {
    }
    co_return absl::OkStatus();
  }

  Task<> Run() {
    TcpListener listener = co_await Try(TcpListener::Listen(where_));
    HttpServer http(
        [this](const Request& request) { return CountAndAnswer(request); });
    co_return co_await Serve(
        listener, load_.stop, {},
        [&http](TcpStream&& stream) { return http.Serve(stream); });
  }

  std::vector<int> answers_ = std::vector<int>(kBusy);  // For each, so far.
  int most_ahead_ = 0;
};

TEST_P(BusyConnections, AreNeverAheadOfAnyOtherByMoreThanATurnsBudget) {
  Start(server_.loop(), [this] { return Run(); });
  for (int i = 0; i < kBusy; ++i) {
    Start(client_.loop(), [this, i] { return AskBusily(i); });
  }
  world_.Pass(kWhile);
  crowd_.go_on.Set();
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(answers_, Each(kRequests));
  EXPECT_LE(most_ahead_, kTurnBudget);
}

// select cannot have so many, and with poll each wait would ask all of them.
#define INSTANTIATE_FOR_MANY(Suite)                                    \
  INSTANTIATE_TEST_SUITE_P(                                            \
      On, Suite,                                                       \
      ::testing::Values(BackendKind::kEpoll, BackendKind::kEpollLevel, \
                        BackendKind::kKqueue),                         \
      TestNameOfBackend)

// Every day once; with more effort also on those that have no poller, for which
// each of the ten thousand is an operation in flight in the kernel.
std::vector<BackendKind> BackendsOfTenThousand() {
  if (Effort() == 1) return {BackendKind::kEpoll};
  return {BackendKind::kEpoll, BackendKind::kIoUring, BackendKind::kIocp};
}
INSTANTIATE_TEST_SUITE_P(On, TenThousandConnections,
                         ::testing::ValuesIn(BackendsOfTenThousand()),
                         TestNameOfBackend);
INSTANTIATE_FOR_MANY(ThousandsOfSlowReaders);
INSTANTIATE_FOR_MANY(ThousandsOfSlowWriters);
INSTANTIATE_FOR_MANY(AFloodOfClients);
INSTANTIATE_FOR_MANY(BusyConnections);

}  // namespace
}  // namespace cloche
