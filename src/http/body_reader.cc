#include "cloche/http/body_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/tasks/within.h"

namespace cloche {
namespace {

// What ReadAll makes room for at a time, if it does not know better.
constexpr size_t kPartBytes = 4096;

constexpr Refusal kTooLong{413, "the body is longer than is allowed here"};
constexpr Refusal kTooSlow{408, "the body took too long to arrive"};
constexpr Refusal kTooShort{400, "the body ends before its time"};

absl::StatusCode CodeOf(const Refusal& refusal) {
  if (refusal.status_code == 413) return absl::StatusCode::kResourceExhausted;
  if (refusal.status_code == 408) return absl::StatusCode::kDeadlineExceeded;
  return absl::StatusCode::kInvalidArgument;
}

// The byte too many is read, to know that there is one.
size_t OneMore(size_t bytes) { return std::max(bytes, bytes + 1); }

}  // namespace

BodyReader::BodyReader(ByteStream& stream, absl::string_view arrived,
                       const BodyFraming& framing, const BodyLimits& limits,
                       BeforeBodyWait* before_wait)
    : stream_(stream),
      limits_(limits),
      framing_(framing),
      before_wait_(before_wait),
      arrived_(arrived),
      buffer_(limits.buffer_bytes),
      finished_(framing.kind == BodyKind::kNone ||
                (framing.kind == BodyKind::kLength && framing.length == 0)) {
  if (finished_) return;
  if (framing.kind == BodyKind::kChunked) decoder_.emplace(limits.trailers);
  if (framing.length > limits.max_bytes) (void)Refuse(kTooLong);
}

std::optional<uint64_t> BodyReader::content_length() const {
  if (framing_.kind == BodyKind::kNone) return 0;
  if (framing_.kind == BodyKind::kLength) return framing_.length;
  return std::nullopt;
}

// --- What is there ----------------------------------------------------------

absl::string_view BodyReader::Ahead() const {
  return arrived_.empty() ? buffer_.data() : arrived_;
}

// How many of the bytes that come next are content, as far as is known.
uint64_t BodyReader::ContentLeft() const {
  if (finished_) return 0;
  if (framing_.kind == BodyKind::kLength) return framing_.length - received_;
  if (decoder_) return decoder_->data_left();
  return std::numeric_limits<uint64_t>::max();
}

void BodyReader::Use(size_t count) {
  if (arrived_.empty()) return buffer_.Use(count);
  arrived_.remove_prefix(count);
  arrived_used_ += count;
}

void BodyReader::UseContent(size_t count) {
  received_ += count;
  if (decoder_) {
    decoder_->UseData(count);
    TakeFraming();
  } else if (framing_.kind == BodyKind::kLength) {
    finished_ = received_ == framing_.length;
  } else if (received_ > limits_.max_bytes) {
    (void)Refuse(kTooLong);
  }
}

// Up to the next content, which a chunk's size tells of before it comes. What
// arrived with the head may end in the middle, and the buffer go on from there.
void BodyReader::TakeFraming() {
  if (!decoder_ || finished_ || decoder_->data_left() > 0) return;
  size_t used;
  do {
    used = decoder_->TakeFraming(Ahead());
    Use(used);
  } while (used > 0);
  if (decoder_->refusal()) {
    (void)Refuse(*decoder_->refusal());
  } else if (decoder_->data_left() > limits_.max_bytes - received_) {
    (void)Refuse(kTooLong);
  } else if (decoder_->finished()) {
    finished_ = true;
    trailers_ = decoder_->trailers();
  }
}

size_t BodyReader::TakeContent(absl::Span<char> room) {
  TakeFraming();
  if (!failure_.ok()) return 0;
  const size_t size =
      std::min<uint64_t>(std::min(room.size(), Ahead().size()), ContentLeft());
  if (size == 0) return 0;
  std::memcpy(room.data(), Ahead().data(), size);
  Use(size);
  UseContent(size);
  return size;
}

bool BodyReader::SkipSome() {
  TakeFraming();
  while (failure_.ok() && !finished_) {
    const size_t size = std::min<uint64_t>(Ahead().size(), ContentLeft());
    if (size == 0) break;
    Use(size);
    UseContent(size);
  }
  return finished_;
}

// --- What comes -------------------------------------------------------------

Task<size_t> BodyReader::Read(absl::Span<char> room) {
  if (room.empty()) co_return 0;
  while (failure_.ok()) {
    size_t size = TakeContent(room);
    if (size > 0) co_return size;
    if (!failure_.ok()) break;
    if (finished_) co_return 0;
    size = co_await Try(ReadMore(room));
    if (size > 0) co_return size;
  }
  co_return failure_;
}

// Waits for content, straight into `room`: gives how much; or for what is not
// content, into the buffer: gives 0.
Task<size_t> BodyReader::ReadMore(absl::Span<char> room) {
  const uint64_t left = ContentLeft();
  const absl::Span<char> into =
      left == 0 ? buffer_.Room()
                : room.subspan(0, std::min<uint64_t>(room.size(), left));
  const absl::StatusOr<size_t> read = co_await ReadInto(into);
  if (!read.ok()) co_return OnReadFailure(read.status());
  if (*read == 0) {
    OnEndOfStream();
  } else if (left == 0) {
    buffer_.Add(*read);
  } else {
    UseContent(*read);
    co_return *read;
  }
  co_return 0;
}

Task<size_t> BodyReader::ReadInto(absl::Span<char> into) {
  RunningTask& task = co_await CurrentTask();
  if (before_wait_ != nullptr) {
    // A peer that always has more must not keep everybody else waiting.
    if (!task.SpendTurn()) co_await Try(Yield());
    const auto read = co_await Try(stream_.ReadNow(into));
    if (read) co_return *read;
    failure_ = co_await std::exchange(before_wait_, nullptr)->PrepareToWait();
    if (!failure_.ok()) co_return failure_;
  }
  Loop& loop = task.loop();
  const absl::Time begin = loop.Now();
  absl::StatusOr<size_t> read = co_await Within(TimeLeft(), stream_.Read(into));
  waited_ += loop.Now() - begin;
  if (absl::IsDeadlineExceeded(read.status())) co_return Refuse(kTooSlow);
  co_return read;
}

absl::Duration BodyReader::TimeLeft() const {
  absl::Duration all = limits_.timeout;
  if (limits_.min_bytes_per_second > 0) {
    all += absl::Seconds(1) *
           (static_cast<double>(received_) / limits_.min_bytes_per_second);
  }
  return all - waited_;
}

void BodyReader::OnEndOfStream() {
  if (framing_.kind == BodyKind::kUntilClose) {
    finished_ = true;
  } else {
    (void)Refuse(kTooShort);
  }
}

// A reader that was cancelled while it waited may be asked again.
absl::Status BodyReader::OnReadFailure(const absl::Status& failure) {
  if (!absl::IsCancelled(failure)) failure_ = failure;
  return failure;
}

absl::Status BodyReader::Refuse(const Refusal& refusal) {
  refusal_ = refusal;
  failure_ = absl::Status(CodeOf(refusal), absl::StrCat("read the body from ",
                                                        stream_.Description(),
                                                        ": ", refusal.reason));
  return failure_;
}

// --- All of it --------------------------------------------------------------

// Makes room as it fills up: a client must not get memory for a length that it
// only said.
Task<std::string> BodyReader::ReadAll(size_t most_bytes) {
  const bool is_length_known = framing_.kind == BodyKind::kLength;
  if (is_length_known && failure_.ok() && ContentLeft() > most_bytes) {
    co_return Refuse(kTooLong);
  }
  std::string all;
  const uint64_t limit = is_length_known ? ContentLeft() : OneMore(most_bytes);
  while (all.size() <= most_bytes) {
    const size_t begin = all.size();
    all.resize(begin + std::min(limit - begin, std::max(begin, kPartBytes)));
    const absl::Span<char> room = absl::MakeSpan(all).subspan(begin);
    const size_t size = co_await Try(Read(room));
    all.resize(begin + size);
    if (size == 0) co_return all;
  }
  co_return Refuse(kTooLong);
}

}  // namespace cloche
