#include "cloche/http/characters.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace cloche {
namespace {

// A byte in each of the eight places of a number.
constexpr uint64_t InEachPlace(uint64_t byte) {
  return byte * 0x0101010101010101;
}

// Whether any of the eight bytes is below `limit`, which is at most 0x80. A
// byte's highest bit survives in the difference if the byte was smaller, or was
// 0x80 or more itself; the latter are taken out by ~bytes. A borrow from the
// place below changes the answer only where that one was below the limit too.
constexpr bool HasByteBelow(uint64_t bytes, uint64_t limit) {
  return ((bytes - InEachPlace(limit)) & ~bytes & InEachPlace(0x80)) != 0;
}

constexpr bool HasDelete(uint64_t bytes) {
  return HasByteBelow(bytes ^ InEachPlace(0x7f), 1);
}

}  // namespace

// A tab is allowed and below 0x20; from there on we go one by one.
size_t CountFieldCharacters(absl::string_view text) {
  size_t count = 0;
  for (; count + 8 <= text.size(); count += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data() + count, 8);
    if (HasByteBelow(bytes, 0x20) || HasDelete(bytes)) break;
  }
  return count + CountWhile(text.substr(count), IsFieldCharacter);
}

}  // namespace cloche
