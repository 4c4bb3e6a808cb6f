#include "cloche/http/request_line.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/http_version.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

void SplitPathAndQuery(absl::string_view rest, Request& request) {
  const size_t path_size = CountWhile(rest, IsPathCharacter);
  request.path = rest.substr(0, path_size);
  if (path_size < rest.size()) request.query = rest.substr(path_size + 1);
}

// http://host/path: the host counts for us no more than Host does, as there is
// only one site here. "http://host" has the path "/", which it does not spell.
MaybeRefusal ParseAbsoluteForm(absl::string_view target, Request& request) {
  const size_t authority = target.find("://") + 3;
  const size_t path = target.find_first_of("/?", authority);
  const absl::string_view host = target.substr(
      authority, path == absl::string_view::npos ? path : path - authority);
  if (host.empty()) return BadRequest("the request target names no host");
  SplitPathAndQuery(target.substr(authority + host.size()), request);
  if (request.path.empty()) request.path = "/";
  return std::nullopt;
}

MaybeRefusal ParseOtherForms(absl::string_view target, Request& request) {
  if (request.method == "CONNECT") return std::nullopt;
  if (target == "*" && request.method == "OPTIONS") return std::nullopt;
  if (absl::StartsWithIgnoreCase(target, "http://") ||
      absl::StartsWithIgnoreCase(target, "https://")) {
    return ParseAbsoluteForm(target, request);
  }
  return BadRequest("the request target must begin with \"/\"");
}

MaybeRefusal ParseTarget(absl::string_view target, Request& request) {
  if (!ConsistsOf(target, IsTargetCharacter)) {
    return BadRequest("a character in the request target is not allowed");
  }
  request.target = target;
  if (target[0] != '/') return ParseOtherForms(target, request);
  SplitPathAndQuery(target, request);
  return std::nullopt;
}

MaybeRefusal ReadVersion(absl::string_view text, Request& request) {
  const std::optional<HttpVersion> version = ParseHttpVersion(text);
  if (!version) {
    return BadRequest("the request line must end with an HTTP version");
  }
  if (version->major != 1) return Refusal{505, "only HTTP/1.0 and HTTP/1.1"};
  request.minor_version = version->minor;
  return std::nullopt;
}

// Why `line` does not begin with a method and a space.
Refusal WhyNoMethod(absl::string_view line) {
  if (line.find(' ') == line.rfind(' ')) {
    return BadRequest("the request line must be: method, target, version");
  }
  return BadRequest("the request line must begin with a method");
}

}  // namespace

MaybeRefusal ParseRequestLine(absl::string_view line, Request& request) {
  const size_t method_size = CountWhile(line, IsTokenCharacter);
  const size_t last_space = line.rfind(' ');
  if (last_space == absl::string_view::npos || last_space <= method_size ||
      method_size == 0 || line[method_size] != ' ') {
    return WhyNoMethod(line);
  }
  request.method = line.substr(0, method_size);
  // The version first: in another version, the rest may have another form.
  const MaybeRefusal wrong_version =
      ReadVersion(line.substr(last_space + 1), request);
  if (wrong_version) return wrong_version;
  return ParseTarget(line.substr(method_size + 1, last_space - method_size - 1),
                     request);
}

}  // namespace cloche
