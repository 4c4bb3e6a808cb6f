// FakeByteQueue: bytes in, bytes out, in order; a socket's buffer.
//
// It has no limit of its own: the socket that owns it knows how much fits.
// Main disadvantage: bytes are copied in and out, as the kernel does too.
//
// Next: fakes/fake_tcp.h, which has two.

#ifndef CLOCHE_FAKES_FAKE_BYTE_QUEUE_H_
#define CLOCHE_FAKES_FAKE_BYTE_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cloche {

// Invariants:
//   1. consumed_ <= data_.size(); the live bytes are data_[consumed_...].
//   2. At least half of data_ is alive, so memory stays within twice of use.
class FakeByteQueue {
 public:
  size_t size() const { return data_.size() - consumed_; }
  bool empty() const { return size() == 0; }
  absl::string_view view() const {
    return absl::string_view(data_).substr(consumed_);
  }

  void Append(absl::string_view bytes) {
    data_.append(bytes.data(), bytes.size());
  }

  // Copies as many bytes as there are and as fit; takes none out.
  size_t CopyTo(absl::Span<char> buffer, size_t offset) const {
    const absl::string_view bytes = view().substr(offset, buffer.size());
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    return bytes.size();
  }

  void Consume(size_t count) {
    consumed_ += count;
    if (consumed_ * 2 < data_.size()) return;
    data_.erase(0, consumed_);
    consumed_ = 0;
  }

  void Clear() { Consume(size()); }

 private:
  std::string data_;
  size_t consumed_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_BYTE_QUEUE_H_
