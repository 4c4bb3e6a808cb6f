#include "cloche/serve/access_log.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/request.h"

namespace cloche {
namespace {

// The request line, put together again from what was read of it.
std::string RequestText(const Request* request) {
  if (request == nullptr) return "-";
  return absl::StrCat(request->method, " ", request->target, " HTTP/1.",
                      request->minor_version);
}

// "127.0.0.1" of 127.0.0.1:80, "[::1]" of [::1]:80.
std::string HostText(const Endpoint& client) {
  const std::string text = client.ToString();
  return text.substr(0, text.rfind(':'));
}

}  // namespace

std::string AccessLogLine(const Endpoint& client, const Exchange& exchange,
                          absl::Time wall) {
  const std::string date =
      absl::FormatTime("%d/%b/%E4Y:%H:%M:%S %z", wall, absl::UTCTimeZone());
  return absl::StrCat(HostText(client), " - - [", date, "] \"",
                      RequestText(exchange.request), "\" ",
                      exchange.status_code, " ", exchange.body_bytes, " ",
                      absl::FormatDuration(exchange.duration), "\n");
}

}  // namespace cloche
