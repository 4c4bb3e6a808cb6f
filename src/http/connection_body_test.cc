// HttpServer and the bodies of requests: where they end, what is behind them,
// and what becomes of those that are too long, too slow, malformed, cut off.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kHello[] = "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nSum: 5\r\n\r\n";

class HttpBody : public HttpTest {
 protected:
  void SetUp() override { handler_ = SayBody; }

  // Requests of both kinds whose body is "hello".
  static std::vector<std::string> Hellos() {
    return {Post("/a", "hello"), PostChunks("/a", kHello)};
  }
};

// --- Where it ends ----------------------------------------------------------

TEST_P(HttpBody, IsReadByTheHandler) {
  Begin();
  for (const std::string& request : Hellos()) Say(request);
  EXPECT_THAT(Answers(), ElementsAre("200 hello", "200 hello"));
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpBody, MayBeEmpty) {
  Begin();
  Say(absl::StrCat(Post("/a", ""), PostChunks("/a", "0\r\n\r\n"), Get("/a")));
  EXPECT_THAT(Answers(), ElementsAre("200 ", "200 ", "200 "));
}

TEST_P(HttpBody, IsTheSameWhereverItIsSplit) {
  Begin();
  for (const std::string& request : Hellos()) {
    for (size_t split = 1; split < request.size(); ++split) {
      received_.clear();
      Say(request.substr(0, split));
      EXPECT_THAT(Answers(), IsEmpty()) << split;
      Say(request.substr(split));
      EXPECT_THAT(Answers(), ElementsAre("200 hello")) << split;
    }
  }
}

TEST_P(HttpBody, MayComeByteByByte) {
  Begin();
  for (const std::string& request : Hellos()) {
    for (const char byte : request) Say(std::string(1, byte));
  }
  EXPECT_THAT(Answers(), ElementsAre("200 hello", "200 hello"));
}

TEST_P(HttpBody, IsFollowedByTheNextRequestWhereverTheyAreSplit) {
  handler_ = [](const Request& request) -> Task<Response> {
    const std::string body = co_await Try(request.body->ReadAll(100));
    co_return TextResponse(200, absl::StrCat(request.target, body));
  };
  Begin();
  const std::string requests =
      absl::StrCat(Hellos()[0], Get("/b"), Hellos()[1], Get("/c"));
  for (size_t split = 1; split < requests.size(); ++split) {
    received_.clear();
    Say(requests.substr(0, split));
    Say(requests.substr(split));
    EXPECT_THAT(Answers(),
                ElementsAre("200 /ahello", "200 /b", "200 /ahello", "200 /c"))
        << split;
  }
}

TEST_P(HttpBody, HasTrailers) {
  handler_ = [](const Request& request) -> Task<Response> {
    (void)co_await Try(request.body->ReadAll(100));
    co_return TextResponse(200, request.body->trailers().at(0).second);
  };
  Begin();
  Say(PostChunks("/a", kHello));
  EXPECT_THAT(Answers(), ElementsAre("200 5"));
}

TEST_P(HttpBody, MayBeLargerThanAllBuffers) {
  Begin();
  auto writes = Writes(Post("/a", Pattern(kTooMuch)));
  EXPECT_THAT(EndOf(writes), IsOk());
  world_.Pass(absl::Seconds(10));
  EXPECT_TRUE(Answers() == std::vector<std::string>{
                               absl::StrCat("200 ", Pattern(kTooMuch))});
}

TEST_P(HttpBody, OfHttp10IsReadToo) {
  Begin();
  Say("POST /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) hello"));
}

// The request is made of views into the buffer.
TEST_P(HttpBody, LeavesItsHeadAloneWhileItArrives) {
  handler_ = [](const Request& request) -> Task<Response> {
    const std::string body = co_await Try(request.body->ReadAll(kTooMuch));
    co_return TextResponse(
        200,
        absl::StrCat(request.target, *request.FindHeader("X"), body.size()));
  };
  Begin();
  std::string chunks;
  for (int i = 0; i < 5000; ++i) chunks += "5\r\n00000\r\n";
  Say(PostChunks("/a", absl::StrCat(chunks, "0\r\n\r\n"), "X: y\r\n"));
  EXPECT_THAT(Answers(), ElementsAre("200 /ay25000"));
}

// --- What is behind it ------------------------------------------------------

TEST_P(HttpBody, ThatIsLongerThanSaidIsTheNextRequestAsFarAsItIsOne) {
  Begin();
  Say(absl::StrCat(Post("/a", "hello"), "and more\r\n"));
  EXPECT_THAT(Answers(),
              ElementsAre("200 hello", StartsWith("400 (close) 400 Bad")));
}

