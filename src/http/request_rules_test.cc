// CheckRequest: Host, the framing of a body, and who keeps the connection.

#include "cloche/http/request_rules.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

Request With(int minor_version, Headers headers) {
  Request request;
  request.method = "GET";
  request.minor_version = minor_version;
  request.headers = std::move(headers);
  return request;
}

// --- What is taken, and what is refused -------------------------------------

struct Rule {
  absl::string_view name;
  int minor_version;
  Headers headers;
  absl::string_view reason;  // "" if the request is taken.
  int status_code = 400;     // If it is not.
};

class RequestRules : public ::testing::TestWithParam<Rule> {};

TEST_P(RequestRules, Decide) {
  Request request = With(GetParam().minor_version, GetParam().headers);
  const MaybeRefusal refusal = CheckRequest(request);
  EXPECT_EQ(refusal ? refusal->reason : "", GetParam().reason);
  if (refusal) EXPECT_EQ(refusal->status_code, GetParam().status_code);
}

constexpr absl::string_view kNoHost =
    "an HTTP/1.1 request must have a Host header";
constexpr absl::string_view kTwoHosts = "there is more than one Host header";
constexpr absl::string_view kBadHost = "the Host header is not a host";

// RFC 9112 section 3.2.
INSTANTIATE_TEST_SUITE_P(
    Host, RequestRules,
    ::testing::Values(
        Rule{"Present", 1, {{"Host", "example.org:8080"}}, ""},
        Rule{"InAnyCase", 1, {{"hOsT", "a"}}, ""},
        Rule{"MayBeEmpty", 1, {{"Host", ""}}, ""},
        Rule{"OfIpv6", 1, {{"Host", "[fd00::1]:80"}}, ""},
        Rule{"IsRequiredIn11", 1, {}, kNoHost},
        Rule{"IsNotRequiredIn10", 0, {}, ""},
        Rule{"Twice", 1, {{"Host", "a"}, {"Host", "a"}}, kTwoHosts},
        Rule{"TwiceIn10", 0, {{"Host", "a"}, {"host", "b"}}, kTwoHosts},
        Rule{"OfTwoWords", 1, {{"Host", "a b"}}, kBadHost},
        Rule{"WithAPath", 1, {{"Host", "a/b"}}, kBadHost},
        Rule{"WithAUser", 1, {{"Host", "a@b"}}, kBadHost},
        Rule{"NotAscii", 0, {{"Host", "\xc3\xa4"}}, kBadHost}),
    NameOf<Rule>);

constexpr absl::string_view kBoth =
    "Transfer-Encoding and Content-Length exclude each other";
constexpr absl::string_view kNotLast =
    "the last transfer coding must be chunked";
constexpr absl::string_view kTwice =
    "the transfer coding chunked may come only once";
constexpr absl::string_view kUnknown =
    "no transfer coding but chunked is known here";

Rule Coding(absl::string_view name, absl::string_view value,
            absl::string_view reason, int status_code = 400) {
  return {name,
          1,
          {{"Host", "a"}, {"Transfer-Encoding", value}},
          reason,
          status_code};
}

// RFC 9112 sections 6.1 and 7.1.
INSTANTIATE_TEST_SUITE_P(
    TransferEncoding, RequestRules,
    ::testing::Values(Coding("Chunked", "chunked", ""),
                      Coding("InAnyCase", "CHUNKED", ""),
                      // RFC 9110 section 5.6.1: empty elements do not count.
                      Coding("AmongEmptyElements", ", chunked ,", ""),
                      Coding("Empty", "", kNotLast),
                      Coding("Identity", "identity", kNotLast),
                      Coding("AlmostChunked", "xchunked", kNotLast),
                      Coding("InQuotes", "\"chunked\"", kNotLast),
                      Coding("WithParameter", "chunked;q=1", kNotLast),
                      Coding("NotLast", "chunked, gzip", kNotLast),
                      Coding("NotAlone", "gzip, chunked", kUnknown, 501),
                      Coding("Twice", "chunked, chunked", kTwice),
                      Rule{"InTwoHeaders",
                           1,
                           {{"Host", "a"},
                            {"Transfer-Encoding", "gzip"},
                            {"transfer-encoding", "chunked"}},
                           kUnknown,
                           501},
                      Rule{"NotLastOfTwoHeaders",
                           1,
                           {{"Host", "a"},
                            {"Transfer-Encoding", "chunked"},
                            {"Transfer-Encoding", "identity"}},
                           kNotLast},
                      Rule{"WithContentLength",
                           1,
                           {{"Host", "a"},
                            {"Content-Length", "0"},
                            {"Transfer-Encoding", "chunked"}},
                           kBoth},
                      Rule{"In10",
                           0,
                           {{"Transfer-Encoding", "chunked"}},
                           "HTTP/1.0 has no Transfer-Encoding"}),
    NameOf<Rule>);

constexpr absl::string_view kTwoLengths =
    "there is more than one Content-Length header";
constexpr absl::string_view kNoNumber = "the Content-Length is not a number";
constexpr absl::string_view kZeros = "the Content-Length has leading zeros";
constexpr absl::string_view kTooLarge =
    "the Content-Length is too large a number";

Rule Length(absl::string_view name, absl::string_view value,
            absl::string_view reason) {
  return {name, 0, {{"Content-Length", value}}, reason};
}

