// ParseStatusLine: what is taken and what is refused. CheckResponseHead: where
// an answer's body ends, and who keeps the connection.

#include "cloche/http/response_head.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

// --- The status line (RFC 9112 section 4) -----------------------------------

struct Taken {
  absl::string_view name;
  absl::string_view line;
  absl::string_view parts;  // Minor version, code and reason.
};

class StatusLineTaken : public ::testing::TestWithParam<Taken> {};

TEST_P(StatusLineTaken, IsSplitIntoItsParts) {
  ResponseHead head;
  ASSERT_FALSE(ParseStatusLine(GetParam().line, head));
  EXPECT_EQ(absl::StrCat("1.", head.minor_version, " ", head.status_code, " ",
                         head.reason, "."),
            GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Line, StatusLineTaken,
    ::testing::Values(
        Taken{"Ordinary", "HTTP/1.1 200 OK", "1.1 200 OK."},
        Taken{"ReasonOfWords", "HTTP/1.1 404 Not Found", "1.1 404 Not Found."},
        Taken{"WithoutReason", "HTTP/1.1 200 ", "1.1 200 ."},
        Taken{"OpaqueReason", "HTTP/1.1 200 \xc3\xa4\tb",
              "1.1 200 \xc3\xa4\tb."},
        Taken{"Version0", "HTTP/1.0 200 OK", "1.0 200 OK."},
        Taken{"LaterMinorVersionAsOne", "HTTP/1.7 200 OK", "1.1 200 OK."},
        Taken{"Interim", "HTTP/1.1 100 Continue", "1.1 100 Continue."},
        // RFC 9110 section 15: as an error of the server.
        Taken{"CodeOfNobody", "HTTP/1.1 999 x", "1.1 999 x."}),
    NameOf<Taken>);

struct Refused {
  absl::string_view name;
  absl::string_view line;
  const char* part_of_reason;
};

class StatusLineRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(StatusLineRefused, SaysWhatIsWrong) {
  ResponseHead head;
  const MaybeRefusal refusal = ParseStatusLine(GetParam().line, head);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(std::string(refusal->reason),
              HasSubstr(GetParam().part_of_reason));
}

constexpr char kNoVersion[] = "does not begin with an HTTP version";
constexpr char kShape[] = "version, three digits, reason";

INSTANTIATE_TEST_SUITE_P(
    Line, StatusLineRefused,
    ::testing::Values(Refused{"Empty", "", kNoVersion},
                      Refused{"OtherProtocol", "SSH-2.0-OpenSSH", kNoVersion},
                      Refused{"InSmallLetters", "http/1.1 200 OK", kNoVersion},
                      Refused{"WithoutMinor", "HTTP/1 200 OK", kNoVersion},
                      Refused{"SpaceFirst", " HTTP/1.1 200 OK", kNoVersion},
                      Refused{"Version2", "HTTP/2.0 200 OK",
                              "not in HTTP/1.0 or HTTP/1.1"},
                      Refused{"VersionOfTwoDigits", "HTTP/1.10 200 OK", kShape},
                      Refused{"VersionOnly", "HTTP/1.1", kShape},
                      Refused{"NoCode", "HTTP/1.1 OK", kShape},
                      Refused{"NoSpaceBehindCode", "HTTP/1.1 200", kShape},
                      Refused{"TwoDigits", "HTTP/1.1 20 OK", kShape},
                      Refused{"FourDigits", "HTTP/1.1 2000 OK", kShape},
                      Refused{"Hex", "HTTP/1.1 2a0 OK", kShape},
                      Refused{"LeadingZero", "HTTP/1.1 099 OK", kShape},
                      Refused{"Signed", "HTTP/1.1 +20 OK", kShape},
                      Refused{"TwoSpaces", "HTTP/1.1  200 OK", kShape},
                      Refused{"Tab", "HTTP/1.1\t200 OK", kShape},
                      Refused{"ControlCharacter", "HTTP/1.1 200 O\x01K",
                              "control character"}),
    NameOf<Refused>);

// --- Where the body ends (RFC 9112 section 6.3) -----------------------------

ResponseHead With(int minor_version, int status_code, Headers headers) {
  ResponseHead head;
  head.minor_version = minor_version;
  head.status_code = status_code;
  head.headers = std::move(headers);
  return head;
}

struct Framed {
  absl::string_view name;
  int status_code;
  Headers headers;
  BodyFraming framing;
  bool to_head = false;
  int minor_version = 1;
};

class ResponseFraming : public ::testing::TestWithParam<Framed> {};

TEST_P(ResponseFraming, IsFound) {
  const Framed& expected = GetParam();
  ResponseHead head =
      With(expected.minor_version, expected.status_code, expected.headers);
  ASSERT_FALSE(CheckResponseHead(expected.to_head, head));
  EXPECT_EQ(head.framing.kind, expected.framing.kind);
  EXPECT_EQ(head.framing.length, expected.framing.length);
}

constexpr BodyFraming kNoBody = {};
constexpr BodyFraming kOf5 = {BodyKind::kLength, 5};
constexpr BodyFraming kChunked = {BodyKind::kChunked, 0};
constexpr BodyFraming kToTheEnd = {BodyKind::kUntilClose, 0};
constexpr Header kSays5 = {"Content-Length", "5"};
constexpr Header kSaysChunked = {"Transfer-Encoding", "chunked"};

INSTANTIATE_TEST_SUITE_P(
    Body, ResponseFraming,
    ::testing::Values(
        Framed{"OfALength", 200, {kSays5}, kOf5},
        Framed{"OfLength0",
               200,
               {{"content-length", "0"}},
               {BodyKind::kLength, 0}},
        Framed{"InChunks", 200, {kSaysChunked}, kChunked},
        Framed{"UntilClose", 200, {}, kToTheEnd},
        Framed{"OfAnOldServer", 200, {}, kToTheEnd, false, 0},
        Framed{"OfAnError", 500, {kSays5}, kOf5},
        // Whatever the headers say.
        Framed{"NoneToHead", 200, {kSays5}, kNoBody, true},
        Framed{"NoneToHeadInChunks", 200, {kSaysChunked}, kNoBody, true},
        Framed{"NoneOfNoContent", 204, {kSays5}, kNoBody},
        Framed{"NoneOfNotModified", 304, {kSays5}, kNoBody},
        Framed{"NoneOfInterim", 103, {kSaysChunked}, kNoBody}),
    NameOf<Framed>);

struct Ambiguous {
  absl::string_view name;
  Headers headers;
  const char* part_of_reason;
  int minor_version = 1;
};

class ResponseFramingRefused : public ::testing::TestWithParam<Ambiguous> {};

TEST_P(ResponseFramingRefused, SaysWhatIsWrong) {
  ResponseHead head = With(GetParam().minor_version, 200, GetParam().headers);
  const MaybeRefusal refusal = CheckResponseHead(false, head);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(std::string(refusal->reason),
              HasSubstr(GetParam().part_of_reason));
  EXPECT_FALSE(head.keep_alive);
}

INSTANTIATE_TEST_SUITE_P(
    Body, ResponseFramingRefused,
    ::testing::Values(
        Ambiguous{"BothLengths", {kSays5, kSaysChunked}, "exclude each other"},
        Ambiguous{"TwoLengths",
                  {kSays5, {"Content-Length", "6"}},
                  "more than one Content-Length"},
        Ambiguous{"EqualLengths", {kSays5, kSays5}, "more than one Content-"},
        Ambiguous{
            "ListOfLengths", {{"Content-Length", "5, 5"}}, "not a number"},
        Ambiguous{"Negative", {{"Content-Length", "-5"}}, "not a number"},
        Ambiguous{"TooLarge",
                  {{"Content-Length", "9223372036854775808"}},
                  "too large"},
        Ambiguous{"ChunkedNotLast",
                  {{"Transfer-Encoding", "chunked, gzip"}},
                  "must be chunked"},
        Ambiguous{"OtherCoding",
                  {{"Transfer-Encoding", "gzip, chunked"}},
                  "no transfer coding but chunked"},
        Ambiguous{"ChunkedIn10", {kSaysChunked}, "HTTP/1.0 has no", 0}),
    NameOf<Ambiguous>);

// --- Who keeps the connection (RFC 9112 section 9.3) ------------------------

struct Keeping {
  absl::string_view name;
  int minor_version;
  Headers headers;
  bool keeps;
};

class ResponseKeeps : public ::testing::TestWithParam<Keeping> {};

TEST_P(ResponseKeeps, TheConnection) {
  ResponseHead head = With(GetParam().minor_version, 200, GetParam().headers);
  ASSERT_FALSE(CheckResponseHead(false, head));
  EXPECT_EQ(head.keep_alive, GetParam().keeps);
}

INSTANTIATE_TEST_SUITE_P(
    Connection, ResponseKeeps,
    ::testing::Values(
        Keeping{"In11", 1, {kSays5}, true},
        Keeping{
            "NotIn11IfItSaysSo", 1, {kSays5, {"Connection", "close"}}, false},
        Keeping{"NotIn10", 0, {kSays5}, false},
        Keeping{
            "In10IfItSaysSo", 0, {kSays5, {"connection", "Keep-Alive"}}, true},
        Keeping{"NotIfTheBodyEndsWithIt", 1, {}, false}),
    NameOf<Keeping>);

}  // namespace
}  // namespace cloche
