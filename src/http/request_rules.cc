#include "cloche/http/request_rules.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/characters.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

// What the headers are about that mean something to the connection.
struct Found {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  int connections = 0;
  int expectations = 0;
  absl::string_view host;  // The last one, as the next.
  absl::string_view length;
};

void Look(const Header& header, Found& found) {
  const auto is = [&header](absl::string_view name) {
    return header.name == name || absl::EqualsIgnoreCase(header.name, name);
  };
  switch (header.name.size()) {
    case 4:
      if (!is("Host")) return;
      ++found.hosts;
      found.host = header.value;
      return;
    case 6:
      if (is("Expect")) ++found.expectations;
      return;
    case 10:
      if (is("Connection")) ++found.connections;
      return;
    case 14:
      if (!is("Content-Length")) return;
      ++found.lengths;
      found.length = header.value;
      return;
    case 17:
      if (is("Transfer-Encoding")) ++found.codings;
      return;
  }
}

// RFC 9112 section 3.2: exactly one in HTTP/1.1; it may be empty. Which host it
// is does not matter to a server that has only one site.
MaybeRefusal CheckHost(const Request& request, const Found& found) {
  if (found.hosts > 1) return BadRequest("there is more than one Host header");
  if (found.hosts == 0) {
    if (request.minor_version == 0) return std::nullopt;
    return BadRequest("an HTTP/1.1 request must have a Host header");
  }
  if (found.host.empty() || ConsistsOf(found.host, IsHostCharacter)) {
    return std::nullopt;
  }
  return BadRequest("the Host header is not a host");
}

// RFC 9112 section 6.3. The list "5, 5" may be taken as 5; here it may not.
MaybeRefusal ReadFraming(Request& request, const Found& found) {
  if (found.codings > 0) {
    return ReadTransferEncoding(request.headers, request.minor_version,
                                request.framing);
  }
  if (found.lengths == 0) return std::nullopt;
  if (found.lengths > 1) {
    return BadRequest("there is more than one Content-Length header");
  }
  return ReadContentLength(found.length, request.framing);
}

// RFC 9110 section 10.1.1. To HTTP/1.0 no 100 may be sent, and where there is
// no body there is nothing to wait for.
MaybeRefusal ReadExpectations(Request& request) {
  for (const Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.name, "Expect")) continue;
    for (absl::string_view element : absl::StrSplit(header.value, ',')) {
      element = TrimWhitespace(element);
      if (!element.empty() &&
          !absl::EqualsIgnoreCase(element, "100-continue")) {
        return Refusal{417, "nothing but 100-continue can be expected here"};
      }
    }
  }
  const BodyFraming& framing = request.framing;
  const bool has_body =
      framing.kind == BodyKind::kChunked || framing.length > 0;
  request.expects_continue = has_body && request.minor_version > 0 &&
                             request.HasToken("Expect", "100-continue");
  return std::nullopt;
}

// What nearly every request leaves to the version.
bool WantsToKeepAlive(const Request& request, const Found& found) {
  if (found.connections == 0) return request.minor_version > 0;
  return SaysKeepAlive(request.headers, request.minor_version);
}

}  // namespace

MaybeRefusal CheckRequest(Request& request) {
  Found found;
  for (const Header& header : request.headers) Look(header, found);
  request.keep_alive = WantsToKeepAlive(request, found);
  MaybeRefusal refusal = CheckHost(request, found);
  if (!refusal) refusal = ReadFraming(request, found);
  if (!refusal && found.expectations > 0) refusal = ReadExpectations(request);
  return refusal;
}

}  // namespace cloche
