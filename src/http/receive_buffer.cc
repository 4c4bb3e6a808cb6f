#include "cloche/http/receive_buffer.h"

#include <algorithm>
#include <cstring>

#include "absl/types/span.h"

namespace cloche {
namespace {

// Most requests are smaller than this, so that most blocks never grow.
constexpr size_t kFirstBytes = 2048;

}  // namespace

absl::Span<char> ReceiveBuffer::Room() {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == bytes_.size()) {
    bytes_.resize(
        std::min(limit_bytes_, std::max(kFirstBytes, 2 * bytes_.size())));
  }
  return absl::MakeSpan(bytes_).subspan(end_);
}

}  // namespace cloche
