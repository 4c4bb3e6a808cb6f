// HttpServer and the system calls that it makes: few, and none twice.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class HttpCalls : public HttpTest {
 protected:
  // Says it, and gives what that cost the server: "1 recv, 1 send, 0
  // epoll_ctl".
  std::string CallsFor(const std::string& requests) {
    const uint64_t receives = Count(CallKind::kRecv);
    const uint64_t sends = Count(CallKind::kSend);
    const uint64_t controls = Count(CallKind::kEpollCtl);
    Say(requests);
    return absl::StrCat(Count(CallKind::kRecv) - receives, " recv, ",
                        Count(CallKind::kSend) - sends, " send, ",
                        Count(CallKind::kEpollCtl) - controls, " epoll_ctl");
  }
  // The same for what comes in one piece. kqueue does not tell of out-of-band
  // bytes, so a receive that stops short proves nothing there, and one more has
  // to hear EAGAIN.
  static std::string OneReceiveAnd(int sends) {
    const int receives = GetParam() == BackendKind::kKqueue ? 2 : 1;
    return absl::StrCat(receives, " recv, ", sends, " send, 0 epoll_ctl");
  }

 private:
  uint64_t Count(CallKind kind) { return server_.kernel().CallCount(kind); }
};

TEST_P(HttpCalls, AreOneReceiveAndOneSendForAnExchange) {
  Begin();
  Say(Get("/first"));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(CallsFor(Get("/a")), OneReceiveAnd(1));
  }
}

TEST_P(HttpCalls, AreOneReceiveAndOneSendForABodyThatComesWithItsHead) {
  handler_ = SayBody;
  Begin();
  Say(Get("/first"));
  EXPECT_EQ(CallsFor(Post("/a", "hello")), OneReceiveAnd(1));
  EXPECT_EQ(CallsFor(PostChunks("/a", "1\r\na\r\n0\r\n\r\n")),
            OneReceiveAnd(1));
}

TEST_P(HttpCalls, AreOneSendForAStreamedAnswerOfOnePartAndKnownLength) {
  handler_ = Echo;
  Begin();
  Say(Post("/first", "a"));
  EXPECT_EQ(CallsFor(Post("/a", "hello")), OneReceiveAnd(1));
}

TEST_P(HttpCalls, AreOneSendForAPipelineOfRequests) {
  Begin();
  Say(Get("/first"));
  std::string requests;
  for (int i = 0; i < 16; ++i) requests += Get("/a");
  EXPECT_EQ(CallsFor(requests), OneReceiveAnd(1));
  EXPECT_THAT(Answers(), SizeIs(17));
}

TEST_P(HttpCalls, AreOneSendForAnswersAndTheRefusalBehindThem) {
  Begin();
  Say(Get("/first"));
  EXPECT_THAT(CallsFor(absl::StrCat(Get("/a"), Get("/b"), "x\r\n")),
              HasSubstr(", 1 send"));
  EXPECT_THAT(Answers(), SizeIs(4));
}

TEST_P(HttpCalls, AreMoreSendsForAnswersThatAreMoreThanIsKeptBack) {
  handler_ = [](const Request&) -> Task<Response> {
    co_return TextResponse(200, std::string(10000, 'a'));
  };
  Begin();
  Say(Get("/first"));
  EXPECT_EQ(CallsFor(absl::StrCat(Get("/1"), Get("/2"), Get("/3"), Get("/4"))),
            OneReceiveAnd(2));
  EXPECT_THAT(Answers(), SizeIs(5));
}

TEST_P(HttpCalls, AreTwoSendsForALargeBodyWhichIsNotCopied) {
  handler_ = [](const Request&) -> Task<Response> {
    co_return TextResponse(200, Pattern(30000));
  };
  Begin();
  Say(Get("/first"));
  EXPECT_EQ(CallsFor(Get("/a")), OneReceiveAnd(2));
  EXPECT_THAT(Answers(), Each(absl::StrCat("200 ", Pattern(30000))));
}

// --- Answers that are kept back ---------------------------------------------

TEST_P(HttpCalls, OfASlowHandlerDoNotHoldBackTheAnswersBefore) {
  handler_ = [](const Request& request) -> Task<Response> {
    if (request.path == "/slow") co_await Try(Sleep(absl::Seconds(5)));
    co_return co_await SayTarget(request);
  };
  Begin();
  Say(absl::StrCat(Get("/1"), Get("/2"), Get("/slow"), Get("/3")));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 /2"));
  world_.Pass(absl::Seconds(5));
  EXPECT_THAT(Answers(),
              ElementsAre("200 /1", "200 /2", "200 /slow", "200 /3"));
}

TEST_P(HttpCalls, OfAHandlerThatWaitsForItsBodyDoNotHoldBackTheAnswersBefore) {
  handler_ = SayBody;
  Begin();
  const std::string post = Post("/a", "hello");
  Say(absl::StrCat(Get("/1"), post.substr(0, post.size() - 1)));
  EXPECT_THAT(Answers(), ElementsAre("200 "));
  Say("o");
  EXPECT_THAT(Answers(), ElementsAre("200 ", "200 hello"));
}

// What is sent early must not be sent again, nor anything before it.
TEST_P(HttpCalls, SendEachAnswerOnceThoughTheClientReadsSlowly) {
  handler_ = [](const Request& request) -> Task<Response> {
    if (request.path == "/slow") co_await Try(Sleep(absl::Seconds(1)));
    co_return TextResponse(200, Pattern(5000));
  };
  BeginWithoutReading();
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += Get("/a") + Get("/a") + Get("/slow");
  }
  Say(requests);
  world_.Pass(absl::Seconds(10));
  StartReading();
  world_.Pass(absl::Seconds(20));
  EXPECT_THAT(Answers(), SizeIs(60));
  EXPECT_THAT(Answers(), Each(absl::StrCat("200 ", Pattern(5000))));
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpCalls);

}  // namespace
}  // namespace cloche
