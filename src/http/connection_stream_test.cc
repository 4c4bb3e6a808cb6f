// HttpServer and answers that are written in parts.

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Stream = std::function<Task<>(BodyWriter&)>;

class HttpStream : public HttpTest {
 protected:
  // "/s" is answered by `writes`, everything else with its target.
  void BeginWith(Stream writes,
                 std::optional<uint64_t> content_length = std::nullopt) {
    handler_ = [writes = std::move(writes),
                content_length](const Request& request) -> Task<Response> {
      if (request.path != "/s") co_return co_await SayTarget(request);
      Response response;
      response.stream = writes;
      response.content_length = content_length;
      co_return response;
    };
    options_.on_error = [this](const absl::Status& status) {
      errors_.push_back(status);
    };
    Begin();
  }

  static Task<> TwoParts(BodyWriter& body) {
    co_await Try(body.Write("one "));
    co_return co_await body.Write("two");
  }
  static Task<> OnePartAndFailure(BodyWriter& body) {
    co_await Try(body.Write("one "));
    co_return absl::DataLossError("the disk is gone");
  }

  std::vector<absl::Status> errors_;
};

// --- Framing ----------------------------------------------------------------

TEST_P(HttpStream, SendsPartsAsChunks) {
  BeginWith(TwoParts);
  Say(Get("/s"));
  EXPECT_EQ(received_,
            "HTTP/1.1 200 OK\r\n"
            "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
            "Transfer-Encoding: chunked\r\n"
            "\r\n"
            "4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpStream, SendsPartsAsTheyAreIfTheirLengthIsSaid) {
  BeginWith(TwoParts, 7);
  Say(Get("/s"));
  EXPECT_THAT(received_, EndsWith("Content-Length: 7\r\n\r\none two"));
  EXPECT_EQ(ending_, "open");
}

// HTTP/1.0 knows no chunks: the end of the connection is the end.
TEST_P(HttpStream, SendsToHttp10UntilItCloses) {
  BeginWith(TwoParts);
  Say("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) one two"));
  EXPECT_THAT(received_, Not(HasSubstr("chunked")));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpStream, KeepsHttp10IfTheLengthIsSaid) {
  BeginWith(TwoParts, 7);
  Say("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (keep-alive) one two"));
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpStream, DoesNotBeginForHead) {
  int begun = 0;
  BeginWith([&](BodyWriter& body) {
    ++begun;
    return TwoParts(body);
  });
  Say("HEAD /s HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(received_, EndsWith("Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_EQ(begun, 0);
  received_.clear();
  Say(Get("/b"));
  EXPECT_THAT(Answers(), ElementsAre("200 /b"));
}

TEST_P(HttpStream, DoesNotBeginWhereThereIsNoBody) {
  handler_ = [](const Request&) -> Task<Response> {
    Response response;
    response.status_code = 204;
    response.stream = TwoParts;
    co_return response;
  };
  Begin();
  Say(absl::StrCat(Get("/a"), Get("/b")));
  EXPECT_THAT(Answers(), ElementsAre("204 ", "204 "));
}

TEST_P(HttpStream, SendsTrailers) {
  BeginWith([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("a"));
    co_return body.SetTrailer("Sum", "1");
  });
  Say(Get("/s"));
  EXPECT_THAT(received_, EndsWith("1\r\na\r\n0\r\nSum: 1\r\n\r\n"));
}

TEST_P(HttpStream, TakesItsPlaceAmongTheAnswers) {
  BeginWith(TwoParts);
  Say(absl::StrCat(Get("/1"), Get("/s"), Get("/2"), Get("/s"), Get("/3")));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 one two", "200 /2",
                                     "200 one two", "200 /3"));
}

// --- When -------------------------------------------------------------------

TEST_P(HttpStream, SendsEachPartWhenItIsWritten) {
  BeginWith([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("one "));
    co_await Try(Sleep(absl::Seconds(5)));
    co_return co_await body.Write("two");
  });
  Say(absl::StrCat(Get("/1"), Get("/s")));
  EXPECT_THAT(received_, EndsWith("\r\n\r\n4\r\none \r\n"));
  world_.Pass(absl::Seconds(5));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 one two"));
}

