#include "cloche/http/byte_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/base/check.h"
#include "cloche/base/pool.h"

namespace cloche {
namespace {

// Most requests are smaller than this, so that most blocks never grow.
constexpr size_t kFirstBytes = 4096;

}  // namespace

ByteBuffer& ByteBuffer::operator=(ByteBuffer&& other) noexcept {
  if (this == &other) return *this;
  if (block_ != nullptr) PoolFree(block_, size_);
  limit_bytes_ = other.limit_bytes_;
  block_ = std::exchange(other.block_, nullptr);
  size_ = std::exchange(other.size_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

ByteBuffer::~ByteBuffer() {
  if (block_ != nullptr) PoolFree(block_, size_);
}

absl::Span<char> ByteBuffer::Room() {
  if (begin_ > 0 || end_ == size_) MakeRoom(1);
  return absl::MakeSpan(block_ + end_, size_ - end_);
}

void ByteBuffer::MakeRoom(size_t count) {
  if (begin_ > 0) MoveToFront();
  if (size_ - end_ >= count) return;
  size_t size = size_ == 0 ? kFirstBytes : 2 * size_;
  while (size - end_ < count) size *= 2;
  size = std::min(size, limit_bytes_);
  if (size > size_) Grow(size);
}

void ByteBuffer::MakeRoomFor(size_t count) {
  MakeRoom(count);
  CLOCHE_CHECK(size_ - end_ >= count,
               "what is appended goes beyond the buffer's limit");
}

void ByteBuffer::MoveToFront() {
  std::memmove(block_, block_ + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

void ByteBuffer::Grow(size_t size) {
  char* block = static_cast<char*>(PoolAllocate(size));
  if (block_ != nullptr) {
    std::memcpy(block, block_, end_);
    PoolFree(block_, size_);
  }
  block_ = block;
  size_ = size;
}

}  // namespace cloche
