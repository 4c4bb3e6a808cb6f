#include "cloche/http/response_writer.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/characters.h"
#include "cloche/http/sent_header.h"
#include "cloche/http/status_code.h"

namespace cloche {
namespace {

constexpr absl::string_view kServersOwn[] = {"Connection", "Content-Length",
                                             "Date", "Transfer-Encoding"};
constexpr HeaderOwner kServer = {"response", "server", kServersOwn};

absl::Status CheckContentType(const Response& response) {
  if (response.content_type.empty()) return absl::OkStatus();
  for (const auto& [name, value] : response.headers) {
    if (!absl::EqualsIgnoreCase(name, "Content-Type")) continue;
    return absl::InvalidArgumentError(
        "response header \"Content-Type\": content_type is set as well; leave "
        "one of them out");
  }
  if (CountFieldCharacters(response.content_type) ==
      response.content_type.size()) {
    return absl::OkStatus();
  }
  return CheckSentHeader(kServer, "Content-Type", response.content_type);
}

void AppendStatusAndDate(int code, absl::string_view date, ByteBuffer& out) {
  out.Append("HTTP/1.1 ");
  out.Append(absl::AlphaNum(code).Piece());
  out.Append(" ");
  out.Append(ReasonPhrase(code));
  out.Append("\r\nDate: ");
  out.Append(date);
  out.Append("\r\n");
}

void AppendFraming(const BodyFraming& framing, ByteBuffer& out) {
  if (framing.kind == BodyKind::kLength) {
    out.Append("Content-Length: ");
    out.Append(absl::AlphaNum(framing.length).Piece());
    out.Append("\r\n");
  } else if (framing.kind == BodyKind::kChunked) {
    out.Append("Transfer-Encoding: chunked\r\n");
  }
}

void AppendHeadersOf(const Response& response, ByteBuffer& out) {
  if (!response.content_type.empty()) {
    AppendHeader("Content-Type", response.content_type, out);
  }
  for (const auto& [name, value] : response.headers) {
    AppendHeader(name, value, out);
  }
}

absl::string_view ConnectionLine(const ResponseContext& context,
                                 const BodyFraming& framing) {
  if (!context.keep_alive || framing.kind == BodyKind::kUntilClose) {
    return "Connection: close\r\n";
  }
  if (context.is_http_1_0) return "Connection: keep-alive\r\n";
  return "";
}

}  // namespace

absl::Status CheckResponse(const Response& response) {
  if (response.status_code < 200 || response.status_code > 599) {
    return absl::InvalidArgumentError(
        absl::StrCat("response status code ", response.status_code,
                     ": a final one is from 200 to 599"));
  }
  for (const auto& [name, value] : response.headers) {
    absl::Status checked = CheckSentHeader(kServer, name, value);
    if (!checked.ok()) return checked;
  }
  return CheckContentType(response);
}

BodyFraming SentFraming(const Response& response,
                        const ResponseContext& context) {
  if (!HasContent(response.status_code)) return {BodyKind::kNone, 0};
  if (!response.stream) return {BodyKind::kLength, response.body.size()};
  if (response.content_length) {
    return {BodyKind::kLength, *response.content_length};
  }
  return {context.is_http_1_0 ? BodyKind::kUntilClose : BodyKind::kChunked, 0};
}

absl::string_view SentBody(const Response& response,
                           const ResponseContext& context) {
  if (context.is_head || response.stream || !HasContent(response.status_code)) {
    return "";
  }
  return response.body;
}

void AppendResponseHead(const Response& response,
                        const ResponseContext& context, ByteBuffer& out) {
  const BodyFraming framing = SentFraming(response, context);
  AppendStatusAndDate(response.status_code, context.date, out);
  out.Append(ConnectionLine(context, framing));
  AppendFraming(framing, out);
  AppendHeadersOf(response, out);
  out.Append("\r\n");
}

}  // namespace cloche