TEST_P(HttpStream, WaitsForAClientThatDoesNotReadAndThenCutsItOff) {
  int written = 0;
  handler_ = [&](const Request&) -> Task<Response> {
    Response response;
    response.stream = [&](BodyWriter& body) -> Task<> {
      for (; written < 1000; ++written) {
        co_await Try(body.Write(std::string(1000, 'a')));
      }
      co_return absl::OkStatus();
    };
    co_return response;
  };
  BeginWithoutReading();
  Say(Get("/a"));
  const int buffered = written;
  EXPECT_LT(buffered, 200);
  world_.Pass(options_.write_timeout / 2);
  EXPECT_EQ(written, buffered);
  EXPECT_THAT(Served(), StatusIs(kLate));
  StartReading();
  world_.Pass(kWhile);
  EXPECT_EQ(ending_, "reset");
}

// --- It fails ---------------------------------------------------------------

// No last chunk, so that half a body is not taken for a whole one.
TEST_P(HttpStream, ThatFailsCutsTheAnswerOff) {
  BeginWith(OnePartAndFailure);
  Say(absl::StrCat(Get("/s"), Get("/b")));
  EXPECT_THAT(received_, EndsWith("4\r\none \r\n"));
  EXPECT_NE(ending_, "open");
  EXPECT_THAT(errors_, ElementsAre(StatusIs(absl::StatusCode::kDataLoss)));
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpStream, ThatFailsCutsAnAnswerOfKnownLengthOff) {
  BeginWith(OnePartAndFailure, 7);
  Say(Get("/s"));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_EQ(ending_, "closed");
}

// There a close would be a good end.
TEST_P(HttpStream, ThatFailsEndsAnAnswerToHttp10WithAReset) {
  BeginWith(OnePartAndFailure);
  Say("GET /s HTTP/1.0\r\n\r\n");
  EXPECT_EQ(ending_, "reset");
}

TEST_P(HttpStream, ThatThrowsCutsTheAnswerOff) {
  BeginWith([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("one "));
    throw std::runtime_error("thrown");
  });
  Say(Get("/s"));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_THAT(errors_,
              ElementsAre(StatusIs(absl::StatusCode::kInternal, "thrown")));
}

TEST_P(HttpStream, ThatFailsBeforeItsFirstPartIsAnsweredWithA500) {
  BeginWith([](BodyWriter&) -> Task<> {
    co_return absl::DataLossError("there is no disk");
  });
  Say(absl::StrCat(Get("/1"), Get("/s"), Get("/2")));
  EXPECT_THAT(
      Answers(),
      ElementsAre("200 /1", "500 500 Internal Server Error\n", "200 /2"));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(absl::StatusCode::kDataLoss)));
}

TEST_P(HttpStream, ThatWritesLessThanIsSaidCutsTheAnswerOff) {
  BeginWith(TwoParts, 8);
  Say(Get("/s"));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_NE(ending_, "open");
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kPrecondition, "ends after 7")));
}

TEST_P(HttpStream, ThatWritesNoneOfWhatIsSaidIsAnsweredWithA500) {
  BeginWith([](BodyWriter&) -> Task<> { co_return absl::OkStatus(); }, 7);
  Say(absl::StrCat(Get("/s"), Get("/b")));
  EXPECT_THAT(Answers(),
              ElementsAre("500 500 Internal Server Error\n", "200 /b"));
}

// The client has all that it was promised, and nothing that follows is taken
// for another answer.
TEST_P(HttpStream, ThatWritesMoreThanIsSaidEndsTheConnection) {
  BeginWith(TwoParts, 4);
  Say(absl::StrCat(Get("/s"), Get("/b")));
  EXPECT_THAT(received_, EndsWith("\r\n\r\none "));
  EXPECT_NE(ending_, "open");
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kPrecondition, "content_length")));
}

TEST_P(HttpStream, EndsWithTheClient) {
  BeginWith([](BodyWriter& body) -> Task<> {
    while (true) {
      co_await Try(body.Write("tick "));
      co_await Try(Sleep(absl::Seconds(1)));
    }
  });
  Say(Get("/s"));
  near_->Abort();
  EXPECT_THAT(Served(), StatusIs(kUnavailable));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_P(HttpStream, IsToldOfWithAllItsBytes) {
  std::vector<std::string> told;
  options_.on_exchange = [&](const Exchange& exchange) {
    told.push_back(
        absl::StrCat(exchange.request->target, " ", exchange.body_bytes));
  };
  BeginWith(TwoParts);
  Say(absl::StrCat(Get("/s"), Get("/s?")));
  EXPECT_THAT(told, ElementsAre("/s 7", "/s? 7"));
}

// --- Stopped and cancelled --------------------------------------------------

TEST_P(HttpStream, MayGoOnAfterAStop) {
  options_.stop = &stop_;
  BeginWith([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("one "));
    co_await Try(Sleep(absl::Seconds(5)));
    co_return co_await body.Write("two");
  });
  Say(Get("/s"));
  stop_.Stop();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(), ElementsAre("200 one two"));
}

