// BodyReader: the body of a message, as it arrives.
//
//     Task<Response> Count(const Request& request) {
//       char room[4096];
//       size_t total = 0;
//       while (true) {
//         const size_t size = co_await Try(request.body->Read(room));
//         if (size == 0) break;
//         total += size;
//       }
//       co_return TextResponse(200, absl::StrCat(total, " bytes\n"));
//     }
//
// Nothing is read before it is asked for, so a handler that does not read stops
// the client (backpressure), and a body of any length needs the same memory.
//
// How it works: the head's buffer holds what came together with the head. That
// is used up first; then content goes from the stream straight into the
// reader's room, and what is not content (chunk sizes, trailers) into a buffer
// of our own, with whatever comes along with it.
//
//   arrived with the head     our buffer          the stream
//   [#########]               [####......]        ~~~~~~~~~
//    first                     then                last, content past the
//    buffer
//
// The head's buffer stays as it is: the message's views point into it.
//
// Main disadvantage: a frame for each Read, also if the bytes are there.
//
// Next: http/chunked_decoder.h; http/body_writer.h, the other direction.

#ifndef CLOCHE_HTTP_BODY_READER_H_
#define CLOCHE_HTTP_BODY_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/chunked_decoder.h"
#include "cloche/http/head_parser.h"
#include "cloche/http/refusal.h"
#include "cloche/http/trailers.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

// How much, and how slowly.
struct BodyLimits {
  uint64_t max_bytes = 16 * 1024 * 1024;
  HeadLimits trailers;
  // The buffer for what is not content, and for what comes along with it: also
  // of the next message.
  size_t buffer_bytes = 16 * 1024;

  // Only the time that we wait for the peer counts, not the time that nobody
  // reads. So long for the whole body, and a second more for each
  // min_bytes_per_second of it that have come (0: no more time for any). A
  // peer that sends a byte now and then does not last.
  absl::Duration timeout = absl::Seconds(20);
  uint64_t min_bytes_per_second = 500;
};

// What must happen before a wait for the peer, such as to send what the peer
// waits for.
class BeforeBodyWait {
 public:
  // Called once, before the first wait. If it fails the body cannot be read.
  virtual Task<> PrepareToWait() = 0;

 protected:
  ~BeforeBodyWait() = default;
};

// Thread safety: the loop's thread. Lifetime: until the handler, or what it
// gave as the answer's `stream`, has ended.
//
// Invariants:
//   1. buffer_ is empty while arrived_ is not.
//   2. finished_ and failure_ exclude each other.
class BodyReader {
 public:
  // `arrived` is what came behind the head; it stays there. Lifetime: all but
  // `framing` outlive this; `before_wait` may be null.
  BodyReader(ByteStream& stream, absl::string_view arrived,
             const BodyFraming& framing, const BodyLimits& limits,
             BeforeBodyWait* before_wait);
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  // The next part of the content, at least a byte; 0 at its end (or for an
  // empty room). Errors, which stay: INVALID_ARGUMENT if the body is malformed
  // or ends too early, RESOURCE_EXHAUSTED if it is too long, DEADLINE_EXCEEDED
  // if it comes too slowly; and those of ByteStream::Read. A handler that
  // passes the first three on answers 400, 413, 408.
  Task<size_t> Read(absl::Span<char> room);

  // All that has not been read yet. RESOURCE_EXHAUSTED (413) if that is more
  // than `most_bytes`; without having read any, if the length was said.
  Task<std::string> ReadAll(size_t most_bytes);

  // What Content-Length said; 0 if there is no body. nullopt: nobody knows.
  std::optional<uint64_t> content_length() const;

  // Whether all of it has been read, trailers included.
  bool finished() const { return finished_; }

  // What came behind a chunked body; when it has finished.
  const Trailers& trailers() const { return trailers_; }

  // --- For connections ------------------------------------------------------

  // What is wrong with the body, if something is: known from the beginning if
  // it is said to be too long.
  const MaybeRefusal& refusal() const { return refusal_; }

  // OK unless a Read has failed, or would.
  const absl::Status& failure() const { return failure_; }

  // Throws away what has arrived, as far as it is body. True if that was all.
  bool SkipArrived() { return finished_ || SkipSome(); }

  // When it has finished: how much of `arrived` was body, and what was read
  // past the body into a buffer of our own (then all of `arrived` was).
  size_t arrived_used() const { return arrived_used_; }
  ByteBuffer& surplus() { return buffer_; }

 private:
  absl::string_view Ahead() const;
  uint64_t ContentLeft() const;
  void Use(size_t count);
  void UseContent(size_t count);
  void TakeFraming();
  size_t TakeContent(absl::Span<char> room);
  bool SkipSome();

  Task<size_t> ReadMore(absl::Span<char> room);
  Task<size_t> ReadInto(absl::Span<char> into);
  absl::Duration TimeLeft() const;
  void OnEndOfStream();
  absl::Status Refuse(const Refusal& refusal);
  absl::Status OnReadFailure(const absl::Status& failure);

  ByteStream& stream_;
  const BodyLimits& limits_;
  const BodyFraming framing_;
  BeforeBodyWait* before_wait_;  // Null when it has been called.

  absl::string_view arrived_;  // What is left of it.
  size_t arrived_used_ = 0;
  ByteBuffer buffer_;
  std::optional<ChunkedDecoder> decoder_;  // If it is chunked.

  uint64_t received_ = 0;  // Content.
  absl::Duration waited_;
  bool finished_ = false;
  Trailers trailers_;
  MaybeRefusal refusal_;
  absl::Status failure_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_BODY_READER_H_
