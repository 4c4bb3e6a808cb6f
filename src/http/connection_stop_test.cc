// HttpServer asked to stop, which lets it finish, and cancelled, which does
// not.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"
#include "cloche/testing/event_log.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

constexpr char kBad[] = "GET\r\n\r\n";

// --- Stopped ----------------------------------------------------------------

class HttpStop : public HttpTest {
 protected:
  void SetUp() override { options_.stop = &stop_; }
};

TEST_P(HttpStop, EndsAConnectionThatHasHadNoRequestAtOnce) {
  Begin();
  world_.Pass(absl::Seconds(10));
  stop_.Stop();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, absl::Seconds(10));
  EXPECT_EQ(received_, "");
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpStop, EndsAConnectionBetweenTwoRequestsAtOnce) {
  Begin();
  Say(Get("/a"));
  stop_.Stop();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kWhile);
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpStop, LetsARunningHandlerFinishAndTellsTheClient) {
  handler_ = SayTargetAfter(absl::Seconds(5));
  Begin();
  Say(Get("/a"));
  stop_.Stop();
  world_.Pass(absl::Seconds(5));
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
}

// The client may not know yet, and send another one.
TEST_P(HttpStop, LeavesLaterRequestsUnansweredAndIsNoReset) {
  handler_ = SayTargetAfter(absl::Seconds(5));
  Begin();
  Say(absl::StrCat(Get("/a"), Get("/b")));
  stop_.Stop();
  Say(Get("/c"));
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_EQ(served_for_, kOneWay + absl::Seconds(5) + options_.linger_timeout);
}

TEST_P(HttpStop, LetsAHeadThatHasBegunArriveAndAnswersIt) {
  Begin();
  Say("GET /a HTTP/1.1\r\n");
  stop_.Stop();
  world_.Pass(absl::Seconds(5));
  Say("Host: h\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
}

TEST_P(HttpStop, LetsAnAnswerThatIsBeingSentArrive) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  stop_.Stop();
  world_.Pass(kWhile);
  StartReading();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_TRUE(Answers()[0] == absl::StrCat("200 ", Pattern(kTooMuch)));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpStop, ThatCameBeforeTheConnectionLetsNothingBegin) {
  stop_.Stop();
  Begin();
  Say(Get("/a"));
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(received_, "");
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpStop);

// --- Cancelled --------------------------------------------------------------

class HttpCancel : public HttpTest {
 protected:
  void SetUp() override {
    options_.on_exchange = [this](const Exchange&) { ++exchanges_; };
    options_.on_error = [this](const absl::Status&) { ++errors_; };
  }

  int exchanges_ = 0;
  int errors_ = 0;
};

TEST_P(HttpCancel, EndsAnIdleConnection) {
  Begin();
  Say(Get("/a"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpCancel, InTheMiddleOfAHeadAnswersNothing) {
  Begin();
  Say("GET /a");
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_EQ(received_, "");
}

// There is no answer, so none is told of; nor is its cancellation an error.
TEST_P(HttpCancel, OfARunningHandlerAnswersNothing) {
  EventLog log;
  handler_ = [&](const Request& request) -> Task<Response> {
    const EventLog::Local local(log, "the handler's local");
    co_await Try(Sleep(absl::Hours(1)));
    co_return co_await SayTarget(request);
  };
  Begin();
  Say(Get("/a"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_THAT(log.events(), ElementsAre("~the handler's local"));
  EXPECT_EQ(received_, "");
  EXPECT_EQ(exchanges_, 0);
  EXPECT_EQ(errors_, 0);
}

TEST_P(HttpCancel, OfAHandlerThatAnswersAllTheSameSendsNothing) {
  handler_ = [](const Request& request) -> Task<Response> {
    (void)co_await Sleep(absl::Hours(1));
    co_return co_await SayTarget(request);
  };
  Begin();
  Say(Get("/a"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_EQ(received_, "");
  EXPECT_EQ(exchanges_, 0);
}

// The mistake is the client's, who cannot be told of it any more.
TEST_P(HttpCancel, OfAHandlerThatPassesOnAMalformedBodyIsNoFailure) {
  handler_ = [](const Request& request) -> Task<Response> {
    const absl::StatusOr<std::string> body =
        co_await request.body->ReadAll(100);
    (void)co_await Sleep(absl::Hours(1));
    co_return body.status();
  };
  Begin();
  Say(PostChunks("/a", "x\r\n"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_EQ(errors_, 0);
}

// Nor is it if the answer has begun.
TEST_P(HttpCancel, OfAStreamThatPassesOnAMalformedBodyIsNoFailure) {
  handler_ = [](const Request& request) -> Task<Response> {
    Response response;
    response.stream = [body = request.body](BodyWriter&) -> Task<> {
      const absl::StatusOr<std::string> all = co_await body->ReadAll(100);
      (void)co_await Sleep(absl::Hours(1));
      co_return all.status();
    };
    co_return response;
  };
  Begin();
  Say(PostChunks("/a", "x\r\n"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
}

TEST_P(HttpCancel, OfAHandlerThatFailsInItsCleanupLosesNoFailure) {
  handler_ = [](const Request&) -> Task<Response> {
    (void)co_await Sleep(absl::Hours(1));
    co_return absl::DataLossError("the cleanup failed");
  };
  Begin();
  Say(Get("/a"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(absl::StatusCode::kDataLoss, "the cleanup"));
}

// Half an answer is worth nothing, but its Content-Length says that it is half.
TEST_P(HttpCancel, InTheMiddleOfAnAnswerCutsItOff) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled, "fit only to be closed"));
  StartReading();
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_EQ(exchanges_, 1);
}

TEST_P(HttpCancel, EndsALingeringConnection) {
  options_.linger_timeout = absl::Hours(1);
  Begin();
  Say(kBad);
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_EQ(served_for_, kWhile);
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpCancel);

}  // namespace
}  // namespace cloche
