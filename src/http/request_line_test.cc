// What ParseRequestLine takes, into which parts, and what it refuses.

#include "cloche/http/request_line.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

// --- What is taken ----------------------------------------------------------

struct Taken {
  absl::string_view name;
  absl::string_view line;
  absl::string_view parts;  // Method, path, query and minor version.
};

class RequestLineTaken : public ::testing::TestWithParam<Taken> {};

TEST_P(RequestLineTaken, IsSplitIntoItsParts) {
  Request request;
  ASSERT_FALSE(ParseRequestLine(GetParam().line, request));
  EXPECT_EQ(absl::StrCat(request.method, " path=", request.path, " query=",
                         request.query, " 1.", request.minor_version),
            GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Line, RequestLineTaken,
    ::testing::Values(
        // RFC 9112 section 3.2.1.
        Taken{"OriginForm", "GET /a/b HTTP/1.1", "GET path=/a/b query= 1.1"},
        Taken{"Query", "GET /a?b=c?d HTTP/1.1", "GET path=/a query=b=c?d 1.1"},
        Taken{"EmptyQuery", "GET /a? HTTP/1.1", "GET path=/a query= 1.1"},
        Taken{"PercentLeftAlone", "GET /%41%00 HTTP/1.1",
              "GET path=/%41%00 query= 1.1"},
        Taken{"TwoSlashes", "GET //a HTTP/1.1", "GET path=//a query= 1.1"},
        // WHATWG URL: what browsers leave raw.
        Taken{"RawMarks", "GET /{a}|[b]^`\\ HTTP/1.1",
              "GET path=/{a}|[b]^`\\ query= 1.1"},
        // RFC 9112 section 3.2.2: a server must take it, too.
        Taken{"AbsoluteForm", "GET http://host:80/a?b HTTP/1.1",
              "GET path=/a query=b 1.1"},
        Taken{"AbsoluteFormInCapitals", "GET HTTP://host/a HTTP/1.1",
              "GET path=/a query= 1.1"},
        Taken{"AbsoluteFormOfHttps", "GET https://host/a HTTP/1.1",
              "GET path=/a query= 1.1"},
        Taken{"AbsoluteFormWithoutPath", "GET http://host HTTP/1.1",
              "GET path=/ query= 1.1"},
        Taken{"AbsoluteFormWithoutPathButQuery", "GET http://host?b HTTP/1.1",
              "GET path=/ query=b 1.1"},
        // RFC 9112 sections 3.2.3 and 3.2.4.
        Taken{"AuthorityForm", "CONNECT host:443 HTTP/1.1",
              "CONNECT path= query= 1.1"},
        Taken{"AsteriskForm", "OPTIONS * HTTP/1.1", "OPTIONS path= query= 1.1"},
        // RFC 9110 sections 2.5 and 9.1.
        Taken{"Version0", "GET / HTTP/1.0", "GET path=/ query= 1.0"},
        Taken{"LaterMinorVersionAsOne", "GET / HTTP/1.7",
              "GET path=/ query= 1.1"},
        Taken{"MethodOfNobody", "M-SEARCH! / HTTP/1.1",
              "M-SEARCH! path=/ query= 1.1"},
        Taken{"MethodInItsOwnCase", "get / HTTP/1.1", "get path=/ query= 1.1"}),
    NameOf<Taken>);

TEST(RequestLine, KeepsTheTargetAsItWasSent) {
  Request request;
  ASSERT_FALSE(ParseRequestLine("GET http://host/a?b HTTP/1.1", request));
  EXPECT_EQ(request.target, "http://host/a?b");
}

// --- What is refused --------------------------------------------------------

struct Refused {
  absl::string_view name;
  absl::string_view line;
  int status_code;
  const char* part_of_reason;
};

class RequestLineRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(RequestLineRefused, SaysWhatIsWrong) {
  Request request;
  const MaybeRefusal refusal = ParseRequestLine(GetParam().line, request);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status_code, GetParam().status_code);
  EXPECT_THAT(std::string(refusal->reason),
              HasSubstr(GetParam().part_of_reason));
}

constexpr char kThreeParts[] = "must be: method, target, version";
constexpr char kTarget[] = "in the request target is not allowed";