// RFC 9112 section 6.3.
INSTANTIATE_TEST_SUITE_P(
    ContentLength, RequestRules,
    ::testing::Values(
        Length("Zero", "0", ""), Length("More", "5", ""),
        Length("Largest", "9223372036854775807", ""),
        Length("TooLarge", "9223372036854775808", kTooLarge),
        Length("TooLargeByADigit", "10000000000000000000", kTooLarge),
        Length("TooLargeFor64Bits", "18446744073709551617", kTooLarge),
        Length("Empty", "", kNoNumber), Length("Negative", "-1", kNoNumber),
        Length("WithSign", "+1", kNoNumber), Length("Hex", "0x1", kNoNumber),
        Length("Fraction", "1.0", kNoNumber), Length("List", "5, 5", kNoNumber),
        Length("Inside", "1 2", kNoNumber), Length("LeadingZero", "05", kZeros),
        Length("ManyZeros", "00", kZeros),
        Rule{"TwiceTheSame",
             0,
             {{"Content-Length", "0"}, {"content-length", "0"}},
             kTwoLengths}),
    NameOf<Rule>);

constexpr absl::string_view kExpect =
    "nothing but 100-continue can be expected here";

Rule Expect(absl::string_view name, absl::string_view value,
            absl::string_view reason) {
  return {name, 1, {{"Host", "a"}, {"Expect", value}}, reason, 417};
}

// RFC 9110 section 10.1.1.
INSTANTIATE_TEST_SUITE_P(
    Expectation, RequestRules,
    ::testing::Values(Expect("Continue", "100-continue", ""),
                      Expect("InAnyCase", "100-Continue", ""),
                      Expect("Nothing", "", ""),
                      Expect("Other", "200-ok", kExpect),
                      Expect("Parameter", "100-continue;a=b", kExpect),
                      Expect("OneOfTwo", "100-continue, x", kExpect)),
    NameOf<Rule>);

// --- Where the body ends ----------------------------------------------------

struct Framed {
  absl::string_view name;
  int minor_version;
  Headers headers;
  BodyFraming framing;
  bool expects_continue = false;
};

class RequestFraming : public ::testing::TestWithParam<Framed> {};

TEST_P(RequestFraming, IsFound) {
  Request request = With(GetParam().minor_version, GetParam().headers);
  ASSERT_FALSE(CheckRequest(request));
  EXPECT_EQ(request.framing.kind, GetParam().framing.kind);
  EXPECT_EQ(request.framing.length, GetParam().framing.length);
  EXPECT_EQ(request.expects_continue, GetParam().expects_continue);
}

constexpr Header kHost = {"Host", "a"};
constexpr Header kExpects = {"Expect", "100-continue"};
constexpr BodyFraming kNoBody = {};
constexpr BodyFraming kSize0 = {BodyKind::kLength, 0};
constexpr BodyFraming kSize5 = {BodyKind::kLength, 5};
constexpr BodyFraming kInChunks = {BodyKind::kChunked, 0};

INSTANTIATE_TEST_SUITE_P(
    Body, RequestFraming,
    ::testing::Values(
        Framed{"OfNone", 1, {kHost}, kNoBody},
        Framed{"OfLength0", 1, {kHost, {"Content-Length", "0"}}, kSize0},
        Framed{"OfALength", 1, {kHost, {"content-length", "5"}}, kSize5},
        Framed{"InChunks",
               1,
               {kHost, {"Transfer-Encoding", "chunked"}},
               kInChunks}),
    NameOf<Framed>);

INSTANTIATE_TEST_SUITE_P(
    Expected, RequestFraming,
    ::testing::Values(
        Framed{"BeforeABody",
               1,
               {kHost, {"Content-Length", "5"}, kExpects},
               kSize5,
               true},
        Framed{"BeforeChunks",
               1,
               {kHost, {"Transfer-Encoding", "chunked"}, kExpects},
               kInChunks,
               true},
        Framed{"NeverBeforeNothing",
               1,
               {kHost, {"Content-Length", "0"}, kExpects},
               kSize0},
        Framed{"NeverWithoutABody", 1, {kHost, kExpects}, kNoBody},
        Framed{"NeverIn10", 0, {{"Content-Length", "5"}, kExpects}, kSize5}),
    NameOf<Framed>);

// --- Who keeps the connection -----------------------------------------------

struct Keeping {
  absl::string_view name;
  int minor_version;
  Headers headers;
  bool keeps;
};

class KeepAliveRule : public ::testing::TestWithParam<Keeping> {};

TEST_P(KeepAliveRule, Decides) {
  Request request = With(GetParam().minor_version, GetParam().headers);
  CheckRequest(request);
  EXPECT_EQ(request.keep_alive, GetParam().keeps);
}

// RFC 9112 section 9.3.
INSTANTIATE_TEST_SUITE_P(
    Connection, KeepAliveRule,
    ::testing::Values(
        Keeping{"KeptIn11", 1, {}, true}, Keeping{"ClosedIn10", 0, {}, false},
        Keeping{"KeptIn10IfAsked", 0, {{"Connection", "keep-alive"}}, true},
        Keeping{"InAnyCase", 0, {{"connection", "Keep-Alive"}}, true},
        Keeping{"ClosedIn11IfAsked", 1, {{"Connection", "close"}}, false},
        Keeping{"InAList", 1, {{"Connection", "upgrade , CLOSE"}}, false},
        Keeping{"OtherOption", 1, {{"Connection", "closer"}}, true},
        Keeping{"CloseBeatsKeepAlive",
                0,
                {{"Connection", "keep-alive"}, {"Connection", "close"}},
                false}),
    NameOf<Keeping>);

}  // namespace
}  // namespace cloche
