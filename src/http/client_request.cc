#include "cloche/http/client_request.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/characters.h"
#include "cloche/http/sent_header.h"

namespace cloche {
namespace {

constexpr absl::string_view kClientsOwn[] = {
    "Connection", "Content-Length", "Expect", "Host", "Transfer-Encoding"};
constexpr HeaderOwner kClient = {"request", "client", kClientsOwn};

absl::Status Wrong(absl::string_view what, absl::string_view value,
                   absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "request ", what, " \"", absl::CHexEscape(value), "\": ", why));
}

// RFC 9112 section 3.2: of the four forms, the two that are not for proxies.
absl::Status CheckTarget(const ClientRequest& request) {
  if (!ConsistsOf(request.target, IsTargetCharacter)) {
    return Wrong("target", request.target,
                 "it is empty or has a character that is not allowed; "
                 "percent-encode it");
  }
  if (request.target[0] == '/') return absl::OkStatus();
  if (request.target == "*" && request.method == "OPTIONS") {
    return absl::OkStatus();
  }
  return Wrong("target", request.target,
               "it must begin with \"/\"; the host has its own place");
}

absl::Status CheckMethod(const ClientRequest& request) {
  if (!IsToken(request.method)) {
    return Wrong("method", request.method,
                 "it is empty or has a character that is not allowed");
  }
  if (request.method == "CONNECT") {
    return Wrong("method", request.method,
                 "it is for proxies, which this client does not know");
  }
  // RFC 9110 section 9.3.8.
  if (request.method == "TRACE" &&
      SentFraming(request).kind != BodyKind::kNone) {
    return Wrong("method", request.method, "it may have no body");
  }
  return absl::OkStatus();
}

// RFC 9110 section 8.6: those that mean something by their content say also
// that they have none.
bool MeansContent(absl::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

absl::Status CheckClientRequest(const ClientRequest& request) {
  absl::Status checked = CheckMethod(request);
  if (checked.ok()) checked = CheckTarget(request);
  if (CountWhile(request.host, IsHostCharacter) < request.host.size()) {
    checked.Update(
        Wrong("host", request.host, "it has a character that is not allowed"));
  }
  for (const auto& [name, value] : request.headers) {
    checked.Update(CheckSentHeader(kClient, name, value));
  }
  return checked;
}

BodyFraming SentFraming(const ClientRequest& request) {
  if (request.stream) {
    if (!request.content_length) return {BodyKind::kChunked, 0};
    return {BodyKind::kLength, *request.content_length};
  }
  if (request.body.empty() && !MeansContent(request.method)) return {};
  return {BodyKind::kLength, request.body.size()};
}

bool ExpectsContinue(const ClientRequest& request) {
  const BodyFraming framing = SentFraming(request);
  return request.expect_continue &&
         (framing.kind == BodyKind::kChunked || framing.length > 0);
}

void AppendRequestHead(const ClientRequest& request, ByteBuffer& out) {
  out.Append(request.method);
  out.Append(" ");
  out.Append(request.target);
  out.Append(" HTTP/1.1\r\n");
  AppendHeader("Host", request.host, out);
  if (!request.keep_alive) AppendHeader("Connection", "close", out);
  const BodyFraming framing = SentFraming(request);
  if (framing.kind == BodyKind::kLength) {
    AppendHeader("Content-Length", absl::AlphaNum(framing.length).Piece(), out);
  } else if (framing.kind == BodyKind::kChunked) {
    AppendHeader("Transfer-Encoding", "chunked", out);
  }
  if (ExpectsContinue(request)) AppendHeader("Expect", "100-continue", out);
  for (const auto& [name, value] : request.headers) {
    AppendHeader(name, value, out);
  }
  out.Append("\r\n");
}

}  // namespace cloche
