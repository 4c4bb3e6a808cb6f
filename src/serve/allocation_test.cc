// What the web server asks malloc for in its steady state: nothing. On the real
// kernel, since the fake one needs memory itself.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/pool.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/stop_source.h"
#include "cloche/serve/web_server.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/allocation_counter.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kWarmUp = 20;
constexpr int kCounted = 200;

// A client without Cloche, whose calls do not wait.
class PlainClient {
 public:
  explicit PlainClient(uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
  }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;
  ~PlainClient() { ::close(fd_); }

  void Send(absl::string_view text) {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
  }
  // What has come of the answers so far; empty if nothing has.
  absl::string_view Receive() {
    const ssize_t size = ::recv(fd_, room_.data(), room_.size(), MSG_DONTWAIT);
    return size > 0 ? absl::string_view(room_.data(), size)
                    : absl::string_view();
  }

 private:
  const int fd_;
  std::array<char, 8192> room_;
};

class Allocations : public ::testing::Test {
 protected:
  Allocations() {
    WebServerOptions options;
    options.endpoint = Endpoint::Loopback(0);
    options.on_listening = [this](const Endpoint& where) {
      port_ = where.port();
    };
    serving_ = Start(loop_, RunWebServer, options, std::ref(stop_));
    while (port_ == 0) Turn();
    client_ = std::make_unique<PlainClient>(port_);
  }
  ~Allocations() override {
    stop_.Stop();
    while (!serving_->ended()) Turn();
  }

  void SetUp() override {
    if (!CountsAllocations()) GTEST_SKIP() << "a sanitizer has the malloc";
  }

  void Turn() { ASSERT_TRUE(loop_.RunOnce(absl::InfiniteFuture()).ok()); }

  // Asks, and drives the loop until the last of `answers` has come. Gives what
  // the loop has allocated.
  uint64_t Exchange(absl::string_view request, int answers) {
    client_->Send(request);
    const uint64_t before = AllocationsSoFar();
    while (answers > 0) {
      Turn();
      const absl::string_view text = client_->Receive();
      for (size_t at = 0; (at = text.find("Hello, world!", at)) != text.npos;
           ++at) {
        --answers;
      }
    }
    return AllocationsSoFar() - before;
  }

  // Those of kCounted exchanges, when kWarmUp have gone before.
  uint64_t InSteadyState(absl::string_view request, int answers = 1) {
    for (int i = 0; i < kWarmUp; ++i) Exchange(request, answers);
    uint64_t allocations = 0;
    for (int i = 0; i < kCounted; ++i)
      allocations += Exchange(request, answers);
    return allocations;
  }

  const std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create("epoll").value();
  StopSource stop_;
  Loop loop_{system_->MakeEnvironment()};
  uint16_t port_ = 0;
  std::optional<TaskHandle<>> serving_;
  std::unique_ptr<PlainClient> client_;
};

// A counter that counts nothing would make the tests below worthless.
TEST(AllocationCounter, CountsWhatIsAllocated) {
  if (!CountsAllocations()) GTEST_SKIP() << "a sanitizer has the malloc";
  const uint64_t before = AllocationsSoFar();
  // Volatile, or the optimiser would see that nobody needs it.
  int* volatile number = new int(7);
  delete number;
  EXPECT_EQ(AllocationsSoFar(), before + 1);
}

TEST_F(Allocations, OfARequestOnAConnectionThatStaysAreNone) {
  EXPECT_EQ(InSteadyState("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), 0u);
}

TEST_F(Allocations, OfARequestWithTheHeadersOfABrowserAreNone) {
  std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 20; ++i) request += "Accept: text/html, */*;q=0.8\r\n";
  EXPECT_EQ(InSteadyState(request + "\r\n"), 0u);
}

TEST_F(Allocations, OfRequestsThatComeTogetherAreNone) {
  std::string requests;
  for (int i = 0; i < 16; ++i) {
    requests += "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  EXPECT_EQ(InSteadyState(requests, 16), 0u);
}

// docs/where-time-goes.md has the table that this adds up to. Without
// optimisation a frame keeps more than it needs.
#ifdef __OPTIMIZE__
constexpr size_t kMostForIdle = 512;
#else
constexpr size_t kMostForIdle = 1024;
#endif

TEST_F(Allocations, OfAnIdleConnectionStayBelowTheBoundOfTheByteTable) {
  constexpr absl::string_view kRequest =
      "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
  constexpr int kConnections = 100;
  constexpr size_t kBackendsEntry = 24;  // Asserted there.
  Exchange(kRequest, 1);
  std::vector<std::unique_ptr<PlainClient>> idle;
  const size_t before = PoolBytesInUse();
  for (int i = 0; i < kConnections; ++i) {
    idle.push_back(std::make_unique<PlainClient>(port_));
    client_.swap(idle.back());
    Exchange(kRequest, 1);
  }
  EXPECT_LE((PoolBytesInUse() - before) / kConnections + kBackendsEntry,
            kMostForIdle);
}

// --- Below HTTP -------------------------------------------------------------

// Sleeps, starts a child that answers, waits for it; again and again.
Task<> SleepAndWait(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    co_await Try(Sleep(absl::Microseconds(1)));
    Event event;
    co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start([&event]() -> Task<> {
        event.Set();
        co_return absl::OkStatus();
      });
      co_return co_await event.Wait();
    }));
  }
  co_return absl::OkStatus();
}

TEST_F(Allocations, OfATimerAnAwaitAndAChildAreNone) {
  const auto count = [this](int rounds) {
    const uint64_t before = AllocationsSoFar();
    EXPECT_TRUE(cloche::Run(loop_, SleepAndWait(rounds)).ok());
    return AllocationsSoFar() - before;
  };
  count(kWarmUp);
  EXPECT_EQ(count(kCounted), count(1));
}

}  // namespace
}  // namespace cloche