INSTANTIATE_TEST_SUITE_P(
    Shape, RequestLineRefused,
    ::testing::Values(
        Refused{"OneWord", "GET", 400, kThreeParts},
        Refused{"Version09", "GET /", 400, kThreeParts},
        Refused{"TabsForSpaces", "GET\t/\tHTTP/1.1", 400, kThreeParts},
        Refused{"TwoSpacesFirst", "GET  / HTTP/1.1", 400, kTarget},
        Refused{"TwoSpacesLast", "GET /  HTTP/1.1", 400, kTarget},
        Refused{"SpaceInTarget", "GET /a b HTTP/1.1", 400, kTarget},
        Refused{"SpaceAtTheEnd", "GET / HTTP/1.1 ", 400, "HTTP version"},
        Refused{"SpaceAtTheBegin", " GET / HTTP/1.1", 400, "with a method"}),
    NameOf<Refused>);

INSTANTIATE_TEST_SUITE_P(
    Method, RequestLineRefused,
    ::testing::Values(
        Refused{"Colon", "GET: / HTTP/1.1", 400, "begin with a method"},
        Refused{"Quoted", "\"GET\" / HTTP/1.1", 400, "begin with a method"},
        Refused{"NotAscii", "G\xc3\x89T / HTTP/1.1", 400, "with a method"}),
    NameOf<Refused>);

INSTANTIATE_TEST_SUITE_P(
    Target, RequestLineRefused,
    ::testing::Values(
        Refused{"Empty", "GET  HTTP/1.1", 400, kTarget},
        Refused{"Fragment", "GET /a#b HTTP/1.1", 400, kTarget},
        Refused{"Markup", "GET /<b> HTTP/1.1", 400, kTarget},
        Refused{"Quote", "GET /\"a HTTP/1.1", 400, kTarget},
        Refused{"Tab", "GET /\ta HTTP/1.1", 400, kTarget},
        Refused{"NotAscii", "GET /\xc3\xa4 HTTP/1.1", 400, kTarget},
        Refused{"NoSlash", "GET a HTTP/1.1", 400, "must begin with \"/\""},
        Refused{"OtherScheme", "GET ftp://h/ HTTP/1.1", 400, "must begin"},
        Refused{"AsteriskToGet", "GET * HTTP/1.1", 400, "must begin"},
        Refused{"AuthorityToGet", "GET host:80 HTTP/1.1", 400, "must begin"},
        Refused{"NoHost", "GET http:///a HTTP/1.1", 400, "names no host"},
        Refused{"NoHostButQuery", "GET http://?a HTTP/1.1", 400, "no host"},
        Refused{"NothingAtAll", "GET http:// HTTP/1.1", 400, "no host"}),
    NameOf<Refused>);

// RFC 9112 section 2.3.
INSTANTIATE_TEST_SUITE_P(
    Version, RequestLineRefused,
    ::testing::Values(
        Refused{"InSmallLetters", "GET / http/1.1", 400, "HTTP version"},
        Refused{"WithoutMinor", "GET / HTTP/1", 400, "HTTP version"},
        Refused{"TwoDigits", "GET / HTTP/1.10", 400, "HTTP version"},
        Refused{"LeadingZero", "GET / HTTP/01.1", 400, "HTTP version"},
        Refused{"Comma", "GET / HTTP/1,1", 400, "HTTP version"},
        Refused{"Letter", "GET / HTTP/1.x", 400, "HTTP version"},
        Refused{"OtherProtocol", "GET / ICAP/1.0", 400, "HTTP version"},
        Refused{"Two", "GET / HTTP/2.0", 505, "only HTTP/1.0 and HTTP/1.1"},
        Refused{"Nought", "GET / HTTP/0.9", 505, "only HTTP/1.0"},
        // In another version, the rest may have another form (RFC 9113, 3.4).
        Refused{"PrefaceOfHttp2", "PRI * HTTP/2.0", 505, "only HTTP/1.0"}),
    NameOf<Refused>);

TEST(RequestLine, LeavesTheMethodThoughTheRestIsRefused) {
  Request request;
  ASSERT_TRUE(ParseRequestLine("HEAD a HTTP/1.1", request));
  EXPECT_EQ(request.method, "HEAD");
}

}  // namespace
}  // namespace cloche
