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

void AppendHeaders(const Response& response, ByteBuffer& out) {
  for (const auto& [name, value] : response.headers) {
    out.Append({name, ": ", value, "\r\n"});
  }
}

// What announces the body, without its line end.
absl::string_view FramingHeader(const BodyFraming& framing) {
  switch (framing.kind) {
    case BodyKind::kLength:
      return "Content-Length: ";
    case BodyKind::kChunked:
      return "Transfer-Encoding: chunked";
    default:
      return "";
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

// `text` if there is something to go with it.
absl::string_view If(bool there, absl::string_view text) {
  return there ? text : absl::string_view();
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

// All that nearly every answer has goes in together.
void AppendResponseHead(const Response& response,
                        const ResponseContext& context, ByteBuffer& out) {
  const BodyFraming framing = SentFraming(response, context);
  const absl::AlphaNum code(response.status_code);
  const absl::AlphaNum length(framing.length);
  const absl::string_view body = FramingHeader(framing);
  const absl::string_view type = response.content_type;
  out.Append({"HTTP/1.1 ", code.Piece(), " ",
              ReasonPhrase(response.status_code), "\r\nDate: ", context.date,
              "\r\n", ConnectionLine(context, framing), body,
              If(framing.kind == BodyKind::kLength, length.Piece()),
              If(!body.empty(), "\r\n"), If(!type.empty(), "Content-Type: "),
              type, If(!type.empty(), "\r\n")});
  AppendHeaders(response, out);
  out.Append("\r\n");
}

}  // namespace cloche
