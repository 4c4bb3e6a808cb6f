// FakeChunkQueue: what was sent to a UNIX socket and has not been read.
//
// Bytes go in chunk by chunk and come out as one stream. The chunks matter to
// the sender alone: one counts against its buffer as a whole until its last
// byte is read, as an sk_buff does in Linux.
//
//     chunks       abcde      fgh
//     read         ^^^        none yet
//     size         5: d, e, f, g, h
//     charged      8: both chunks
//
// Main disadvantage: as that of FakeByteQueue, which it has inside.
//
// Next: fakes/fake_unix.h, which has one.

#ifndef CLOCHE_FAKES_FAKE_CHUNK_QUEUE_H_
#define CLOCHE_FAKES_FAKE_CHUNK_QUEUE_H_

#include <cstddef>
#include <deque>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/fakes/fake_byte_queue.h"

namespace cloche {

// Invariants:
//   1. charged_ is the sum of chunks_, and size() + read_of_first_.
//   2. read_of_first_ is less than chunks_.front(), or 0 if there is none.
class FakeChunkQueue {
 public:
  bool empty() const { return bytes_.empty(); }
  size_t size() const { return bytes_.size(); }
  // How many bytes of the sender's buffer all this takes.
  size_t charged() const { return charged_; }

  void Append(absl::string_view chunk) {
    bytes_.Append(chunk);
    chunks_.push_back(chunk.size());
    charged_ += chunk.size();
  }

  // Copies as many bytes as there are and as fit; takes none out.
  size_t CopyTo(absl::Span<char> buffer, size_t offset) const {
    return bytes_.CopyTo(buffer, offset);
  }

  // Whether the sender has more room now.
  bool Consume(size_t count) {
    bytes_.Consume(count);
    read_of_first_ += count;
    const size_t before = charged_;
    while (!chunks_.empty() && read_of_first_ >= chunks_.front()) {
      read_of_first_ -= chunks_.front();
      charged_ -= chunks_.front();
      chunks_.pop_front();
    }
    return charged_ < before;
  }

  void Clear() { Consume(size()); }

 private:
  FakeByteQueue bytes_;
  std::deque<size_t> chunks_;  // How long each is, the oldest first.
  size_t read_of_first_ = 0;
  size_t charged_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_CHUNK_QUEUE_H_
