// CheckClientRequest: what may not be sent. AppendRequestHead: the exact bytes.

#include "cloche/http/client_request.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

ClientRequest With(std::string method, std::string target = "/a") {
  ClientRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.host = "h";
  return request;
}

ClientRequest Streamed() {
  ClientRequest request = With("POST");
  request.stream = [](BodyWriter&) -> Task<> { co_return absl::OkStatus(); };
  return request;
}

std::string HeadOf(const ClientRequest& request) {
  ByteBuffer out;
  AppendRequestHead(request, out);
  return std::string(out.data());
}

// --- CheckClientRequest -----------------------------------------------------

TEST(CheckClientRequest, TakesWhatServersTake) {
  EXPECT_THAT(CheckClientRequest(ClientRequest()), IsOk());
  EXPECT_THAT(CheckClientRequest(With("PURGE", "/a?b=%20&c[]=|")), IsOk());
  EXPECT_THAT(CheckClientRequest(With("OPTIONS", "*")), IsOk());
}

// By a space or a line end in them, whoever chose one would send a request of
// his own.
TEST(CheckClientRequest, RefusesTargetsThatWouldBreakTheLine) {
  for (const char* target :
       {"", "/a b", "/a\r\nB: c", "/\x01", "/\xc3\xa4", "/a#b"}) {
    EXPECT_THAT(CheckClientRequest(With("GET", target)),
                StatusIs(kInvalid, "percent-encode it"));
  }
}

TEST(CheckClientRequest, RefusesTargetsThatAreNoPath) {
  for (const char* target : {"a", "http://h/", "*", "h:80"}) {
    EXPECT_THAT(CheckClientRequest(With("GET", target)),
                StatusIs(kInvalid, "it must begin with \"/\""));
  }
}

TEST(CheckClientRequest, RefusesMethodsThatAreNoTokens) {
  for (const char* method : {"", "GE T", "GET\r\n", "G:"}) {
    EXPECT_THAT(CheckClientRequest(With(method)),
                StatusIs(kInvalid, "request method"));
  }
}

TEST(CheckClientRequest, RefusesConnectAndTraceWithABody) {
  EXPECT_THAT(CheckClientRequest(With("CONNECT")),
              StatusIs(kInvalid, "it is for proxies"));
  ClientRequest trace = With("TRACE");
  EXPECT_THAT(CheckClientRequest(trace), IsOk());
  trace.body = "a";
  EXPECT_THAT(CheckClientRequest(trace),
              StatusIs(kInvalid, "it may have no body"));
}

TEST(CheckClientRequest, RefusesHostsThatAreNone) {
  ClientRequest request;
  for (const char* host : {"a b", "a/b", "u@h", "a\r\n"}) {
    request.host = host;
    EXPECT_THAT(CheckClientRequest(request), StatusIs(kInvalid, "host"));
  }
}

TEST(CheckClientRequest, RefusesItsOwnHeadersInAnyCase) {
  for (const char* name : {"Connection", "content-length", "Expect", "HOST",
                           "Transfer-Encoding"}) {
    ClientRequest request;
    request.headers = {{"Fine", ""}, {name, "1"}};
    EXPECT_THAT(CheckClientRequest(request),
                StatusIs(kInvalid, "the client sets this one"));
  }
}

TEST(CheckClientRequest, RefusesLineEndsInHeaders) {
  ClientRequest request;
  request.headers = {{"A", "b\r\nHost: evil"}};
  EXPECT_THAT(CheckClientRequest(request),
              StatusIs(kInvalid, "request header \"A\": the value has a"));
  request.headers = {{"A\r\n", "b"}};
  EXPECT_THAT(CheckClientRequest(request), StatusIs(kInvalid, "the name has"));
}

// --- AppendRequestHead ------------------------------------------------------

TEST(AppendRequestHead, WritesLineHostAndHeadersInTheirOrder) {
  ClientRequest request = With("GET", "/a?b");
  request.headers = {{"B", "2"}, {"A", ""}};
  EXPECT_EQ(HeadOf(request),
            "GET /a?b HTTP/1.1\r\nHost: h\r\nB: 2\r\nA: \r\n\r\n");
}

TEST(AppendRequestHead, SaysHowLongTheBodyIs) {
  ClientRequest request = With("PUT");
  request.body = "12345";
  EXPECT_EQ(HeadOf(request),
            "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
}

// RFC 9110 section 8.6.
TEST(AppendRequestHead, SaysThatThereIsNoBodyWhereOneIsExpected) {
  EXPECT_EQ(HeadOf(With("POST")),
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(HeadOf(With("DELETE")), "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST(AppendRequestHead, SendsAStreamInChunksUnlessItsLengthIsKnown) {
  ClientRequest request = Streamed();
  EXPECT_EQ(
      HeadOf(request),
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  request.content_length = 7;
  EXPECT_EQ(HeadOf(request),
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n");
}

TEST(AppendRequestHead, SaysThatItIsTheLast) {
  ClientRequest request = With("GET");
  request.keep_alive = false;
  EXPECT_EQ(HeadOf(request),
            "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

TEST(AppendRequestHead, AsksBeforeABodyAndNotBeforeNone) {
  ClientRequest request = Streamed();
  request.expect_continue = true;
  EXPECT_THAT(HeadOf(request), ::testing::HasSubstr("Expect: 100-continue"));
  request.content_length = 0;
  EXPECT_THAT(HeadOf(request), ::testing::Not(::testing::HasSubstr("Expect")));
  request = With("GET");
  request.expect_continue = true;
  EXPECT_THAT(HeadOf(request), ::testing::Not(::testing::HasSubstr("Expect")));
}

}  // namespace
}  // namespace cloche
