#include "cloche/http/url.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/net/endpoint.h"

namespace cloche {
namespace {

constexpr absl::string_view kScheme = "http://";
constexpr uint16_t kDefaultPort = 80;

// What one text is made of; each a view into it.
struct Parts {
  absl::string_view host;  // With the brackets of IPv6.
  absl::string_view port;  // Empty if there is none.
  absl::string_view target;
};

absl::Status CheckScheme(absl::string_view text) {
  if (absl::StartsWithIgnoreCase(text, kScheme)) return absl::OkStatus();
  if (absl::StartsWithIgnoreCase(text, "https://")) {
    return absl::UnimplementedError(
        "https is not there yet, since it needs TLS; use http://");
  }
  return absl::InvalidArgumentError(
      "it must begin with http://, as in http://127.0.0.1:8080/");
}

absl::Status CheckCharacters(absl::string_view text) {
  const auto is_allowed = [](char c) {
    return IsTargetCharacter(c) || c == '#';
  };
  const size_t good = CountWhile(text, is_allowed);
  if (good == text.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("character ", good + 1,
                   " is not allowed in a URL; percent-encode it, as in %20"));
}

// "127.0.0.1:80", "[::1]", "localhost".
Parts SplitAuthority(absl::string_view authority) {
  Parts parts;
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  const bool has_port = colon != absl::string_view::npos &&
                        (bracket == absl::string_view::npos || colon > bracket);
  parts.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) parts.port = authority.substr(colon + 1);
  return parts;
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  if (text.empty()) return kDefaultPort;
  uint32_t port = 0;
  if (text.size() > 5 || !ConsistsOf(text, IsDigit) ||
      !absl::SimpleAtoi(text, &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the port \"", text, "\" is not a number from 1 to 65535"));
  }
  return static_cast<uint16_t>(port);
}

absl::StatusOr<Endpoint> EndpointOf(absl::string_view host, uint16_t port) {
  if (host.empty()) return absl::InvalidArgumentError("it names no host");
  if (absl::EqualsIgnoreCase(host, "localhost")) {
    return Endpoint::Loopback(port);
  }
  const auto is_of_ipv4 = [](char c) { return IsDigit(c) || c == '.'; };
  if (host[0] == '[' || ConsistsOf(host, is_of_ipv4)) {
    return Endpoint::Parse(absl::StrCat(host, ":", port));
  }
  if (absl::StrContains(host, ':')) {
    return absl::InvalidArgumentError(
        "an IPv6 address stands in brackets, as in http://[::1]:8080/");
  }
  if (!ConsistsOf(host, IsHostCharacter)) {
    return absl::InvalidArgumentError(
        "the host has a character that is not allowed");
  }
  return absl::UnimplementedError(
      absl::StrCat("the name \"", host,
                   "\" cannot be looked up yet; write its address, as in "
                   "http://127.0.0.1:8080/"));
}

std::string TargetOf(absl::string_view rest) {
  if (rest.empty() || rest[0] == '?') return absl::StrCat("/", rest);
  return std::string(rest);
}

absl::StatusOr<Url> ParseParts(absl::string_view text) {
  absl::Status scheme = CheckScheme(text);
  if (!scheme.ok()) return scheme;
  absl::Status characters = CheckCharacters(text);
  if (!characters.ok()) return characters;

  text = text.substr(0, text.find('#'));
  text.remove_prefix(kScheme.size());
  const absl::string_view authority = text.substr(0, text.find_first_of("/?"));
  if (absl::StrContains(authority, '@')) {
    return absl::InvalidArgumentError(
        "a user or a password in a URL ends up in logs; send an Authorization "
        "header instead");
  }
  const Parts parts = SplitAuthority(authority);
  const absl::StatusOr<uint16_t> port = ParsePort(parts.port);
  if (!port.ok()) return port.status();
  absl::StatusOr<Endpoint> endpoint = EndpointOf(parts.host, *port);
  if (!endpoint.ok()) return endpoint.status();
  const std::string suffix =
      *port == kDefaultPort ? "" : absl::StrCat(":", *port);
  return Url{*endpoint, absl::StrCat(parts.host, suffix),
             TargetOf(text.substr(authority.size()))};
}

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  absl::StatusOr<Url> url = ParseParts(text);
  if (url.ok()) return url;
  return absl::Status(url.status().code(),
                      absl::StrCat("URL \"", absl::CHexEscape(text),
                                   "\": ", url.status().message()));
}

}  // namespace cloche
