// A soak: an HTTP server on an ordinary bad day. Visitors of every kind, over
// networks of every kind, to a host that runs short of everything now and then;
// for minutes of virtual time or, in `./cloche test --full`, nearly half an
// hour; and another day with every seed.
//
// The sweeps disturb one thing at a time and see to it that nothing else is
// amiss. Here all is amiss at once, nobody knows what ought to happen, and only
// that is asked for which holds on every day:
//
//   * An answer that comes whole is the answer to that request.
//   * When all have gone, nothing of them is left.
//   * After the day the server is as it was before it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/errnos.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_link.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/load_test.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

constexpr absl::Duration kDay = absl::Minutes(5);
constexpr int kVisitorsOfANetwork = 8;
constexpr size_t kLongestBody = 20000;

// A day, as its visitors know it.
struct Day {
  bool over = false;
  int right = 0;   // Answers that are those to their requests.
  int failed = 0;  // Visits in which a connection broke, as may be.
  std::vector<std::string> wrong;
};

// One who comes again and again, and does what chance says. Lifetime: longer
// than Come.
class Visitor {
 public:
  Visitor(Endpoint server, uint64_t seed, Day& day)
      : server_(server), random_(seed), day_(day) {}

  Task<> Come() {
    while (!day_.over) {
      co_await Try(Sleep(UpTo(absl::Seconds(10))));
      const absl::Status visit = co_await Visit();
      if (!visit.ok()) ++day_.failed;
    }
    co_return absl::OkStatus();
  }

 private:
  size_t UpTo(size_t most) { return random_() % (most + 1); }
  absl::Duration UpTo(absl::Duration most) {
    return absl::Milliseconds(
        UpTo(static_cast<size_t>(absl::ToInt64Milliseconds(most))));
  }

  Task<> Visit() {
    TcpStream stream = co_await Try(TcpStream::Connect(server_));
    switch (UpTo(7)) {
      case 0:
        co_return co_await LeaveInTheMiddle(stream);
      case 1:
        co_return co_await GoAwayFromALongAnswer(stream);
      case 2:
        co_return co_await TalkNonsense(stream);
      case 3:
        co_return co_await Sleep(UpTo(absl::Minutes(3)));  // Says nothing.
      default:
        co_return co_await Converse(stream);
    }
  }

  // As one should: some requests, with time to read the answers.
  Task<> Converse(TcpStream& stream) {
    ClientConnection connection(stream);
    for (size_t left = 1 + UpTo(9); left > 0; --left) {
      const ClientRequest request = AnyRequest();
      const std::string expected =
          request.body.empty() ? request.target : request.body;
      const ClientResponse answer = co_await Try(connection.Ask(request));
      Judge(expected, answer);
      if (!connection.reusable()) break;
      co_await Try(Sleep(UpTo(absl::Seconds(5))));
    }
    co_return absl::OkStatus();
  }
  ClientRequest AnyRequest() {
    ClientRequest request;
    request.host = "h";
    request.target = "/hello";
    if (UpTo(1) == 0) {
      request.method = "POST";
      request.target = "/body";
      request.body = Pattern(1 + UpTo(kLongestBody));
    }
    return request;
  }
  void Judge(const std::string& expected, const ClientResponse& answer) {
    if (answer.status_code != 200 || answer.body != expected) {
      day_.wrong.push_back(
          absl::StrCat(answer.status_code, " ", answer.body.substr(0, 80)));
    } else {
      ++day_.right;
    }
  }

  Task<> LeaveInTheMiddle(TcpStream& stream) {
    const std::string request = Post("/body", Pattern(1000));
    co_await Try(stream.Write(request.substr(0, UpTo(request.size()))));
    co_await Try(Sleep(UpTo(absl::Seconds(30))));
    if (UpTo(1) == 0) stream.Abort();
    co_return absl::OkStatus();
  }
  Task<> GoAwayFromALongAnswer(TcpStream& stream) {
    co_await Try(stream.Write(Get("/large")));
    for (size_t left = UpTo(5); left > 0; --left) {
      co_await Try(ReadOnce(stream, 1000));
      co_await Try(Sleep(UpTo(absl::Seconds(3))));
    }
    stream.Abort();
    co_return absl::OkStatus();
  }
  Task<> TalkNonsense(TcpStream& stream) {
    co_await Try(stream.Write("\x16\x03\x01 this is no HTTP\r\n\r\n"));
    co_await Try(stream.ShutdownWrite());
    const std::string answer = co_await Try(ReadToEnd(stream));
    if (answer.empty()) co_return absl::UnavailableError("not even read");
    if (answer.substr(0, 12) != "HTTP/1.1 400") day_.wrong.push_back(answer);
    co_return absl::OkStatus();
  }

