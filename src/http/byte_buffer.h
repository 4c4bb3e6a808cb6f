// ByteBuffer: bytes on their way in or out.
//
//   [ used | data: what has not been used | room: for the next read ]
//            ^ begin_                       ^ end_                    ^ size_
//
// How it works: one block of the pool, which grows by doubling up to its limit.
// The used part is given back when room is needed: then the data moves to the
// front. A buffer that never had anything has no block.
//
// Main disadvantage: Room() and Append() may move the data, so views into it
// end there.
//
// Next: http/connection.cc.

#ifndef CLOCHE_HTTP_BYTE_BUFFER_H_
#define CLOCHE_HTTP_BYTE_BUFFER_H_

#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cloche {

// Thread safety: none.
//
// Invariants:
//   1. begin_ <= end_ <= size_ <= limit_bytes_.
//   2. block_ is null exactly if size_ is 0.
class ByteBuffer {
 public:
  static constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

  // Never holds more than `limit_bytes`, which is at least 1.
  explicit ByteBuffer(size_t limit_bytes = kNoLimit)
      : limit_bytes_(limit_bytes) {}
  ByteBuffer(ByteBuffer&& other) noexcept { *this = std::move(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept;
  ~ByteBuffer();

  // Data that has not been used; good until the next Room() or Append().
  absl::string_view data() const {
    return absl::string_view(block_ + begin_, end_ - begin_);
  }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  // Room for the next read; empty only if the data has reached the limit.
  absl::Span<char> Room();

  // The next `count` bytes of the room are data now.
  void Add(size_t count) { end_ += count; }
  // The first `count` bytes of the data have been used.
  void Use(size_t count) {
    begin_ += count;
    if (begin_ == end_) Clear();
  }
  void Clear() { begin_ = end_ = 0; }

  // Puts what is not in this buffer behind the data. It fits below the limit,
  // if there is one.
  void Append(absl::string_view bytes) {
    if (bytes.empty()) return;
    if (size_ - end_ < bytes.size()) MakeRoomFor(bytes.size());
    std::memcpy(block_ + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

 private:
  // Makes the room `count` bytes large, or as large as the limit allows.
  void MakeRoom(size_t count);
  void MakeRoomFor(size_t count);
  void MoveToFront();
  void Grow(size_t size);

  size_t limit_bytes_ = kNoLimit;
  char* block_ = nullptr;
  size_t size_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_BYTE_BUFFER_H_
