// TextCursor: writes text into room that is known to suffice.
//
//     TextCursor text(buffer.Reserve(kMostBytes));
//     text.Put("Content-Length: ");
//     text.PutNumber(13);
//     buffer.Add(text.size());
//
// SPEED(BM_TextCursor): the room is looked at once, and a literal is copied by
// as many bytes as the compiler knows it to have, instead of an Append with a
// check and a call for each piece: see benchmarks/http_messages_benchmark.cc.
// The reader pays with a bound that somebody has to work out.
//
// Main disadvantage: nobody checks the bound; AddressSanitizer does in tests.
//
// Next: http/response_writer.cc.

#ifndef CLOCHE_HTTP_TEXT_CURSOR_H_
#define CLOCHE_HTTP_TEXT_CURSOR_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace cloche {

// Thread safety: a value. Lifetime: the room's.
class TextCursor {
 public:
  explicit TextCursor(char* room) : begin_(room), at_(room) {}

  // How many bytes have been put.
  size_t size() const { return static_cast<size_t>(at_ - begin_); }

  template <size_t kBytes>
  void Put(const char (&literal)[kBytes]) {
    std::memcpy(at_, literal, kBytes - 1);
    at_ += kBytes - 1;
  }
  void Put(absl::string_view text) {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  // In decimal: up to kMostDigits bytes.
  static constexpr size_t kMostDigits = 20;
  void PutNumber(uint64_t number) {
    at_ = std::to_chars(at_, at_ + kMostDigits, number).ptr;
  }

 private:
  char* const begin_;
  char* at_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_TEXT_CURSOR_H_
