#include "cloche/http/chunked_decoder.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/field_line.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "cloche/http/trailers.h"

namespace cloche {
namespace {

constexpr absl::string_view kBadSize =
    "a chunk's size is not a hexadecimal number";
constexpr absl::string_view kBadExtension = "a chunk's extension is malformed";
constexpr absl::string_view kBadSpace =
    "whitespace in a chunk's line, and no extension behind it";
constexpr absl::string_view kBadLineEnd =
    "a chunk's line does not end with CR and LF";
constexpr absl::string_view kBadDataEnd =
    "a chunk's content is not followed by CR and LF";

constexpr uint64_t kMaxSize = std::numeric_limits<int64_t>::max();

bool IsWhitespace(char c) { return c == ' ' || c == '\t'; }

// -1 for what is no digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

size_t ChunkedDecoder::TakeFraming(absl::string_view input) {
  size_t used = 0;
  while (used < input.size() && state_ < State::kFinished &&
         state_ != State::kData) {
    TakeByte(input[used++]);
  }
  return used;
}

void ChunkedDecoder::UseData(uint64_t count) {
  data_left_ -= count;
  if (data_left_ == 0) Go(State::kDataEnd);
  const uint64_t earned = std::min<uint64_t>(count, kExtensionBytes);
  extension_bytes_left_ =
      std::min<size_t>(extension_bytes_left_ + earned, kExtensionBytes);
}

void ChunkedDecoder::TakeByte(char c) {
  switch (state_) {
    case State::kSize:
    case State::kSizeDigits:
      return TakeSizeByte(c);
    case State::kSizeLineEnd:
      return FinishSizeLine(c);
    case State::kDataEnd:
      return GoIf(c == '\r', State::kDataLineEnd, kBadDataEnd);
    case State::kDataLineEnd:
      return GoIf(c == '\n', State::kSize, kBadDataEnd);
    case State::kTrailer:
      return TakeTrailerByte(c);
    case State::kTrailerLineEnd:
      return FinishTrailer(c);
    default:
      return TakeExtensionByte(c);
  }
}

// --- Size -------------------------------------------------------------------

void ChunkedDecoder::TakeSizeByte(char c) {
  const int value = HexValue(c);
  if (value >= 0) {
    Go(State::kSizeDigits);
    if (++digits_ > kMaxSizeDigits || size_ > kMaxSize / 16) {
      return Refuse(BadRequest("a chunk's size is too large"));
    }
    size_ = size_ * 16 + value;
    return;
  }
  if (state_ == State::kSize) return Refuse(BadRequest(kBadSize));
  if (c == '\n') return Refuse(BadRequest(kBadLineEnd));
  if (c != '\r' && c != ';' && !IsWhitespace(c)) {
    return Refuse(BadRequest(kBadSize));
  }
  TakeAfterExtension(c, State::kBeforeExt);
}

void ChunkedDecoder::FinishSizeLine(char c) {
  GoIf(c == '\n', size_ == 0 ? State::kTrailer : State::kData, kBadLineEnd);
  if (state_ == State::kData) data_left_ = size_;
  size_ = 0;
  digits_ = 0;
}

// --- Extensions: *( BWS ";" BWS name [ BWS "=" BWS value ] ) -----------------

void ChunkedDecoder::TakeExtensionByte(char c) {
  if (extension_bytes_left_-- == 0) {
    extension_bytes_left_ = 0;
    return Refuse(BadRequest("the chunks' extensions are too long"));
  }
  switch (state_) {
    case State::kBeforeExt:
      if (IsWhitespace(c)) return;
      return GoIf(c == ';', State::kExtName, kBadSpace);
    case State::kExtName:
    case State::kExtNameRest:
    case State::kAfterExtName:
      return TakeNameByte(c);
    default:
      return TakeValueByte(c);
  }
}

void ChunkedDecoder::TakeNameByte(char c) {
  if (state_ == State::kExtName && IsWhitespace(c)) return;
  if (state_ != State::kAfterExtName && IsTokenCharacter(c)) {
    return Go(State::kExtNameRest);
  }
  if (state_ == State::kExtName) return Refuse(BadRequest(kBadExtension));
  if (c == '=') return Go(State::kExtValue);
  if (state_ == State::kExtNameRest) {
    return TakeAfterExtension(c, State::kAfterExtName);
  }
  if (IsWhitespace(c)) return;
  GoIf(c == ';', State::kExtName, kBadExtension);
}

void ChunkedDecoder::TakeValueByte(char c) {
  switch (state_) {
    case State::kExtValue:
      if (IsWhitespace(c)) return;
      if (c == '"') return Go(State::kExtQuoted);
      return GoIf(IsTokenCharacter(c), State::kExtToken, kBadExtension);
    case State::kExtToken:
      if (IsTokenCharacter(c)) return;
      return TakeAfterExtension(c, State::kBeforeExt);
    case State::kExtQuoted:
      if (c == '"') return Go(State::kExtQuotedEnd);
      if (c == '\\') return Go(State::kExtQuotedPair);
      return GoIf(IsFieldCharacter(c), State::kExtQuoted, kBadExtension);
    case State::kExtQuotedPair:
      return GoIf(IsFieldCharacter(c), State::kExtQuoted, kBadExtension);
    default:
      return TakeAfterExtension(c, State::kBeforeExt);
  }
}

// Behind something that may be the last of its line: CR ends that, ";" begins
// another extension, and whitespace must come to such an end too (RFC 9110
// section 5.6.3 has it that we take it, and nobody send it).
void ChunkedDecoder::TakeAfterExtension(char c, State whitespace) {
  if (c == '\r') return Go(State::kSizeLineEnd);
  if (c == ';') return Go(State::kExtName);
  GoIf(IsWhitespace(c), whitespace, c == '\n' ? kBadLineEnd : kBadExtension);
}

// --- Trailers ---------------------------------------------------------------

void ChunkedDecoder::TakeTrailerByte(char c) {
  if (++trailer_bytes_ > limits_.max_bytes) {
    return Refuse({431, "the body's trailers are too long"});
  }
  if (c == '\r') return Go(State::kTrailerLineEnd);
  if (!IsFieldCharacter(c)) {
    return Refuse(BadRequest(
        "a control character in a trailer, or one that does not end with CR "
        "and LF"));
  }
  line_ += c;
}

void ChunkedDecoder::FinishTrailer(char c) {
  const std::string line = std::move(line_);
  line_.clear();
  GoIf(c == '\n', line.empty() ? State::kFinished : State::kTrailer,
       "a trailer does not end with CR and LF");
  if (state_ != State::kTrailer) return;
  Header trailer;
  const MaybeRefusal refusal = ParseFieldLine(line, trailer);
  if (refusal) return Refuse(*refusal);
  if (!MayBeTrailer(trailer.name)) {
    return Refuse(BadRequest("a trailer has a name that no trailer may have"));
  }
  if (trailers_.size() == limits_.max_headers) {
    return Refuse({431, "the body has too many trailers"});
  }
  trailers_.emplace_back(trailer.name, trailer.value);
}

// ----------------------------------------------------------------------------

void ChunkedDecoder::GoIf(bool good, State next, absl::string_view reason) {
  if (!good) return Refuse(BadRequest(reason));
  Go(next);
}

void ChunkedDecoder::Refuse(const Refusal& refusal) {
  refusal_ = refusal;
  Go(State::kRefused);
}

}  // namespace cloche
