// CheckRequest: Host, the framing of a body, and who keeps the connection.

#include "cloche/http/request_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

Request With(int minor_version, std::vector<Header> headers) {
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
  std::vector<Header> headers;
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
constexpr absl::string_view kNoBodies = "request bodies are not supported yet";

// RFC 9112 section 6.1.
INSTANTIATE_TEST_SUITE_P(
    TransferEncoding, RequestRules,
    ::testing::Values(Rule{"IsABodyThatNobodyReads",
                           1,
                           {{"Host", "a"}, {"Transfer-Encoding", "chunked"}},
                           kNoBodies,
                           501},
                      Rule{"AlsoWhenItIsEmpty",
                           1,
                           {{"Host", "a"}, {"transfer-encoding", ""}},
                           kNoBodies,
                           501},
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

Rule Length(absl::string_view name, absl::string_view value,
            absl::string_view reason, int status_code = 400) {
  return {name, 0, {{"Content-Length", value}}, reason, status_code};
}

// RFC 9112 section 6.3.
INSTANTIATE_TEST_SUITE_P(
    ContentLength, RequestRules,
    ::testing::Values(
        Length("OfZeroIsNoBody", "0", ""),
        Length("OfMoreIsABody", "5", kNoBodies, 413),
        Length("TooLongForAnyNumber", "99999999999999999999", kNoBodies, 413),
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

// --- Who keeps the connection -----------------------------------------------

struct Keeping {
  absl::string_view name;
  int minor_version;
  std::vector<Header> headers;
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
