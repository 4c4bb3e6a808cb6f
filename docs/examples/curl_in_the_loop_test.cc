// libcurl against Cloche's own server, in one loop, on every backend of the
// machine.

#include "cloche/docs/examples/curl_in_the_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/http/http_server.h"
#include "cloche/http/router.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/server.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/system_backends.h"
#include "gtest/gtest.h"

using namespace cloche;

class CurlInTheLoopTest : public testing::TestWithParam<std::string> {
 protected:
  CurlInTheLoopTest() {
    router_.Get("/hello", [](const Request&) -> Task<Response> {
      co_return TextResponse(200, "Hello, world!");
    });
    router_.Get("/big", [](const Request&) -> Task<Response> {
      co_return TextResponse(200, std::string(kBig, 'x'));
    });
    router_.Get("/never", [this](const Request&) -> Task<Response> {
      asked_.Set();
      co_await Try(Sleep(absl::Hours(1)));
      co_return TextResponse(200, "late");
    });
  }

  // Runs `client` against a server that lives as long.
  absl::Status RunClient(std::function<Task<>(CurlClient&)> client) {
    return ::Run(loop_, [](auto& test, auto body) -> Task<> {
      test.listener_.emplace(
          co_await Try(TcpListener::Listen(Endpoint::Loopback(0))));
      co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
        nursery.Start([&test] { return test.Serve(); });
        const absl::Status status = co_await WithCurl(std::move(body));
        nursery.Cancel();
        co_return status;
      });
    }(*this, std::move(client)));
  }
  Task<> Serve() {
    co_return co_await ::Serve(
        *listener_, stop_, {.grace = absl::ZeroDuration()},
        [this](TcpStream&& stream) { return http_.Serve(stream); });
  }
  static std::string UrlOf(const TcpListener& server, absl::string_view path) {
    return absl::StrCat("http://", server.local_endpoint().ToString(), path);
  }
  std::string Url(absl::string_view path) const {
    return UrlOf(*listener_, path);
  }
  Task<> ExpectHello(CurlClient& curl) {
    const CurlAnswer answer = co_await Try(curl.Get(Url("/hello")));
    EXPECT_EQ(answer.status_code, 200);
    EXPECT_EQ(answer.body, "Hello, world!");
    co_return absl::OkStatus();
  }

  static constexpr size_t kBig = 3000000;

  Router router_;
  HttpServer http_{router_.AsHandler()};
  StopSource stop_;
  Event asked_;  // Somebody has asked for /never.
  std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create(GetParam()).value();
  Loop loop_{system_->MakeEnvironment()};
  std::optional<TcpListener> listener_;  // The loop closes its descriptor.
};

TEST_P(CurlInTheLoopTest, FetchesOnePageAfterTheOther) {
  EXPECT_THAT(RunClient([this](CurlClient& curl) -> Task<> {
                for (int i = 0; i < 3; ++i) co_await Try(ExpectHello(curl));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(CurlInTheLoopTest, FetchesSeveralAtOnce) {
  EXPECT_THAT(RunClient([this](CurlClient& curl) -> Task<> {
                co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
                  for (int i = 0; i < 5; ++i) {
                    nursery.Start([&] { return ExpectHello(curl); });
                    nursery.Start([&]() -> Task<> {
                      const CurlAnswer big =
                          co_await Try(curl.Get(Url("/big")));
                      EXPECT_EQ(big.body.size(), kBig);
                      co_return absl::OkStatus();
                    });
                  }
                  co_return absl::OkStatus();
                });
              }),
              IsOk());
}

TEST_P(CurlInTheLoopTest, CancelsOneAndGoesOnWithTheOthers) {
  EXPECT_THAT(RunClient([this](CurlClient& curl) -> Task<> {
                co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
                  auto never = nursery.Start([&]() -> Task<> {
                    co_await Try(curl.Get(Url("/never")));
                    co_return absl::OkStatus();
                  });
                  co_await Try(asked_.Wait());
                  EXPECT_EQ(curl.watched(), 1);
                  never.Cancel();
                  EXPECT_THAT(co_await never.Join(),
                              StatusIs(absl::StatusCode::kCancelled));
                  EXPECT_EQ(curl.watched(), 0);
                  // Its descriptor is closed; the next one has the number.
                  co_return co_await ExpectHello(curl);
                });
              }),
              IsOk());
}

TEST_P(CurlInTheLoopTest, GivesUpWhenATimeoutAroundItSaysSo) {
  EXPECT_THAT(RunClient([this](CurlClient& curl) -> Task<> {
                EXPECT_THAT(co_await WithTimeout(absl::Milliseconds(20),
                                                 curl.Get(Url("/never"))),
                            StatusIs(absl::StatusCode::kDeadlineExceeded));
                co_return co_await ExpectHello(curl);
              }),
              IsOk());
}

TEST_P(CurlInTheLoopTest, KeepsTheTimeForLibcurlToo) {
  EXPECT_THAT(
      RunClient([this](CurlClient& curl) -> Task<> {
        EXPECT_THAT(
            co_await curl.Get(Url("/never"), absl::Milliseconds(20)),
            StatusIs(absl::StatusCode::kUnavailable, "Timeout was reached"));
        co_return co_await ExpectHello(curl);
      }),
      IsOk());
}

TEST_P(CurlInTheLoopTest, SaysWhyNobodyAnswers) {
  EXPECT_THAT(
      RunClient([](CurlClient& curl) -> Task<> {
        auto nobody = co_await Try(TcpListener::Listen(Endpoint::Loopback(0)));
        nobody.Close();
        EXPECT_THAT(
            co_await curl.Get(UrlOf(nobody, "/hello")),
            StatusIs(absl::StatusCode::kUnavailable, "fetch http://127.0.0.1"));
        co_return absl::OkStatus();
      }),
      IsOk());
}

INSTANTIATE_OVER_BACKENDS(CurlInTheLoopTest);
