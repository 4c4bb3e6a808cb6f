// CheckResponse: what a handler may not send. AppendResponseHead: the exact
// bytes.

#include "cloche/http/response_writer.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/response.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// --- CheckResponse ----------------------------------------------------------

TEST(CheckResponse, TakesFinalStatusCodesOnly) {
  for (const int code : {200, 204, 304, 404, 599}) {
    EXPECT_THAT(CheckResponse(TextResponse(code, "")), IsOk()) << code;
  }
  for (const int code : {-1, 0, 100, 101, 199, 600, 1000}) {
    EXPECT_THAT(CheckResponse(TextResponse(code, "")),
                StatusIs(kInvalid, "a final one is from 200 to 599"))
        << code;
  }
}

absl::Status CheckHeader(std::string name, std::string value) {
  Response response;
  response.headers = {{"Fine", "fine"}, {std::move(name), std::move(value)}};
  return CheckResponse(response);
}

TEST(CheckResponse, TakesOrdinaryHeaders) {
  EXPECT_THAT(CheckHeader("Content-Type", "text/html; charset=\"utf-8\""),
              IsOk());
  EXPECT_THAT(CheckHeader("X", ""), IsOk());
  EXPECT_THAT(CheckHeader("X", "\xc3\xa4\tb"), IsOk());
}

