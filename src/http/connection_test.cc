// HttpServer while all goes well: one answer for each request, in order, and
// who closes the connection when.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using HttpConnection = HttpTest;
using HttpPipeline = HttpTest;
using HttpClose = HttpTest;

// --- One after the other ----------------------------------------------------

TEST_P(HttpConnection, AnswersARequest) {
  Begin();
  Say(Get("/a"));
  EXPECT_EQ(received_,
            "HTTP/1.1 200 OK\r\n"
            "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
            "Content-Length: 2\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "\r\n"
            "/a");
}

TEST_P(HttpConnection, DatesAnswersByTheWallClock) {
  world_.clock().JumpWallClock(absl::Hours(-25));
  Begin();
  Say(Get("/a"));
  EXPECT_THAT(received_, HasSubstr("Date: Sun, 30 Dec 2029 23:00:00 GMT\r\n"));
}

TEST_P(HttpConnection, StaysForTheNextRequest) {
  Begin();
  Say(Get("/1"));
  Say(Get("/2"));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 /2"));
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpConnection, AnswersARequestWhereverItIsSplit) {
  Begin();
  const std::string request = Get("/a");
  for (size_t split = 1; split < request.size(); ++split) {
    Say(request.substr(0, split));
    EXPECT_THAT(Answers(), IsEmpty()) << split;
    Say(request.substr(split));
    EXPECT_THAT(Answers(), ElementsAre("200 /a")) << split;
    received_.clear();
  }
}

TEST_P(HttpConnection, AnswersARequestThatComesByteByByte) {
  Begin();
  for (const char byte : Get("/a")) Say(std::string(1, byte));
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
}

// Some old clients send one behind each request (RFC 9112 section 2.2).
TEST_P(HttpConnection, TakesNoNoticeOfEmptyLinesBetweenRequests) {
  Begin();
  Say(absl::StrCat("\r\n", Get("/1"), "\r\n\r\n", Get("/2"), "\r\n"));
  Say(Get("/3"));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 /2", "200 /3"));
}

TEST_P(HttpConnection, SendsNoBodyToHeadAndGoesOnBehindIt) {
  Begin();
  Say("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(received_, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(received_, EndsWith("\r\n\r\n"));
  received_.clear();
  Say(Get("/b"));
  EXPECT_THAT(Answers(), ElementsAre("200 /b"));
}

TEST_P(HttpConnection, SendsAnAnswerThatIsLargerThanAllBuffers) {
  handler_ = SayTooMuch;
  Begin();
  Say(Get("/a"));
  world_.Pass(absl::Seconds(10));
  EXPECT_TRUE(Answers() == std::vector<std::string>{
                               absl::StrCat("200 ", Pattern(kTooMuch))});
}

// The request is made of views into the buffer.
TEST_P(HttpConnection, LeavesARequestAloneWhileItsHandlerRuns) {
  handler_ = SayTargetAfter(absl::Seconds(1));
  Begin();
  Say(Get("/first"));
  Say(Get("/other"));
  Say(std::string(5000, 'x'));
  world_.Pass(absl::Seconds(3));
  EXPECT_THAT(Answers(), ElementsAre("200 /first", "200 /other"));
}

// --- Several at once (RFC 9112 section 9.3.2) -------------------------------

std::string ManyRequests(int count) {
  std::string requests;
  for (int i = 0; i < count; ++i) requests += Get(absl::StrCat("/", i));
  return requests;
}

std::vector<std::string> ManyAnswers(int count) {
  std::vector<std::string> answers;
  for (int i = 0; i < count; ++i) answers.push_back(absl::StrCat("200 /", i));
  return answers;
}

TEST_P(HttpPipeline, IsAnsweredInItsOrder) {
  Begin();
  Say(ManyRequests(16));
  EXPECT_EQ(Answers(), ManyAnswers(16));
}

// The first handlers are the slowest.
TEST_P(HttpPipeline, IsAnsweredOneAtATime) {
  int running = 0;
  int most = 0;
  handler_ = [&](const Request& request) -> Task<Response> {
    most = std::max(most, ++running);
    const int number = request.target[1] - '0';
    co_await Try(Sleep(absl::Milliseconds(10 - number)));
    --running;
    co_return co_await SayTarget(request);
  };
  Begin();
  Say(ManyRequests(9));
  EXPECT_EQ(Answers(), ManyAnswers(9));
  EXPECT_EQ(most, 1);
}

// They are 30 KB, the buffer 16: it is moved and filled again and again.
TEST_P(HttpPipeline, MayBeLongerThanTheBuffer) {
  Begin();
  Say(ManyRequests(1000));
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Answers(), ManyAnswers(1000));
}

TEST_P(HttpPipeline, MayEndInTheMiddleOfARequest) {
  Begin();
  const std::string requests = ManyRequests(3);
  Say(requests.substr(0, requests.size() - 5));
  EXPECT_EQ(Answers(), ManyAnswers(2));
  Say(requests.substr(requests.size() - 5));
  EXPECT_EQ(Answers(), ManyAnswers(3));
}

// --- Who closes (RFC 9112 sections 9.3 and 9.6) -----------------------------

TEST_P(HttpClose, FollowsTheAnswerIfTheClientAsked) {
  Begin();
  Say(Get("/a", "Connection: close\r\n"));
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kOneWay);  // Without lingering.
}

TEST_P(HttpClose, FollowsTheAnswerToHttp10) {
  Begin();
  Say("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpClose, DoesNotFollowTheAnswerToHttp10ThatAskedToStay) {
  Begin();
  for (int i = 0; i < 2; ++i) {
    Say("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  }
  EXPECT_THAT(Answers(),
              ElementsAre("200 (keep-alive) /a", "200 (keep-alive) /a"));
  EXPECT_EQ(ending_, "open");
}

// What follows the last request is not answered, and its being there does not
// turn the close into a reset that could overtake the answer.
TEST_P(HttpClose, LeavesLaterRequestsUnansweredAndIsNoReset) {
  Begin();
  Say(absl::StrCat(Get("/a", "Connection: close\r\n"), ManyRequests(1000)));
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpClose, ByHalfOfTheClientComesAfterItsAnswer) {
  handler_ = SayTargetAfter(absl::Seconds(5));
  Begin();
  Say(Get("/a"));
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_EQ(served_for_, kOneWay + absl::Seconds(5));
}

TEST_P(HttpClose, ByHalfOfTheClientComesAfterAllItsAnswers) {
  Begin();
  EXPECT_THAT(NearWrites(ManyRequests(100)), IsOk());
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(Answers(), ManyAnswers(100));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpClose, OfTheClientBeforeAnyRequestIsAnEnd) {
  BeginWithoutReading();
  near_->Close();
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpClose, OfTheClientBetweenTwoRequestsIsAnEnd) {
  Begin();
  Say(Get("/a"));
  near_->Close();
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpClose, OfTheClientByResetBetweenTwoRequestsIsAnEndToo) {
  Begin();
  Say(Get("/a"));
  near_->Abort();
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpClose, OfTheClientAfterAnEmptyLineIsAnEndToo) {
  Begin();
  Say("\r\n\r");
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(received_, "");
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpConnection);
INSTANTIATE_ON_FAKE_BACKENDS(HttpPipeline);
INSTANTIATE_ON_FAKE_BACKENDS(HttpClose);

}  // namespace
}  // namespace cloche
