#include "cloche/http/response_writer.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/characters.h"
#include "cloche/http/sent_header.h"
#include "cloche/http/status_code.h"
#include "cloche/http/text_cursor.h"

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

// All that a head has besides the texts of the response itself: at most 170.
constexpr size_t kMostOwnBytes = 256;

void PutStatusLine(int code, TextCursor& text) {
  text.Put("HTTP/1.1 ");
  text.PutNumber(static_cast<uint64_t>(code));
  text.Put(" ");
  text.Put(ReasonPhrase(code));
  text.Put("\r\n");
}

void PutConnection(const ResponseContext& context, const BodyFraming& framing,
                   TextCursor& text) {
  if (!context.keep_alive || framing.kind == BodyKind::kUntilClose) {
    text.Put("Connection: close\r\n");
  } else if (context.is_http_1_0) {
    text.Put("Connection: keep-alive\r\n");
  }
}

void PutFraming(const BodyFraming& framing, TextCursor& text) {
  if (framing.kind == BodyKind::kLength) {
    text.Put("Content-Length: ");
    text.PutNumber(framing.length);
    text.Put("\r\n");
  } else if (framing.kind == BodyKind::kChunked) {
    text.Put("Transfer-Encoding: chunked\r\n");
  }
}

void PutContentType(absl::string_view type, TextCursor& text) {
  if (type.empty()) return;
  text.Put("Content-Type: ");
  text.Put(type);
  text.Put("\r\n");
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
  const size_t most = kMostOwnBytes + response.content_type.size();
  TextCursor text(out.Reserve(most));
  PutStatusLine(response.status_code, text);
  text.Put("Date: ");
  text.Put(context.date);
  text.Put("\r\n");
  PutConnection(context, framing, text);
  PutFraming(framing, text);
  PutContentType(response.content_type, text);
  out.Add(text.size());
  for (const auto& [name, value] : response.headers) {
    out.Append({name, ": ", value, "\r\n"});
  }
  out.Append("\r\n");
}

}  // namespace cloche
