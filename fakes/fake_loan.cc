#include "cloche/fakes/fake_loan.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "cloche/base/check.h"

namespace cloche {
namespace {

constexpr char kScribble = '\xdb';

constexpr std::array<std::byte, 32> MakeMark() {
  std::array<std::byte, 32> mark = {};
  for (size_t i = 0; i < mark.size(); ++i) mark[i] = std::byte(0xa0 + i);
  return mark;
}
constexpr std::array<std::byte, 32> kLent = MakeMark();

void Lend(Overlapped& overlapped) {
  CLOCHE_CHECK(overlapped.of_the_kernel != kLent,
               "an OVERLAPPED was used for a second call before the packet of "
               "the first one was taken");
  overlapped.of_the_kernel = kLent;
}

}  // namespace

FakeLoan::FakeLoan(Overlapped& overlapped, absl::Span<char> to_fill)
    : overlapped_(overlapped), to_fill_(to_fill) {
  Lend(overlapped_);
  std::fill(to_fill_.begin(), to_fill_.end(), kScribble);
}

FakeLoan::FakeLoan(Overlapped& overlapped, absl::string_view to_send)
    : overlapped_(overlapped), to_send_(to_send), sent_(to_send) {
  Lend(overlapped_);
}

absl::Span<char> FakeLoan::to_fill() const {
  const bool untouched = std::all_of(to_fill_.begin(), to_fill_.end(),
                                     [](char c) { return c == kScribble; });
  CLOCHE_CHECK(untouched,
               "a buffer was written to while the kernel was to fill it; it is "
               "the kernel's until the packet was taken");
  return to_fill_;
}

void FakeLoan::EndOfBuffer() const {
  CLOCHE_CHECK(to_send_ == sent_,
               "a buffer was changed while the kernel was sending it; it is "
               "the kernel's until the packet was taken");
}

void FakeLoan::GiveBack() const {
  CLOCHE_CHECK(overlapped_.of_the_kernel == kLent,
               "an OVERLAPPED was changed before its packet was taken");
  overlapped_.of_the_kernel = {};
}

}  // namespace cloche
