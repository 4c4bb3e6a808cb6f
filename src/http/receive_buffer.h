// ReceiveBuffer: bytes that have been read and not been used yet.
//
//   [ used | data: requests to come | room: for the next read ]
//            ^ begin_                ^ end_                     ^ capacity
//
// How it works: one block, which grows by doubling up to its limit. The used
// part is given back when room is needed: then the data moves to the front.
//
// Main disadvantage: Room() moves the data, so views into it end there.
//
// Next: http/connection.cc.

#ifndef CLOCHE_HTTP_RECEIVE_BUFFER_H_
#define CLOCHE_HTTP_RECEIVE_BUFFER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cloche {

// Thread safety: none.
//
// Invariants:
//   1. begin_ <= end_ <= bytes_.size() <= limit_bytes_.
class ReceiveBuffer {
 public:
  // Never holds more than `limit_bytes`, which is at least 1.
  explicit ReceiveBuffer(size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // Data that has not been used; good until the next Room().
  absl::string_view data() const {
    return absl::string_view(bytes_).substr(begin_, end_ - begin_);
  }
  bool empty() const { return begin_ == end_; }

  // Room for the next read; empty only if the data has reached the limit.
  absl::Span<char> Room();

  // The next `count` bytes of the room are data now.
  void Add(size_t count) { end_ += count; }
  // The first `count` bytes of the data have been used.
  void Use(size_t count) { begin_ += count; }
  void Clear() { begin_ = end_ = 0; }

 private:
  const size_t limit_bytes_;
  std::string bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_RECEIVE_BUFFER_H_