TEST_P(HttpStream, IsCutOffByACancel) {
  BeginWith([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("one "));
    co_return co_await Sleep(absl::Hours(1));
  });
  Say(Get("/s"));
  serving_->Cancel();
  EXPECT_THAT(Served(), StatusIs(kCancelled));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_THAT(errors_, IsEmpty());
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpStream);

// --- Both ways at once ------------------------------------------------------

class HttpEcho : public HttpTest {
 protected:
  void SetUp() override { handler_ = Echo; }
};

TEST_P(HttpEcho, SendsEachPartBackWhileTheOthersAreStillToCome) {
  Begin();
  Say(PostChunks("/a", "2\r\nhe\r\n"));
  EXPECT_THAT(received_, EndsWith("\r\n\r\n2\r\nhe\r\n"));
  Say("3\r\nllo\r\n");
  EXPECT_THAT(received_, EndsWith("2\r\nhe\r\n3\r\nllo\r\n"));
  Say("0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 hello"));
  EXPECT_EQ(ending_, "open");
}

TEST_P(HttpEcho, GoesOnWithTheNextRequest) {
  Begin();
  Say(absl::StrCat(Post("/a", "one"), PostChunks("/a", "3\r\ntwo\r\n0\r\n\r\n"),
                   Post("/a", "three")));
  EXPECT_THAT(Answers(), ElementsAre("200 one", "200 two", "200 three"));
}

TEST_P(HttpEcho, NeedsNoMoreMemoryForALargeBody) {
  Begin();
  auto writes = Writes(Post("/a", Pattern(kTooMuch)));
  EXPECT_THAT(EndOf(writes), IsOk());
  world_.Pass(absl::Seconds(10));
  EXPECT_TRUE(Answers() == std::vector<std::string>{
                               absl::StrCat("200 ", Pattern(kTooMuch))});
}

// Neither its answer nor its body gets further than the buffers on the way.
TEST_P(HttpEcho, StopsAClientThatDoesNotReadFromSending) {
  BeginWithoutReading();
  auto writes = Writes(Post("/a", Pattern(kTooMuch)));
  world_.Pass(options_.write_timeout - kWhile);
  EXPECT_FALSE(writes.ended());
  StartReading();
  EXPECT_THAT(EndOf(writes), IsOk());
}

TEST_P(HttpEcho, OfAMalformedBodyIsRefusedIfNothingWasSent) {
  Begin();
  Say(PostChunks("/a", "x\r\n"));
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("400 (close) 400 Bad")));
}

TEST_P(HttpEcho, OfABodyThatGoesWrongIsCutOff) {
  int errors = 0;
  options_.on_error = [&](const absl::Status&) { ++errors; };
  Begin();
  Say(PostChunks("/a", "2\r\nhe\r\nx\r\n"));
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_NE(ending_, "open");
  EXPECT_EQ(errors, 0);  // It is the client's.
}

TEST_P(HttpEcho, OfABodyThatEndsTooEarlyIsCutOff) {
  Begin();
  Say(PostChunks("/a", "2\r\nhe\r\n"));
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
}

// An answer that is complete, and a body that is not.
TEST_P(HttpEcho, ThatStopsInTheMiddleEndsTheConnectionBehindItsAnswer) {
  handler_ = [](const Request& request) -> Task<Response> {
    Response response;
    response.stream = [body = request.body](BodyWriter& writer) -> Task<> {
      char room[2];
      (void)co_await Try(body->Read(absl::MakeSpan(room)));
      co_return co_await writer.Write(absl::string_view(room, 2));
    };
    co_return response;
  };
  Begin();
  Say(PostChunks("/a", "5\r\nhello\r\n"));
  EXPECT_THAT(Answers(), ElementsAre("200 he"));
  EXPECT_EQ(ending_, "closed");
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpEcho);

}  // namespace
}  // namespace cloche
