// BodyWriter: the body of a message, as it is made.
//
//     Response response;
//     response.stream = [](BodyWriter& body) -> Task<> {
//       for (int i = 0; i < 1000; ++i) {
//         co_await Try(body.Write(absl::StrCat(i, "\n")));
//       }
//       co_return absl::OkStatus();
//     };
//
// Each part is sent when it is written, and Write returns when the system took
// it: a peer that does not read stops the writer (backpressure).
//
// How it works: small parts join what is still to be sent before them (the
// head, at first), so that one system call sends both. In chunks, a part is
//
//     5 CRLF hello CRLF                at most kPieceBytes each
//
// Main disadvantage: a frame for each Write, and a system call. Whoever makes a
// body of many small parts puts them together first.
//
// Next: http/body_reader.h, the other direction; http/response.h.

#ifndef CLOCHE_HTTP_BODY_WRITER_H_
#define CLOCHE_HTTP_BODY_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/trailers.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

// What fits, with a head or a chunk's line ends, into a buffer of 16 KiB.
inline constexpr size_t kPieceBytes = 15 * 1024;

// Puts the head in front of the body, as late as it can be known that there
// will be one: until then another answer is still possible.
class BeforeBodyWrite {
 public:
  // Called once, before the first part: appends the head to the output.
  virtual void AppendHead() = 0;

 protected:
  ~BeforeBodyWrite() = default;
};

// Thread safety: the loop's thread. Lifetime: the `stream` function that it is
// given to.
//
// Invariants:
//   1. written_ <= framing_.length, if the kind is kLength.
class BodyWriter {
 public:
  // kNone: what is written goes nowhere. `output` may hold what is to be sent
  // before. Lifetime: all but `framing` outlive this; `before_write` may be
  // null.
  BodyWriter(ByteStream& stream, ByteBuffer& output, const BodyFraming& framing,
             absl::Duration write_timeout, BeforeBodyWrite* before_write);
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;

  // Sends the next part; nothing for an empty one. Errors, which stay:
  // FAILED_PRECONDITION if it is more than the content_length that was said,
  // DEADLINE_EXCEEDED if the peer did not read it within the write timeout;
  // and those of ByteStream::Write.
  Task<> Write(absl::string_view part);

  // Sends this behind the body. Not every peer can be told: HTTP/1.0 knows no
  // trailers. Errors: INVALID_ARGUMENT for a name or a value that no trailer
  // may have, FAILED_PRECONDITION if the body is not sent in chunks.
  absl::Status SetTrailer(absl::string_view name, absl::string_view value);

  // --- For connections ------------------------------------------------------

  // Whether anything of the message may have been sent.
  bool begun() const { return before_write_ == nullptr; }

  // How much content was given to Write, and taken.
  uint64_t written() const { return written_; }
  // Whether the stream is broken, and not only what was written to it wrong.
  bool stream_failed() const { return stream_failed_; }

  // The `stream` function has ended well: puts the end of the body into the
  // output. FAILED_PRECONDITION if there was less of it than was said. After an
  // error of a Write, gives that again.
  absl::Status Finish();

 private:
  bool is_chunked() const { return framing_.kind == BodyKind::kChunked; }
  absl::Status Count(size_t bytes);
  void AppendHead();
  void AppendLastChunk();
  Task<> SendPiece(absl::string_view piece);
  Task<> SendOutput();

  ByteStream& stream_;
  ByteBuffer& output_;
  const BodyFraming framing_;
  const absl::Duration write_timeout_;
  BeforeBodyWrite* before_write_;  // Null when it has been called.
  uint64_t written_ = 0;           // Content.
  Trailers trailers_;
  absl::Status failure_;
  bool stream_failed_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_BODY_WRITER_H_
