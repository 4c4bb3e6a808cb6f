#include "cloche/http/request_line.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/http_version.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

// The path ends at the first "?" of `rest`, after `path_size` bytes, or with
// it.
void SetPathAndQuery(absl::string_view rest, size_t path_size,
                     Request& request) {
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
  const absl::string_view rest = target.substr(authority + host.size());
  SetPathAndQuery(rest, CountWhile(rest, IsPathCharacter), request);
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

MaybeRefusal ReadTarget(absl::string_view target, size_t path_size,
                        Request& request) {
  request.target = target;
  if (target[0] != '/') return ParseOtherForms(target, request);
  SetPathAndQuery(target, path_size, request);
  return std::nullopt;
}

MaybeRefusal ReadVersion(absl::string_view text, int& minor_version) {
  const std::optional<HttpVersion> version = ParseHttpVersion(text);
  if (!version) {
    return BadRequest("the request line must end with an HTTP version");
  }
  if (version->major != 1) return Refusal{505, "only HTTP/1.0 and HTTP/1.1"};
  minor_version = version->minor;
  return std::nullopt;
}

bool IsSpaceAt(absl::string_view text, size_t place) {
  return place < text.size() && text[place] == ' ';
}

Refusal WhyNoMethod(absl::string_view line) {
  if (line.find(' ') == line.rfind(' ')) {
    return BadRequest("the request line must be: method, target, version");
  }
  return BadRequest("the request line must begin with a method");
}

// Why `line` is not three parts with a space between them. Here the version is
// what follows the last space: in another version, the rest may have another
// form.
Refusal WhyNoRequestLine(absl::string_view line) {
  const size_t method_size = CountWhile(line, IsTokenCharacter);
  const size_t last_space = line.rfind(' ');
  if (method_size == 0 || !IsSpaceAt(line, method_size) ||
      last_space == method_size) {
    return WhyNoMethod(line);
  }
  int unused;
  const MaybeRefusal wrong_version =
      ReadVersion(line.substr(last_space + 1), unused);
  return wrong_version.value_or(
      BadRequest("a character in the request target is not allowed"));
}

}  // namespace

MaybeRefusal ParseRequestLine(absl::string_view line, Request& request) {
  const size_t method_size = CountWhile(line, IsTokenCharacter);
  if (method_size == 0 || !IsSpaceAt(line, method_size)) {
    return WhyNoRequestLine(line);
  }
  const absl::string_view rest = line.substr(method_size + 1);
  const size_t path_size = CountWhile(rest, IsPathCharacter);
  const size_t target_size =
      path_size + CountWhile(rest.substr(path_size), IsTargetCharacter);
  if (target_size == 0 || !IsSpaceAt(rest, target_size) ||
      ReadVersion(rest.substr(target_size + 1), request.minor_version)) {
    return WhyNoRequestLine(line);
  }
  request.method = line.substr(0, method_size);
  return ReadTarget(rest.substr(0, target_size), path_size, request);
}

}  // namespace cloche