TEST_P(HttpBody, IsSkippedIfTheHandlerDoesNotReadIt) {
  handler_ = SayTarget;
  Begin();
  Say(absl::StrCat(Hellos()[0], Get("/b"), Hellos()[1], Get("/c")));
  EXPECT_THAT(Answers(), ElementsAre("200 /a", "200 /b", "200 /a", "200 /c"));
}

TEST_P(HttpBody, IsSkippedFromWhereTheHandlerStoppedReading) {
  handler_ = [](const Request& request) -> Task<Response> {
    char room[2];
    (void)co_await Try(request.body->Read(absl::MakeSpan(room)));
    co_return TextResponse(200, std::string(room, 2));
  };
  Begin();
  Say(absl::StrCat(Hellos()[0], Hellos()[1]));
  EXPECT_THAT(Answers(), ElementsAre("200 he", "200 he"));
}

// How much more there is to come, only the client knows.
TEST_P(HttpBody, ThatIsNotThereAndThatNobodyReadEndsTheConnection) {
  handler_ = SayTarget;
  for (const std::string& request : Hellos()) {
    received_.clear();
    Begin();
    Say(request.substr(0, request.size() - 1));
    EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
    EXPECT_EQ(ending_, "closed");
    Say("x");  // It is no reset either.
    EXPECT_THAT(Served(), IsOk());
    near_.reset();
  }
}

// A handler that wants nothing of the body is none that wants it to be sound.
TEST_P(HttpBody, ThatIsMalformedAndThatNobodyReadEndsTheConnection) {
  handler_ = SayTarget;
  Begin();
  Say(PostChunks("/a", "x\r\n"));
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
}

// --- Malformed (RFC 9112 sections 6 and 7.1) ---------------------------------

constexpr char kChunked[] = "Transfer-Encoding: chunked\r\n\r\n";

// Heads and bodies that two programs could see end in different places.
std::vector<std::string> SmugglingShapes() {
  std::vector<std::string> shapes = {
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      "Content-Length: 5, 5\r\n\r\nhello",
      "Content-Length: +5\r\n\r\nhello",
      "Content-Length: -5\r\n\r\nhello",
      "Content-Length: 0x5\r\n\r\nhello",
      "Content-Length: 05\r\n\r\nhello",
      "Content-Length: 5 5\r\n\r\nhello",
      "Content-Length : 5\r\n\r\nhello",
      "Content-Length: 9223372036854775808\r\n\r\nhello",
      "Content-Length: 18446744073709551621\r\n\r\nhello",
      "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  for (const char* body :
       {"+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n", "5;a\nhello\r\n0\r\n\r\n",
        "5;\"\r\nhello\r\n0\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n",
        "0\r\nHost: other\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\nA : b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\nA: b\n\r\n",
        "0\n\n"}) {
    shapes.push_back(absl::StrCat(kChunked, body));
  }
  return shapes;
}

TEST_P(HttpBody, OfAShapeThatSmugglesIsRefusedAndNothingBehindItAnswered) {
  for (const std::string& shape : SmugglingShapes()) {
    SCOPED_TRACE(shape);
    received_.clear();
    ending_ = "open";
    Begin();
    Say(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\n", shape,
                     Get("/smuggled")));
    EXPECT_THAT(Answers(),
                ElementsAre(AnyOf(StartsWith("400 (close) 400 Bad Request: "),
                                  StartsWith("501 (close) 501 Not Impl"))));
    EXPECT_EQ(ending_, "closed");
    EXPECT_THAT(Served(), IsOk());
    near_.reset();
  }
}

TEST_P(HttpBody, ThatIsMalformedIsRefusedBehindTheAnswersBefore) {
  Begin();
  Say(absl::StrCat(Get("/1"), PostChunks("/a", "x\r\n"), Get("/2")));
  EXPECT_THAT(Answers(), ElementsAre("200 ", StartsWith("400 (close) 400")));
}

// --- Cut off ----------------------------------------------------------------

TEST_P(HttpBody, ThatEndsTooEarlyIsRefusedWhereverItEnds) {
  for (const std::string& request : Hellos()) {
    for (size_t size = 1; size < request.size() && !HasFailure(); ++size) {
      SCOPED_TRACE(size);
      received_.clear();
      Begin();
      Say(request.substr(0, size));
      FinishSaying();
      EXPECT_THAT(Served(), IsOk());
      EXPECT_THAT(Answers(), ElementsAre(StartsWith("400 (close) 400 Bad")));
      near_.reset();
    }
  }
}