  const Endpoint server_;
  std::mt19937_64 random_;
  Day& day_;
};

// What the system of the server does to it, all day.
void RunShort(FaultPlan& plan) {
  const auto often = [&](double probability, Fault fault) {
    fault.probability = probability;
    fault.times = kForEver;
    plan.Add(fault);
  };
  often(0.05, {.error = EINTR});
  often(0.02, {.kind = CallKind::kAccept4, .error = EMFILE});
  often(0.02, {.kind = CallKind::kAccept4, .error = ECONNABORTED});
  often(0.02, {.kind = CallKind::kAcceptEx, .error = ENOBUFS});
  often(0.001, {.kind = CallKind::kRecv, .error = ENOMEM});
  often(0.001, {.kind = CallKind::kSend, .error = ENOBUFS});
  often(0.001, {.kind = CallKind::kSend, .error = ECONNRESET});
  often(0.001, {.kind = CallKind::kWsaRecv, .error = ECONNRESET});
  often(0.001, {.kind = CallKind::kWsaSend, .error = ENOBUFS});
  often(0.01, {.kind = CallKind::kSend, .most_bytes = 1});
  often(0.01, {.spurious = true});
  often(0.0001, {.stall = absl::Seconds(2)});
  often(0.0001, {.wall_clock_jump = absl::Hours(-1)});
}

class Soak : public ::testing::TestWithParam<BackendKind> {
 protected:
  Soak() {
    AddNetwork("near", {});
    AddNetwork("far", {.latency = absl::Milliseconds(90),
                       .jitter = absl::Milliseconds(40)});
    AddNetwork("bad", {.loss = 0.05});
    AddNetwork("slow", {.bytes_per_second = 20000});
    CutOffSometimes(AddNetwork("flaky", {}));
  }
  // The tasks go before what they refer to.
  ~Soak() override {
    server_.Kill();
    for (TestHost* network : networks_) network->Kill();
  }

  TestHost& AddNetwork(absl::string_view name, const FakeLinkOptions& link) {
    TestHost& network = world_.AddHost(name);
    world_.network().SetLink(network.kernel(), server_.kernel(), link);
    networks_.push_back(&network);
    return network;
  }

  // Again and again, while the day lasts.
  void CutOffSometimes(TestHost& network) {
    After(absl::Seconds(40), [this, &network] {
      world_.network().Partition(network.kernel(), server_.kernel());
      After(absl::Seconds(25), [this, &network] {
        world_.network().Heal(network.kernel(), server_.kernel());
        if (!day_.over) CutOffSometimes(network);
      });
    });
  }
  void After(absl::Duration duration, std::function<void()> action) {
    world_.network().At(world_.clock().Now() + duration, std::move(action));
  }

  void VisitorsCome() {
    for (TestHost* network : networks_) {
      for (int i = 0; i < kVisitorsOfANetwork; ++i) {
        visitors_.push_back(std::make_unique<Visitor>(
            where_, SeedOfTest() * 1000 + visitors_.size(), day_));
        Start(network->loop(),
              [&visitor = *visitors_.back()] { return visitor.Come(); });
      }
    }
  }

  // How many descriptors the server has, and the tasks of all.
  std::string AllThatThereIs() {
    return absl::StrCat(server_.kernel().OpenDescriptors().size(),
                        " descriptors\n", world_.DescribeAll());
  }

  Day day_;
  LoadServer load_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
  std::vector<TestHost*> networks_;
  TestWorld world_{SeedOfTest(), GetParam()};
  TestHost& server_ = world_.AddHost("server");
  const Endpoint where_ = server_.EndpointAt(80);
};

TEST_P(Soak, LeavesTheServerAsItWas) {
  const auto serving =
      Start(server_.loop(), [this] { return load_.Run(where_); });
  world_.Pass(absl::Seconds(1));
  const std::string before = AllThatThereIs();
  VisitorsCome();
  RunShort(server_.kernel().faults());
  world_.Pass(kDay * std::min(Effort(), 5));
  day_.over = true;
  server_.kernel().faults().Clear();
  world_.Pass(absl::Hours(1));  // TCP gives the last ones up after a while.
  EXPECT_THAT(day_.wrong, ::testing::IsEmpty());
  EXPECT_GT(day_.right, 500);
  EXPECT_GT(day_.failed, 5);
  EXPECT_EQ(AllThatThereIs(), before);
  EXPECT_TRUE(server_.loop().timers().empty());
  EXPECT_THAT(world_.Run(*networks_.front(), VisitQuickly(where_)),
              IsOkAndHolds("200"));
}

INSTANTIATE_TEST_SUITE_P(On, Soak, ::testing::ValuesIn(FewFakeBackends()),
                         TestNameOfBackend);

}  // namespace
}  // namespace cloche
