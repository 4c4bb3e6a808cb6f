#include "cloche/http/characters.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace cloche {
namespace {

constexpr size_t kAtOnce = sizeof(uint64_t);

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

// The eight bytes at `at`: in doubt no, since a tab is allowed and below 0x20.
bool SurelyAreField(const char* at) {
  uint64_t bytes;
  std::memcpy(&bytes, at, kAtOnce);
  return !HasByteBelow(bytes, 0x20) && !HasDelete(bytes);
}

}  // namespace

// The last eight may overlap with the eight before. Where there is doubt, or
// there are fewer than eight, we go one by one.
size_t CountFieldCharacters(absl::string_view text) {
  size_t count = 0;
  while (text.size() - count >= kAtOnce) {
    if (!SurelyAreField(text.data() + count)) break;
    count += kAtOnce;
  }
  const bool rest_is_shorter = text.size() - count < kAtOnce;
  if (count > 0 && rest_is_shorter && SurelyAreField(text.end() - kAtOnce)) {
    return text.size();
  }
  return count + CountWhile(text.substr(count), IsFieldCharacter);
}

}  // namespace cloche
