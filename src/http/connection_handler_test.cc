// HttpServer and its handler: how it may fail, and what is told to whom.

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// One path fails, all others work.
class HttpHandler : public HttpTest {
 protected:
  // `fails` answers "/fails".
  void BeginWith(Handler fails) {
    handler_ = [fails](const Request& request) {
      return request.path == "/fails" ? fails(request) : SayTarget(request);
    };
    options_.on_error = [this](const absl::Status& status) {
      errors_.push_back(status);
    };
    Begin();
  }

  // In its place the client gets a 500 that tells nothing, and goes on; the
  // server's own people are told everything.
  void ExpectFailure(absl::StatusCode code, const char* part_of_message) {
    Say(absl::StrCat(Get("/a"), Get("/fails"), Get("/b")));
    EXPECT_THAT(
        Answers(),
        ElementsAre("200 /a", "500 500 Internal Server Error\n", "200 /b"));
    EXPECT_THAT(errors_, ElementsAre(StatusIs(code, part_of_message)));
    EXPECT_EQ(ending_, "open");
  }

  std::vector<absl::Status> errors_;
};

TEST_P(HttpHandler, ThatFailsCostsItsOwnRequestOnly) {
  BeginWith([](const Request&) -> Task<Response> {
    co_return absl::NotFoundError("the secret file");
  });
  ExpectFailure(absl::StatusCode::kNotFound, "the secret file");
}

TEST_P(HttpHandler, ThatThrowsCostsItsOwnRequestOnly) {
  BeginWith([](const Request&) -> Task<Response> {
    throw std::runtime_error("thrown in a coroutine");
    co_return Response();
  });
  ExpectFailure(absl::StatusCode::kInternal, "thrown in a coroutine");
}

TEST_P(HttpHandler, ThatThrowsBeforeThereIsATaskCostsItsOwnRequestOnly) {
  BeginWith([](const Request&) -> Task<Response> {
    throw std::runtime_error("thrown by a function");
  });
  ExpectFailure(absl::StatusCode::kInternal, "thrown by a function");
}

TEST_P(HttpHandler, ThatIsEmptyCostsItsOwnRequestOnly) {
  BeginWith(Handler());
  ExpectFailure(absl::StatusCode::kInternal, "bad_function_call");
}

// Nobody has cancelled the connection: it is a failure like any other.
TEST_P(HttpHandler, ThatEndsWithACancelledOfItsOwnHasFailed) {
  BeginWith([](const Request&) -> Task<Response> {
    co_return absl::CancelledError("a task that it joined was cancelled");
  });
  ExpectFailure(absl::StatusCode::kCancelled, "a task that it joined");
}

// Whoever chose the value would otherwise add a header, or a whole answer.
TEST_P(HttpHandler, WhoseResponseCannotBeSentHasFailed) {
  BeginWith([](const Request&) -> Task<Response> {
    Response response = TextResponse(302, "");
    response.headers.emplace_back("Location", "/\r\nSet-Cookie: evil");
    co_return response;
  });
  ExpectFailure(absl::StatusCode::kInvalidArgument,
                "response header \"Location\"");
  EXPECT_THAT(received_, Not(HasSubstr("evil")));
}

TEST_P(HttpHandler, MayFailThoughNobodyListens) {
  handler_ = [](const Request&) -> Task<Response> {
    co_return absl::AbortedError("no");
  };
  Begin();
  Say(Get("/a"));
  EXPECT_THAT(Answers(), ElementsAre("500 500 Internal Server Error\n"));
}

TEST_P(HttpHandler, ThatFailsToHeadSendsNoBodyEither) {
  BeginWith([](const Request&) -> Task<Response> {
    co_return absl::AbortedError("no");
  });
  Say("HEAD /fails HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(received_, ::testing::StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(received_, ::testing::EndsWith("\r\n\r\n"));
}

TEST_P(HttpHandler, SeesTheRequestAsItCame) {
  std::string seen;
  handler_ = [&](const Request& request) -> Task<Response> {
    seen = absl::StrCat(request.method, " ", request.path, " ",
                        *request.FindParameter("b"), " ",
                        *request.FindHeader("x-y"));
    co_return Response();
  };
  Begin();
  Say("PUT /a?b=c HTTP/1.1\r\nHost: h\r\nX-Y: \t z \r\n\r\n");
  EXPECT_EQ(seen, "PUT /a c z");
}

// --- What is told of each exchange ------------------------------------------

class HttpExchange : public HttpTest {
 protected:
  void SetUp() override {
    options_.on_exchange = [this](const Exchange& exchange) {
      exchanges_.push_back(absl::StrCat(
          exchange.request == nullptr ? "-" : exchange.request->target, " ",
          exchange.status_code, ", ", exchange.body_bytes, " bytes, ",
          absl::FormatDuration(exchange.duration)));
    };
  }

  std::vector<std::string> exchanges_;
};

TEST_P(HttpExchange, IsToldWithTargetAndCodeAndSizeAndTime) {
  handler_ = SayTargetAfter(absl::Milliseconds(20));
  Begin();
  Say(absl::StrCat(Get("/a?b"), Get("/")));
  EXPECT_THAT(exchanges_,
              ElementsAre("/a?b 200, 4 bytes, 20ms", "/ 200, 1 bytes, 20ms"));
}

TEST_P(HttpExchange, CountsNoBytesThatHeadDidNotGet) {
  Begin();
  Say("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(exchanges_, ElementsAre("/a 200, 0 bytes, 0"));
}

TEST_P(HttpExchange, IsToldOfARefusalWithoutARequest) {
  Begin();
  Say("GET\r\n\r\n");
  EXPECT_THAT(exchanges_, ElementsAre(::testing::StartsWith("- 400, ")));
}

TEST_P(HttpExchange, OfAFailedHandlerSaysWhatTheClientGot) {
  handler_ = [](const Request&) -> Task<Response> {
    co_return absl::AbortedError("no");
  };
  Begin();
  Say(Get("/a"));
  EXPECT_THAT(exchanges_, ElementsAre("/a 500, 26 bytes, 0"));
}

TEST_P(HttpExchange, LastsUntilTheAnswerIsSent) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  world_.Pass(absl::Seconds(9) - kWhile);
  EXPECT_THAT(exchanges_, IsEmpty());
  StartReading();
  world_.Pass(kWhile);
  EXPECT_THAT(exchanges_,
              ElementsAre(::testing::StartsWith("/a 200, 1000000 bytes, 9.0")));
}

TEST_P(HttpExchange, IsToldAlsoIfTheAnswerCouldNotBeSent) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  near_->Abort();
  EXPECT_THAT(Served(), StatusIs(kUnavailable));
  EXPECT_THAT(exchanges_, ElementsAre("/a 200, 1000000 bytes, 100ms"));
}

// Nobody reads while a handler runs: the end is noticed when it is written to.
TEST_P(HttpExchange, WithAClientThatWentAwayIsNoticedWithTheAnswer) {
  handler_ = SayTargetAfter(absl::Seconds(5));
  BeginWithoutReading();
  Say(Get("/a"));
  near_->Abort();
  EXPECT_THAT(Served(), StatusIs(kUnavailable));
  EXPECT_THAT(exchanges_, ElementsAre("/a 200, 2 bytes, 5s"));
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpHandler);
INSTANTIATE_ON_FAKE_BACKENDS(HttpExchange);

}  // namespace
}  // namespace cloche
