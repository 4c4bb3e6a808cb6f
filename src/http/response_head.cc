#include "cloche/http/response_head.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/characters.h"
#include "cloche/http/headers.h"
#include "cloche/http/http_version.h"
#include "cloche/http/refusal.h"
#include "cloche/http/status_code.h"

namespace cloche {
namespace {

constexpr size_t kCodeBegin = kHttpVersionBytes + 1;
constexpr size_t kReasonBegin = kCodeBegin + 3 + 1;

MaybeRefusal ReadVersion(absl::string_view line, ResponseHead& head) {
  const std::optional<HttpVersion> version =
      ParseHttpVersion(line.substr(0, kHttpVersionBytes));
  if (!version) {
    return BadRequest("the answer does not begin with an HTTP version");
  }
  if (version->major != 1) {
    return BadRequest("the answer is not in HTTP/1.0 or HTTP/1.1");
  }
  head.minor_version = version->minor;
  return std::nullopt;
}

// RFC 9110 section 15: not to be had in an answer of this code, whatever its
// headers say.
bool MayHaveBody(bool to_head, const ResponseHead& head) {
  return !to_head && HasContent(head.status_code);
}

MaybeRefusal ReadLength(const Headers& headers, BodyFraming& framing) {
  int count = 0;
  for (const Header& header : headers) {
    if (!absl::EqualsIgnoreCase(header.name, "Content-Length")) continue;
    if (++count > 1) {
      return BadRequest("there is more than one Content-Length header");
    }
    MaybeRefusal refusal = ReadContentLength(header.value, framing);
    if (refusal) return refusal;
  }
  return std::nullopt;
}

// RFC 9112 section 6.3.
MaybeRefusal ReadFraming(bool to_head, ResponseHead& head) {
  head.framing = {};
  if (!MayHaveBody(to_head, head)) return std::nullopt;
  head.framing.kind = BodyKind::kUntilClose;
  if (FindHeader(head.headers, "Transfer-Encoding")) {
    return ReadTransferEncoding(head.headers, head.minor_version, head.framing);
  }
  return ReadLength(head.headers, head.framing);
}

}  // namespace

// A code of 600 or more is none that there is, but RFC 9110 section 15 would
// have it taken as an error of the server.
MaybeRefusal ParseStatusLine(absl::string_view line, ResponseHead& head) {
  MaybeRefusal refusal = ReadVersion(line, head);
  if (refusal) return refusal;
  if (line.size() < kReasonBegin || line[kHttpVersionBytes] != ' ' ||
      !ConsistsOf(line.substr(kCodeBegin, 3), IsDigit) ||
      line[kReasonBegin - 1] != ' ' || line[kCodeBegin] == '0') {
    return BadRequest(
        "the status line must be: version, three digits, reason, with a space "
        "between each");
  }
  head.status_code = 100 * (line[kCodeBegin] - '0') +
                     10 * (line[kCodeBegin + 1] - '0') +
                     (line[kCodeBegin + 2] - '0');
  head.reason = line.substr(kReasonBegin);
  if (CountFieldCharacters(head.reason) == head.reason.size()) {
    return std::nullopt;
  }
  return BadRequest("the reason in the status line has a control character");
}

MaybeRefusal CheckResponseHead(bool to_head, ResponseHead& head) {
  MaybeRefusal refusal = ReadFraming(to_head, head);
  head.keep_alive = !refusal && head.framing.kind != BodyKind::kUntilClose &&
                    SaysKeepAlive(head.headers, head.minor_version);
  return refusal;
}

}  // namespace cloche
