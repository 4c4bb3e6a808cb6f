// ParseUrl: what is taken, into which parts, and what is refused.

#include "cloche/http/url.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

struct Taken {
  absl::string_view name;
  absl::string_view url;
  absl::string_view parts;  // Endpoint, host and target.
};

class UrlTaken : public ::testing::TestWithParam<Taken> {};

TEST_P(UrlTaken, IsSplitIntoItsParts) {
  const absl::StatusOr<Url> url = ParseUrl(GetParam().url);
  ASSERT_THAT(url.status(), IsOk());
  EXPECT_EQ(
      absl::StrCat(url->endpoint.ToString(), " ", url->host, " ", url->target),
      GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Text, UrlTaken,
    ::testing::Values(
        Taken{"Ordinary", "http://127.0.0.1:8080/path?q",
              "127.0.0.1:8080 127.0.0.1:8080 /path?q"},
        Taken{"WithoutPort", "http://10.0.0.1/a", "10.0.0.1:80 10.0.0.1 /a"},
        Taken{"DefaultPort", "http://10.0.0.1:80/", "10.0.0.1:80 10.0.0.1 /"},
        Taken{"EmptyPort", "http://10.0.0.1:/", "10.0.0.1:80 10.0.0.1 /"},
        Taken{"Ipv6", "http://[::1]:8080/", "[::1]:8080 [::1]:8080 /"},
        Taken{"Ipv6WithoutPort", "http://[fd00::1]/",
              "[fd00::1]:80 [fd00::1] /"},
        Taken{"Localhost", "http://localhost:81/a",
              "127.0.0.1:81 localhost:81 /a"},
        Taken{"LocalhostInCapitals", "HTTP://LOCALHOST/",
              "127.0.0.1:80 LOCALHOST /"},
        Taken{"WithoutPath", "http://127.0.0.1", "127.0.0.1:80 127.0.0.1 /"},
        Taken{"QueryWithoutPath", "http://127.0.0.1?a=b",
              "127.0.0.1:80 127.0.0.1 /?a=b"},
        Taken{"PercentLeftAlone", "http://127.0.0.1/%41%00",
              "127.0.0.1:80 127.0.0.1 /%41%00"},
        Taken{"AtInPath", "http://127.0.0.1/a@b:c",
              "127.0.0.1:80 127.0.0.1 /a@b:c"},
        Taken{"FragmentDropped", "http://127.0.0.1/a#b?c",
              "127.0.0.1:80 127.0.0.1 /a"},
        Taken{"FragmentWithoutPath", "http://127.0.0.1#b",
              "127.0.0.1:80 127.0.0.1 /"}),
    NameOf<Taken>);

struct Refused {
  absl::string_view name;
  absl::string_view url;
  const char* part_of_message;
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
};

class UrlRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(UrlRefused, SaysWhatIsWrong) {
  EXPECT_THAT(ParseUrl(GetParam().url).status(),
              StatusIs(GetParam().code, GetParam().part_of_message));
}

constexpr absl::StatusCode kNotYet = absl::StatusCode::kUnimplemented;
constexpr char kEncode[] = "percent-encode it";
constexpr char kPort[] = "is not a number from 1 to 65535";

INSTANTIATE_TEST_SUITE_P(
    Text, UrlRefused,
    ::testing::Values(
        Refused{"Empty", "", "it must begin with http://"},
        Refused{"PathOnly", "/a", "it must begin with http://"},
        Refused{"HostOnly", "127.0.0.1:80/", "it must begin with http://"},
        Refused{"OtherScheme", "ftp://127.0.0.1/", "must begin with http://"},
        Refused{"Https", "https://127.0.0.1/", "needs TLS", kNotYet},
        Refused{"Name", "http://example.org/a", "cannot be looked up", kNotYet},
        Refused{"NoHost", "http:///a", "it names no host"},
        Refused{"PortOnly", "http://:80/", "it names no host"},
        Refused{"User", "http://u:p@127.0.0.1/", "a user or a password"},
        Refused{"Space", "http://127.0.0.1/a b", kEncode},
        Refused{"LineEnd", "http://127.0.0.1/a\r\nB: c", kEncode},
        Refused{"Nul", absl::string_view("http://127.0.0.1/\0", 18), kEncode},
        Refused{"NotAscii", "http://127.0.0.1/\xc3\xa4", kEncode},
        Refused{"ControlInFragment", "http://127.0.0.1/#\x01", kEncode},
        Refused{"Port0", "http://127.0.0.1:0/", kPort},
        Refused{"PortTooLarge", "http://127.0.0.1:65536/", kPort},
        Refused{"PortOfManyDigits", "http://127.0.0.1:4294967376/", kPort},
        Refused{"PortWithSign", "http://127.0.0.1:+80/", kPort},
        Refused{"NoIpv4", "http://1.2.3/", "write it like 127.0.0.1:80"},
        Refused{"Ipv6WithoutEnd", "http://[::1/", "URL \""},
        Refused{"Ipv6WithoutBrackets", "http://::1/", "stands in brackets"},
        Refused{"HostWithBackslash", "http://a\\b/", "not allowed"}),
    NameOf<Refused>);

}  // namespace
}  // namespace cloche
