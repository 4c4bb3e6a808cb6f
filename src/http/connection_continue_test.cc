// HttpServer and clients that wait for "100 Continue" before they send a body
// (RFC 9110 section 10.1.1).

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kExpect[] = "Expect: 100-continue\r\n";
constexpr char kContinue[] = "100 ";

class HttpContinue : public HttpTest {
 protected:
  void SetUp() override { handler_ = SayBody; }

  // The head alone of a request with a body of five bytes.
  static std::string HeadOfPost(absl::string_view headers = kExpect) {
    const std::string post = Post("/a", "hello", headers);
    return post.substr(0, post.size() - 5);
  }
};

TEST_P(HttpContinue, IsSentWhenTheHandlerReads) {
  Begin();
  Say(HeadOfPost());
  EXPECT_EQ(received_, "HTTP/1.1 100 Continue\r\n\r\n");
  Say("hello");
  EXPECT_THAT(Answers(), ElementsAre(kContinue, "200 hello"));
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpContinue, IsSentForABodyInChunksToo) {
  Begin();
  Say(PostChunks("/a", "", kExpect));
  Say("5\r\nhello\r\n0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre(kContinue, "200 hello"));
}

TEST_P(HttpContinue, IsNotSentBeforeTheHandlerReads) {
  handler_ = [](const Request& request) -> Task<Response> {
    co_await Try(Sleep(absl::Seconds(1)));
    co_return co_await SayBody(request);
  };
  Begin();
  Say(HeadOfPost());
  EXPECT_THAT(Answers(), IsEmpty());
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(Answers(), ElementsAre(kContinue));
}

TEST_P(HttpContinue, IsSentOnceThoughTheBodyComesInParts) {
  Begin();
  Say(HeadOfPost());
  for (const char* part : {"h", "el", "lo"}) Say(part);
  EXPECT_THAT(Answers(), ElementsAre(kContinue, "200 hello"));
}

TEST_P(HttpContinue, IsSentForEachRequestThatExpectsIt) {
  Begin();
  for (int i = 0; i < 2; ++i) {
    Say(HeadOfPost());
    Say("hello");
  }
  EXPECT_THAT(Answers(),
              ElementsAre(kContinue, "200 hello", kContinue, "200 hello"));
}

TEST_P(HttpContinue, ComesBehindTheAnswersToEarlierRequests) {
  Begin();
  Say(absl::StrCat(Get("/1"), Get("/2"), HeadOfPost()));
  EXPECT_THAT(Answers(), ElementsAre("200 ", "200 ", kContinue));
}

// --- It is not sent where nobody needs it -----------------------------------

TEST_P(HttpContinue, IsNotSentIfTheBodyHasCome) {
  Begin();
  Say(Post("/a", "hello", kExpect));
  EXPECT_THAT(Answers(), ElementsAre("200 hello"));
}

TEST_P(HttpContinue, IsNotSentIfTheBodyHasBegun) {
  Begin();
  Say(absl::StrCat(HeadOfPost(), "he"));
  Say("llo");
  EXPECT_THAT(Answers(), ElementsAre("200 hello"));
}

TEST_P(HttpContinue, IsNotSentIfTheBodyHasComeMeanwhile) {
  handler_ = [](const Request& request) -> Task<Response> {
    co_await Try(Sleep(absl::Seconds(1)));
    co_return co_await SayBody(request);
  };
  Begin();
  Say(HeadOfPost());
  Say("hello");
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(Answers(), ElementsAre("200 hello"));
}

TEST_P(HttpContinue, IsNotSentIfThereIsNoBody) {
  Begin();
  Say(Post("/a", "", kExpect));
  EXPECT_THAT(Answers(), ElementsAre("200 "));
}

TEST_P(HttpContinue, IsNotSentToHttp10) {
  Begin();
  Say("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_THAT(Answers(), IsEmpty());
  Say("hello");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) hello"));
}

TEST_P(HttpContinue, IsNotSentForABodyThatIsTooLong) {
  options_.max_body_bytes = 4;
  Begin();
  Say(HeadOfPost());
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("413 (close) 413 Content")));
}

TEST_P(HttpContinue, IsNotSentIfTheHandlerWantsLessThanIsSaid) {
  handler_ = [](const Request& request) -> Task<Response> {
    co_return TextResponse(200, co_await Try(request.body->ReadAll(4)));
  };
  Begin();
  Say(HeadOfPost());
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("413 (close) 413 Content")));
}

TEST_P(HttpContinue, IsNotSentForAnotherExpectation) {
  Begin();
  Say(HeadOfPost("Expect: the-unexpected\r\n"));
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("417 (close) 417 Expect")));
}

// --- A handler that does not read -------------------------------------------

// The client may send the body all the same: what comes next is not known.
TEST_P(HttpContinue, IsNotSentByAHandlerThatDoesNotReadWhichEndsTheConnection) {
  handler_ = SayTarget;
  Begin();
  Say(HeadOfPost());
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpContinue, IsSentByAnAnswersStreamBeforeItsFirstPart) {
  handler_ = Echo;
  Begin();
  Say(HeadOfPost());
  Say("hello");
  EXPECT_THAT(Answers(), ElementsAre(kContinue, "200 hello"));
  EXPECT_EQ(ending_, "open");
}

// In the middle of an answer it would be a part of it.
TEST_P(HttpContinue, CannotBeSentByAnAnswersStreamAfterItsFirstPart) {
  handler_ = [](const Request& request) -> Task<Response> {
    Response response;
    response.stream = [body = request.body](BodyWriter& writer) -> Task<> {
      co_await Try(writer.Write("first "));
      co_return co_await SendBack(*body, writer);
    };
    co_return response;
  };
  Begin();
  Say(HeadOfPost());
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_EQ(HeaderIn(received_, "Connection"), "close");
  EXPECT_THAT(Served(), StatusIs(kPrecondition, "read before the answer's"));
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpContinue);

}  // namespace
}  // namespace cloche
