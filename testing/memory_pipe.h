// MemoryPipe: one direction of a pair of memory streams.
//
//     writes_ (one write, then shutdowns)          reads_ (one read)
//        |                                            ^
//        +--Put--> bytes_, at most capacity_ --Take---+
//
// A read that waits adds its own room to the capacity. So with a capacity of 0
// nothing is ever on its way: a write goes on exactly while somebody reads.
//
// Main disadvantage: taking from the front of a string moves the rest of it.
// That is simple, and tests write little.
//
// Next: testing/memory_stream.h, whose ends have two of these between them.

#ifndef CLOCHE_TESTING_MEMORY_PIPE_H_
#define CLOCHE_TESTING_MEMORY_PIPE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/stream_operation.h"

namespace cloche {

// Thread safety: the loop's thread.
//
// Invariants:
//   1. If a read waits, there is nothing to be read: no byte, no end.
//   2. If a write waits, there is no room for its next byte.
//   3. Behind a write that waits there are only shutdowns; without one, none.
class MemoryPipe {
 public:
  // How many bytes may be on their way.
  explicit MemoryPipe(size_t capacity) : capacity_(capacity) {}

  // --- The reading end.
  // What there is, 0 at the end, nullopt if one would have to wait.
  absl::StatusOr<std::optional<size_t>> Read(absl::Span<char> room);
  // `read` gets what Read would give as soon as there is something. There is
  // nothing now, as Read has said.
  void AwaitBytes(StreamOperation& read);
  bool HasReader() const { return !reads_.empty(); }
  bool HasUnread() const { return !bytes_.empty() || !writes_.empty(); }

  // --- The writing end.
  // Gives how many of the bytes there was room for.
  absl::StatusOr<size_t> Write(absl::string_view bytes);
  // `write`, which has transferred what there was room for, goes on as soon as
  // there is more; a shutdown ends behind the write that waits.
  void AwaitRoom(StreamOperation& operation) { writes_.PushBack(operation); }
  bool HasWriter() const { return !writes_.empty(); }
  // What has been written stands; behind it, the reader sees the end.
  void End();
  bool ended() const { return ended_; }

  // --- Either.
  // Nothing goes through any more: this is what both ends are told from now on,
  // and what is on its way is lost. The first call counts.
  void Break(const absl::Status& why);
  // Ends what waits at that end, and nothing else.
  void EndReads(const absl::Status& why);
  void EndWrites(const absl::Status& why);

 private:
  size_t Put(absl::string_view bytes, size_t reader_room);
  void Pull(size_t reader_room);
  void ServeReader();
  size_t WaitingRoom() const;

  const size_t capacity_;
  std::string bytes_;
  bool ended_ = false;
  absl::Status broken_;
  StreamOperationList reads_;
  StreamOperationList writes_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_MEMORY_PIPE_H_
