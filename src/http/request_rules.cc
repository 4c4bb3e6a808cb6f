#include "cloche/http/request_rules.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

int CountHeaders(const Request& request, absl::string_view name) {
  int count = 0;
  for (const Header& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) ++count;
  }
  return count;
}

// uri-host [ ":" port ], by its characters (RFC 3986 section 3.2.2). Which
// host it is does not matter to a server that has only one site.
bool IsHostCharacter(char c) {
  constexpr absl::string_view kMarks = "-._~!$&'()*+,;=%:[]";
  return absl::ascii_isalnum(c) || kMarks.find(c) != absl::string_view::npos;
}

// RFC 9112 section 3.2: exactly one in HTTP/1.1; it may be empty.
MaybeRefusal CheckHost(const Request& request) {
  const int count = CountHeaders(request, "Host");
  if (count > 1) return BadRequest("there is more than one Host header");
  if (count == 0) {
    if (request.minor_version == 0) return std::nullopt;
    return BadRequest("an HTTP/1.1 request must have a Host header");
  }
  const absl::string_view host = *request.FindHeader("Host");
  if (host.empty() || ConsistsOf(host, IsHostCharacter)) return std::nullopt;
  return BadRequest("the Host header is not a host");
}

// RFC 9112 section 6.1. Both lengths at once is how requests are smuggled.
MaybeRefusal CheckTransferEncoding(const Request& request) {
  if (!request.FindHeader("Transfer-Encoding")) return std::nullopt;
  if (request.FindHeader("Content-Length")) {
    return BadRequest(
        "Transfer-Encoding and Content-Length exclude each other");
  }
  if (request.minor_version == 0) {
    return BadRequest("HTTP/1.0 has no Transfer-Encoding");
  }
  return Refusal{501, "request bodies are not supported yet"};
}

// RFC 9112 section 6.3. The list "5, 5" may be taken as 5; here it may not.
MaybeRefusal CheckContentLength(const Request& request) {
  const std::optional<absl::string_view> length =
      request.FindHeader("Content-Length");
  if (!length) return std::nullopt;
  if (CountHeaders(request, "Content-Length") > 1) {
    return BadRequest("there is more than one Content-Length header");
  }
  const auto is_digit = [](char c) { return absl::ascii_isdigit(c); };
  if (!ConsistsOf(*length, is_digit)) {
    return BadRequest("the Content-Length is not a number");
  }
  if (*length == "0") return std::nullopt;
  if ((*length)[0] == '0') {
    return BadRequest("the Content-Length has leading zeros");
  }
  return Refusal{413, "request bodies are not supported yet"};
}

// RFC 9112 section 9.3: HTTP/1.1 keeps the connection unless told otherwise,
// HTTP/1.0 the other way round.
bool WantsToKeepAlive(const Request& request) {
  if (request.HasToken("Connection", "close")) return false;
  return request.minor_version > 0 ||
         request.HasToken("Connection", "keep-alive");
}

}  // namespace

MaybeRefusal CheckRequest(Request& request) {
  request.keep_alive = WantsToKeepAlive(request);
  MaybeRefusal refusal = CheckHost(request);
  if (!refusal) refusal = CheckTransferEncoding(request);
  if (!refusal) refusal = CheckContentLength(request);
  return refusal;
}

}  // namespace cloche
