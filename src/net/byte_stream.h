// ByteStream: a two-way flow of bytes: TCP, UNIX, TLS, memory.
//
//     char buffer[4096];
//     while (true) {
//       const size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)));
//       if (size == 0) break;  // The peer will send no more.
//       co_await Try(stream.Write(absl::string_view(buffer, size)));
//     }
//     co_await Try(stream.ShutdownWrite());
//
// The two directions are independent: each may have one operation in flight,
// and each ends by itself.
//
//        we ----- Write ... ShutdownWrite -----> peer reads ..., then 0
//        we <---- Read ..., then 0 ------------- peer writes ..., then FIN
//
// There is no queue: Write returns when the system took all bytes, so a slow
// reader slows its writer (backpressure) and not the memory. There is no
// shutdown of the reading half (trio#823): a reader is woken by cancelling it.
//
// Main disadvantage: a read needs its buffer before there is anything to read;
// who has ten thousand idle streams uses WaitReadable, then ReadNow.
//
// Next: net/tcp_stream.h.

#ifndef CLOCHE_NET_BYTE_STREAM_H_
#define CLOCHE_NET_BYTE_STREAM_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/readable_leaf.h"
#include "cloche/net/stream_operation.h"
#include "cloche/tasks/leaf.h"

namespace cloche {

class ReadLeaf;
class WriteLeaf;
class ShutdownLeaf;

// Thread safety: the loop's thread. Lifetime: destroying a stream closes it,
// at once and without waiting; operations in flight end with ABORTED.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Reads what is there, at least one byte, at most room.size(). 0: end of
  // stream (or an empty room). Errors: CANCELLED (nothing was read); ABORTED
  // "closed locally"; FAILED_PRECONDITION for a second read at the same time;
  // UNAVAILABLE if the connection broke.
  ReadLeaf Read(absl::Span<char> room);

  // Waits until a Read may give something, with no buffer in hand. OK, or what
  // net/readable_leaf.h says. False alarms are allowed. Lifetime: `limits`
  // outlives the wait.
  ReadableLeaf WaitReadable(const WaitLimits& limits) {
    return ReadableLeaf(WaitableDescriptor(), limits);
  }

  // Reads without waiting: what Read would give, or nullopt if that would have
  // to wait. Not a checkpoint.
  virtual absl::StatusOr<std::optional<size_t>> ReadNow(
      absl::Span<char> room) = 0;

  // Whether Read and Write are cheaper than ReadNow and WriteNow, if there is
  // a choice: the system then does what is started in one turn all at once.
  virtual bool batches() const { return false; }

  // Writes all of `bytes`, which must stay where they are until then. Errors as
  // for Read. After an error some bytes may be on their way, and the stream is
  // fit only to be closed; CANCELLED then says how many. CANCELLED without
  // such words means that nothing was written.
  WriteLeaf Write(absl::string_view bytes);

  // Writes without waiting: gives how many of `bytes` the system took at once,
  // which may be none. Errors as for Write. Not a checkpoint.
  virtual absl::StatusOr<size_t> WriteNow(absl::string_view bytes) = 0;

  // Tells the peer that no more will come, after a write in flight has
  // finished. Reading goes on. Idempotent; OK also if the peer reset the
  // connection meanwhile.
  ShutdownLeaf ShutdownWrite();

  // Closes both directions now. What was written is still delivered if the
  // peer reads it; what the peer sent and nobody read makes it a reset.
  // Operations in flight end with ABORTED. Idempotent.
  virtual void Close() = 0;

  // Closes with a reset: throws away what is on its way, leaves no TIME_WAIT.
  virtual void Abort() = 0;

  // "TCP 127.0.0.1:80 (fd 7)", for messages and dumps.
  virtual std::string Description() const = 0;

  // --- For implementations. Start returns true if the operation is over, with
  // status and transferred set; if false, Finish ends it later.
  virtual bool StartRead(StreamOperation& operation) = 0;
  virtual bool StartWrite(StreamOperation& operation) = 0;
  virtual bool StartShutdownWrite(StreamOperation& operation) = 0;
  // What WaitReadable waits for: a descriptor that becomes readable when a read
  // can go on, or -1 if there is none, or data is there already.
  virtual int WaitableDescriptor() const = 0;
  // The task was cancelled: finish it soon, not inside this call. What was
  // transferred already is delivered, not lost.
  virtual void Cancel(StreamOperation& operation) = 0;
  // The backend handed the kernel's part of it back.
  virtual void OnHandedBack(StreamOperation& operation) = 0;
};

// The three leaves differ in what starts them and in what they give.
template <typename Derived, typename R>
class StreamLeaf : public Leaf<Derived, R>, protected StreamOperation {
 public:
  static constexpr bool kCanBeCancelledAlone = true;

  template <typename Data>
  StreamLeaf(ByteStream& target, Data data) : StreamOperation(data) {
    stream = &target;
  }
  bool Start(RunningTask& running) {
    task = &running;
    return static_cast<Derived*>(this)->StartOn(*stream);
  }
  void Cancel() override {
    cancel_requested = true;
    if (stream != nullptr) stream->Cancel(*this);
  }
};

class [[nodiscard]] ReadLeaf
    : public StreamLeaf<ReadLeaf, absl::StatusOr<size_t>> {
 public:
  ReadLeaf(ByteStream& target, absl::Span<char> room)
      : StreamLeaf(target, room) {}
  ReadLeaf(ReadLeaf&& other) noexcept
      : ReadLeaf(*other.stream, absl::MakeSpan(other.start(), other.wanted())) {
  }
  bool StartOn(ByteStream& target) { return target.StartRead(*this); }
  absl::StatusOr<size_t> TakeResult();
  std::string Describe() const override;
};

class [[nodiscard]] WriteLeaf : public StreamLeaf<WriteLeaf, absl::Status> {
 public:
  WriteLeaf(ByteStream& target, absl::string_view bytes)
      : StreamLeaf(target, bytes) {}
  WriteLeaf(WriteLeaf&& other) noexcept
      : WriteLeaf(*other.stream,
                  absl::string_view(other.start(), other.wanted())) {}
  bool StartOn(ByteStream& target) { return target.StartWrite(*this); }
  absl::Status TakeResult() { return status; }
  std::string Describe() const override;
};

class [[nodiscard]] ShutdownLeaf
    : public StreamLeaf<ShutdownLeaf, absl::Status> {
 public:
  explicit ShutdownLeaf(ByteStream& target)
      : StreamLeaf(target, absl::string_view()) {}
  ShutdownLeaf(ShutdownLeaf&& other) noexcept : ShutdownLeaf(*other.stream) {}
  bool StartOn(ByteStream& target) { return target.StartShutdownWrite(*this); }
  absl::Status TakeResult() { return status; }
  std::string Describe() const override;
};

}  // namespace cloche

#endif  // CLOCHE_NET_BYTE_STREAM_H_
