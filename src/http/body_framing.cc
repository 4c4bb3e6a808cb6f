#include "cloche/http/body_framing.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

// What a signed 64-bit number holds too: other programs use those.
constexpr uint64_t kMostBytes = std::numeric_limits<int64_t>::max();

}  // namespace

MaybeRefusal ReadContentLength(absl::string_view value, BodyFraming& framing) {
  if (!ConsistsOf(value, IsDigit)) {
    return BadRequest("the Content-Length is not a number");
  }
  if (value[0] == '0' && value.size() > 1) {
    return BadRequest("the Content-Length has leading zeros");
  }
  uint64_t length = 0;
  for (const char c : value) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (length > (kMostBytes - digit) / 10) {
      return BadRequest("the Content-Length is too large a number");
    }
    length = 10 * length + digit;
  }
  framing = {BodyKind::kLength, length};
  return std::nullopt;
}

void TransferCodings::Add(absl::string_view value) {
  for (absl::string_view element : absl::StrSplit(value, ',')) {
    element = TrimWhitespace(element);
    if (element.empty()) continue;
    ++count_;
    last_is_chunked_ = absl::EqualsIgnoreCase(element, "chunked");
    if (last_is_chunked_) ++chunked_;
  }
}

MaybeRefusal TransferCodings::Check(BodyFraming& framing) const {
  if (!last_is_chunked_) {
    return BadRequest("the last transfer coding must be chunked");
  }
  if (chunked_ > 1) {
    return BadRequest("the transfer coding chunked may come only once");
  }
  if (count_ > 1) {
    return Refusal{501, "no transfer coding but chunked is known here"};
  }
  framing = {BodyKind::kChunked, 0};
  return std::nullopt;
}

MaybeRefusal ReadTransferEncoding(const Headers& headers, int minor_version,
                                  BodyFraming& framing) {
  if (FindHeader(headers, "Content-Length")) {
    return BadRequest(
        "Transfer-Encoding and Content-Length exclude each other");
  }
  if (minor_version == 0) {
    return BadRequest("HTTP/1.0 has no Transfer-Encoding");
  }
  TransferCodings codings;
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, "Transfer-Encoding")) {
      codings.Add(header.value);
    }
  }
  return codings.Check(framing);
}

}  // namespace cloche