TEST_P(HttpBody, IsOverWhereverTheClientVanishes) {
  for (const std::string& request : Hellos()) {
    for (size_t size = 1; size < request.size() && !HasFailure(); ++size) {
      SCOPED_TRACE(size);
      BeginWithoutReading();
      Say(request.substr(0, size));
      near_->Abort();
      EXPECT_THAT(Served(), StatusIs(kUnavailable));
      near_.reset();
    }
  }
}

TEST_P(HttpBody, ThatBreaksIsNoFailureOfTheHandler) {
  std::vector<absl::Status> errors;
  options_.on_error = [&](const absl::Status& error) {
    errors.push_back(error);
  };
  Begin();
  Say(PostChunks("/a", "x\r\n"));
  Begin();
  Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  near_->Abort();
  EXPECT_THAT(Served(), StatusIs(kUnavailable));
  EXPECT_THAT(errors, IsEmpty());
}

// --- Too long ---------------------------------------------------------------

class HttpLongBody : public HttpBody {
 protected:
  void SetUp() override {
    options_.max_body_bytes = 5;
    handler_ = [this](const Request& request) {
      ++handled_;
      return SayBody(request);
    };
  }

  int handled_ = 0;
};

TEST_P(HttpLongBody, IsTakenUpToTheLimit) {
  Begin();
  for (const std::string& request : Hellos()) Say(request);
  EXPECT_THAT(Answers(), Each("200 hello"));
}

TEST_P(HttpLongBody, IsRefusedBeforeTheHandlerRunsIfItsLengthIsSaid) {
  Begin();
  Say(absl::StrCat(Post("/a", "hello!"), Get("/smuggled")));
  EXPECT_THAT(Answers(),
              ElementsAre("413 (close) 413 Content Too Large: the body is "
                          "longer than is allowed here\n"));
  EXPECT_EQ(handled_, 0);
}

TEST_P(HttpLongBody, IsRefusedWhereItGrowsTooLong) {
  Begin();
  Say(PostChunks("/a", "5\r\nhello\r\n"));
  EXPECT_THAT(Answers(), IsEmpty());
  Say("1\r\n");
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("413 (close) 413 Content")));
}

// It sends on, as clients do, and reads only then.
TEST_P(HttpLongBody, IsAnsweredThoughTheClientIsStillSendingIt) {
  BeginWithoutReading();
  EXPECT_THAT(EndOf(Writes(Post("/a", Pattern(200000)))), IsOk());
  StartReading();
  world_.Pass(kWhile);
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("413 (close) 413 Content")));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
}

// --- Too slow ---------------------------------------------------------------

using HttpSlowBody = HttpBody;

constexpr char kTooSlow[] =
    "408 (close) 408 Request Timeout: the body took too long to arrive\n";

TEST_P(HttpSlowBody, IsRefusedAfterItsTimeout) {
  Begin();
  Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(), ElementsAre(kTooSlow));
  EXPECT_GT(served_for_, options_.body_timeout);
  EXPECT_LT(served_for_, options_.body_timeout + absl::Seconds(2));
}

TEST_P(HttpSlowBody, IsRefusedAlsoIfAByteComesNowAndThen) {
  options_.body_timeout = absl::Seconds(5);
  Begin();
  Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n");
  for (int i = 0; i < 10 && Answers().empty(); ++i) {
    Say("a");
    world_.Pass(absl::Milliseconds(900));
  }
  EXPECT_THAT(Answers(), ElementsAre(kTooSlow));
}

// --- Backpressure -----------------------------------------------------------

TEST_P(HttpBody, ThatNobodyReadsStopsTheClient) {
  handler_ = [](const Request& request) -> Task<Response> {
    co_await Try(Sleep(absl::Hours(1)));
    co_return co_await SayBody(request);
  };
  BeginWithoutReading();
  auto writes = Writes(Post("/a", Pattern(kTooMuch)));
  world_.Pass(absl::Minutes(50));
  EXPECT_FALSE(writes.ended());
  StartReading();
  EXPECT_THAT(EndOf(writes), IsOk());
  world_.Pass(absl::Minutes(1));
  EXPECT_TRUE(Answers() == std::vector<std::string>{
                               absl::StrCat("200 ", Pattern(kTooMuch))});
}

// --- Stopped ----------------------------------------------------------------

TEST_P(HttpBody, MayArriveAfterAStop) {
  options_.stop = &stop_;
  Begin();
  const std::string request = Hellos()[0];
  Say(request.substr(0, request.size() - 1));
  stop_.Stop();
  Say("o");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) hello"));
  EXPECT_EQ(ending_, "closed");
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpBody);
INSTANTIATE_ON_FAKE_BACKENDS(HttpLongBody);
INSTANTIATE_ON_FAKE_BACKENDS(HttpSlowBody);

}  // namespace
}  // namespace cloche
