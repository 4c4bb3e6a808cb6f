#include "cloche/http/body_writer.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/sent_header.h"
#include "cloche/http/trailers.h"
#include "cloche/tasks/try.h"
#include "cloche/tasks/within.h"

namespace cloche {
namespace {

// A head or a chunk's line ends, and a piece.
constexpr size_t kOutputBytes = 16 * 1024 - 32;

constexpr absl::string_view kLineEnd = "\r\n";

// Appends the size as hexadecimal digits.
void AppendHex(size_t size, ByteBuffer& output) {
  char digits[2 * sizeof(size)];
  const char* end =
      std::to_chars(digits, digits + sizeof(digits), size, 16).ptr;
  output.Append(absl::string_view(digits, end - digits));
}

}  // namespace

BodyWriter::BodyWriter(ByteStream& stream, ByteBuffer& output,
                       const BodyFraming& framing, absl::Duration write_timeout,
                       BeforeBodyWrite* before_write)
    : stream_(stream),
      output_(output),
      framing_(framing),
      write_timeout_(write_timeout),
      before_write_(before_write) {}

// An empty chunk would be the end of the body, so nothing is sent for nothing.
Task<> BodyWriter::Write(absl::string_view part) {
  if (failure_.ok()) failure_ = Count(part.size());
  if (!failure_.ok()) co_return failure_;
  AppendHead();
  if (framing_.kind == BodyKind::kNone) co_return absl::OkStatus();
  while (!part.empty() && failure_.ok()) {
    const absl::string_view piece =
        part.substr(0, is_chunked() ? kPieceBytes : part.size());
    failure_ = co_await SendPiece(piece);
    part.remove_prefix(piece.size());
  }
  stream_failed_ = !failure_.ok();
  // With a plain close the system would go on trying, for minutes.
  if (absl::IsDeadlineExceeded(failure_)) stream_.Abort();
  co_return failure_;
}

Task<> BodyWriter::SendPiece(absl::string_view piece) {
  const bool goes_alone = piece.size() > kPieceBytes;
  const bool fits = output_.size() + piece.size() <= kOutputBytes;
  if (!output_.empty() && (goes_alone || !fits)) co_await Try(SendOutput());
  if (goes_alone) {
    co_return co_await Within(write_timeout_, stream_.Write(piece));
  }
  if (is_chunked()) {
    AppendHex(piece.size(), output_);
    output_.Append(kLineEnd);
    output_.Append(piece);
    output_.Append(kLineEnd);
  } else {
    output_.Append(piece);
  }
  co_return co_await SendOutput();
}

Task<> BodyWriter::SendOutput() {
  co_await Try(Within(write_timeout_, stream_.Write(output_.data())));
  output_.Clear();
  co_return absl::OkStatus();
}

absl::Status BodyWriter::Count(size_t bytes) {
  if (framing_.kind != BodyKind::kLength ||
      bytes <= framing_.length - written_) {
    written_ += bytes;
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("write the body to ", stream_.Description(), ": ", bytes,
                   " bytes more after ", written_, " are more than the ",
                   framing_.length, " that content_length says"));
}

void BodyWriter::AppendHead() {
  if (before_write_ != nullptr) {
    std::exchange(before_write_, nullptr)->AppendHead();
  }
}

absl::Status BodyWriter::SetTrailer(absl::string_view name,
                                    absl::string_view value) {
  if (framing_.kind == BodyKind::kLength) {
    return absl::FailedPreconditionError(absl::StrCat(
        "trailer \"", absl::CHexEscape(name), "\": a body of known length has ",
        "none; leave content_length out, and it is sent in chunks"));
  }
  absl::string_view fault = FaultOfHeader(name, value);
  if (!MayBeTrailer(name)) {
    fault = "no trailer may have this name; send it as a header";
  }
  if (!fault.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("trailer \"", absl::CHexEscape(name), "\": ", fault));
  }
  trailers_.emplace_back(name, value);
  return absl::OkStatus();
}

absl::Status BodyWriter::Finish() {
  if (!failure_.ok()) return failure_;
  if (framing_.kind == BodyKind::kLength && written_ < framing_.length) {
    failure_ = absl::FailedPreconditionError(absl::StrCat(
        "write the body to ", stream_.Description(), ": it ends after ",
        written_, " bytes, where content_length says ", framing_.length));
    return failure_;
  }
  AppendHead();
  if (is_chunked()) AppendLastChunk();
  return absl::OkStatus();
}

void BodyWriter::AppendLastChunk() {
  output_.Append("0\r\n");
  for (const auto& [name, value] : trailers_) {
    AppendHeader(name, value, output_);
  }
  output_.Append(kLineEnd);
}

}  // namespace cloche
