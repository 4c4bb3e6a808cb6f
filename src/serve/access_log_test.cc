// AccessLogLine: whole lines, as a log has them.

#include "cloche/serve/access_log.h"

#include "absl/time/time.h"
#include "cloche/http/http_options.h"
#include "cloche/http/request.h"
#include "cloche/net/endpoint.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// The date that RFC 9110 has for an example.
const absl::Time kWall = absl::FromUnixSeconds(784111777);

TEST(AccessLogLine, IsTheCommonLogFormatWithTheTimeItTook) {
  Request request;
  request.method = "GET";
  request.target = "/slow?ms=20";
  const Exchange exchange{&request, 200, 13, absl::Milliseconds(20)};
  EXPECT_EQ(AccessLogLine(Endpoint::Loopback(4711), exchange, kWall),
            "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "
            "\"GET /slow?ms=20 HTTP/1.1\" 200 13 20ms\n");
}

TEST(AccessLogLine, NamesTheVersionOfTheRequest) {
  Request request;
  request.method = "HEAD";
  request.target = "/";
  request.minor_version = 0;
  const Exchange exchange{&request, 200, 0, absl::Microseconds(7)};
  EXPECT_EQ(AccessLogLine(Endpoint::Loopback(4711), exchange, kWall),
            "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "
            "\"HEAD / HTTP/1.0\" 200 0 7us\n");
}

TEST(AccessLogLine, HasADashForARequestThatCouldNotBeRead) {
  const Exchange exchange{nullptr, 400, 40, absl::ZeroDuration()};
  EXPECT_EQ(AccessLogLine(Endpoint::LoopbackIpv6(4711), exchange, kWall),
            "[::1] - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 40 0\n");
}

}  // namespace
}  // namespace cloche
