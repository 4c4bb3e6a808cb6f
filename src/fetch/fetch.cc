#include "cloche/fetch/fetch.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/client_response.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

constexpr size_t kPartBytes = 64 * 1024;

// As it stood on the wire, but for the version and the whitespace.
std::string HeadOf(const ClientResponse& response) {
  std::string head =
      absl::StrCat("HTTP/1.", response.minor_version, " ", response.status_code,
                   " ", response.reason, "\r\n");
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  return absl::StrCat(head, "\r\n");
}

// Nothing is kept of the body, so it may be of any length.
ClientOptions OptionsFor(absl::Duration timeout) {
  ClientOptions options;
  options.head_timeout = timeout;
  options.write_timeout = timeout;
  options.body.timeout = timeout;
  options.body.max_bytes = std::numeric_limits<uint64_t>::max();
  return options;
}

Task<> PrintBody(BodyReader& body, const FetchOptions& options) {
  std::vector<char> room(kPartBytes);
  while (true) {
    const size_t size = co_await Try(body.Read(absl::MakeSpan(room)));
    if (size == 0) co_return absl::OkStatus();
    co_await Try(options.print(absl::string_view(room.data(), size)));
  }
}

}  // namespace

Task<int> Fetch(FetchOptions options) {
  TcpStream stream = co_await Try(
      WithTimeout(options.timeout, TcpStream::Connect(options.url.endpoint)));
  ClientConnection connection(stream, OptionsFor(options.timeout));
  ClientRequest request = std::move(options.request);
  request.host = options.url.host;
  request.target = options.url.target;
  request.keep_alive = false;

  int status_code = 0;
  const auto print = [&](const ClientResponse& response,
                         BodyReader& body) -> Task<> {
    status_code = response.status_code;
    if (options.include) co_await Try(options.print(HeadOf(response)));
    co_return co_await PrintBody(body, options);
  };
  co_await Try(connection.Ask(std::move(request), print));
  co_return status_code;
}

}  // namespace cloche