// By a line end in a value, whoever chose the value adds headers of his own,
// or a whole second answer.
TEST(CheckResponse, RefusesControlCharactersInValues) {
  for (const char* value :
       {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\x7f", "\x1b"}) {
    EXPECT_THAT(CheckHeader("Location", value),
                StatusIs(kInvalid, "the value has a control character"));
  }
  EXPECT_THAT(CheckHeader("Location", std::string("a\0b", 3)),
              StatusIs(kInvalid, "the value has a control character"));
}

TEST(CheckResponse, RefusesNamesThatAreNoTokens) {
  for (const char* name : {"", "A B", "A:", "A\r\nB", " A", "\xc3\xa4"}) {
    EXPECT_THAT(CheckHeader(name, "a"),
                StatusIs(kInvalid, "the name has a character that is not"));
  }
}

TEST(CheckResponse, RefusesTheServersOwnHeadersInAnyCase) {
  for (const char* name : {"Connection", "Content-Length", "Date",
                           "Transfer-Encoding", "content-LENGTH"}) {
    EXPECT_THAT(CheckHeader(name, "1"),
                StatusIs(kInvalid, "the server sets this one"));
  }
}

TEST(CheckResponse, RefusesTwoContentTypes) {
  Response response = TextResponse(200, "");
  response.headers = {{"content-type", "text/html"}};
  EXPECT_THAT(CheckResponse(response),
              StatusIs(kInvalid, "content_type is set as well"));
  response.content_type = "";
  EXPECT_THAT(CheckResponse(response), IsOk());
}

TEST(CheckResponse, RefusesAContentTypeWithALineEnd) {
  Response response;
  response.content_type = "text/html\r\nA: b";
  EXPECT_THAT(CheckResponse(response),
              StatusIs(kInvalid, "the value has a control character"));
}

// It goes into logs, which have lines as well.
TEST(CheckResponse, NamesTheHeaderEscaped) {
  EXPECT_THAT(CheckHeader("A\r\nB", ""),
              StatusIs(kInvalid, "response header \"A\\r\\nB\": "));
}

// --- AppendResponseHead
// ---------------------------------------------------------

// The RFC's own.
ResponseContext AtTheRfcsTime() {
  ResponseContext context;
  context.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  return context;
}

// Head and body.
std::string Sent(const Response& response, const ResponseContext& context) {
  ByteBuffer out;
  AppendResponseHead(response, context, out);
  out.Append(SentBody(response, context));
  return std::string(out.data());
}

TEST(AppendResponseHead, WritesHeadAndBody) {
  EXPECT_EQ(Sent(TextResponse(200, "Hello, world!"), AtTheRfcsTime()),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 13\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "\r\n"
            "Hello, world!");
}

TEST(AppendResponseHead, MeasuresAnEmptyBodyToo) {
  EXPECT_EQ(Sent(Response(), AtTheRfcsTime()),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 0\r\n"
            "\r\n");
}

// RFC 9110 section 9.3.2.
TEST(AppendResponseHead, ToHeadMeasuresTheBodyAndLeavesItOut) {
  ResponseContext context = AtTheRfcsTime();
  context.is_head = true;
  EXPECT_EQ(Sent(TextResponse(200, "Hello, world!"), context),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 13\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "\r\n");
}

// RFC 9110 section 8.6. A body all the same would be taken for the beginning
// of the next answer.
TEST(AppendResponseHead, HasNeitherBodyNorLengthWhereThereMayBeNone) {
  Response response;
  response.body = "left out";
  response.status_code = 204;
  EXPECT_EQ(Sent(response, AtTheRfcsTime()),
            "HTTP/1.1 204 No Content\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "\r\n");
  response.status_code = 304;
  EXPECT_EQ(Sent(response, AtTheRfcsTime()),
            "HTTP/1.1 304 Not Modified\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "\r\n");
}

TEST(AppendResponseHead, SaysThatItIsTheLast) {
  ResponseContext context = AtTheRfcsTime();
  context.keep_alive = false;
  EXPECT_EQ(Sent(Response(), context),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Connection: close\r\n"
            "Content-Length: 0\r\n"
            "\r\n");
}

// RFC 9110 section 2.5: the version is the server's own, also to HTTP/1.0.
TEST(AppendResponseHead, TellsAnOldClientThatTheConnectionStays) {
  ResponseContext context = AtTheRfcsTime();
  context.is_http_1_0 = true;
  EXPECT_EQ(Sent(Response(), context),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Connection: keep-alive\r\n"
            "Content-Length: 0\r\n"
            "\r\n");
}

TEST(AppendResponseHead, TellsAnOldClientAlsoThatItIsTheLast) {
  ResponseContext context = AtTheRfcsTime();
  context.is_http_1_0 = true;
  context.keep_alive = false;
  EXPECT_THAT(Sent(Response(), context),
              ::testing::HasSubstr("\r\nConnection: close\r\n"));
}

// RFC 9112 section 4: the space before the missing phrase stays.
TEST(AppendResponseHead, MayLackThePhrase) {
  EXPECT_THAT(Sent(TextResponse(299, ""), AtTheRfcsTime()),
              ::testing::StartsWith("HTTP/1.1 299 \r\n"));
}

TEST(AppendResponseHead, KeepsTheHandlersHeadersInTheirOrder) {
  Response response;
  response.headers = {{"Set-Cookie", "a"}, {"B", ""}, {"Set-Cookie", "c"}};
  EXPECT_THAT(Sent(response, AtTheRfcsTime()),
              ::testing::EndsWith("\r\n"
                                  "Set-Cookie: a\r\n"
                                  "B: \r\n"
                                  "Set-Cookie: c\r\n"
                                  "\r\n"));
}

TEST(AppendResponseHead, GoesBehindWhatIsInTheBuffer) {
  ByteBuffer out;
  out.Append("earlier");
  AppendResponseHead(Response(), AtTheRfcsTime(), out);
  EXPECT_THAT(std::string(out.data()),
              ::testing::StartsWith("earlierHTTP/1.1 200 OK\r\n"));
}

// --- Answers that are made while they are sent ------------------------------

Response Streamed() {
  Response response;
  response.stream = [](BodyWriter&) -> Task<> { co_return absl::OkStatus(); };
  return response;
}

TEST(StreamedResponse, IsMeasuredIfItsLengthIsKnown) {
  Response response = Streamed();
  response.content_length = 12345678901;
  EXPECT_EQ(Sent(response, AtTheRfcsTime()),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 12345678901\r\n"
            "\r\n");
}

TEST(StreamedResponse, GoesInChunksIfItsLengthIsNotKnown) {
  EXPECT_EQ(Sent(Streamed(), AtTheRfcsTime()),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Transfer-Encoding: chunked\r\n"
            "\r\n");
}

// RFC 9112 section 6.1: no Transfer-Encoding to such a client.
TEST(StreamedResponse, EndsWithTheConnectionToAnOldClient) {
  ResponseContext context = AtTheRfcsTime();
  context.is_http_1_0 = true;
  EXPECT_EQ(Sent(Streamed(), context),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Connection: close\r\n"
            "\r\n");
}

TEST(StreamedResponse, HasNeitherLengthNorChunksWhereThereMayBeNoBody) {
  Response response = Streamed();
  response.status_code = 204;
  EXPECT_EQ(SentFraming(response, AtTheRfcsTime()), BodyFraming());
}

TEST(StreamedResponse, HasNoBodyThatIsThereAtOnce) {
  Response response = Streamed();
  response.body = "left out";
  EXPECT_EQ(SentBody(response, AtTheRfcsTime()), "");
}

TEST(SentBody, IsEmptyWhereTheAnswerHasNone) {
  ResponseContext context;
  EXPECT_EQ(SentBody(TextResponse(200, "four"), context), "four");
  EXPECT_EQ(SentBody(TextResponse(204, "four"), context), "");
  context.is_head = true;
  EXPECT_EQ(SentBody(TextResponse(200, "four"), context), "");
}

}  // namespace
}  // namespace cloche
