// FakeKernelBuffer: a program's memory while it belongs to the fake kernel.
//
// A completion system is given a buffer and keeps it until it says that it is
// done. The program must leave it alone meanwhile, and the real kernel does not
// tell if it did not: bytes go astray, at times, on another machine. Here they
// do not. What is in the buffer is known at any moment, and if something else
// is there, a CHECK says so.
//
//     Lend(buffer) ──► full of rubbish ──► Borrow(): as it was, for the call
//                            ▲                  │
//                            └── Spoil() ◄──────┘ Settle(): what it has now
//                                                 must stay until GiveBack
//
// Main disadvantage: it is seen when the kernel looks next, and not when it
// happens; AddressSanitizer only helps with what was freed.
//
// Next: fakes/fake_ring.h, its user.

#ifndef CLOCHE_FAKES_FAKE_KERNEL_BUFFER_H_
#define CLOCHE_FAKES_FAKE_KERNEL_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/base/check.h"

namespace cloche {

// Thread safety: none. Without a buffer, it does nothing.
class FakeKernelBuffer {
 public:
  // From now on the buffer is the kernel's.
  void Lend(char* data, size_t size) {
    data_ = data;
    original_.assign(data, size);
    expected_ = original_;
  }
  bool lent() const { return data_ != nullptr; }

  // One that the kernel is to write into: rubbish, until it does.
  void Spoil() {
    expected_.assign(original_.size(), '\xdb');
    std::copy(expected_.begin(), expected_.end(), data_);
  }

  // Before the kernel writes into it. What it leaves is as it was.
  void Borrow() {
    Check();
    std::copy(original_.begin(), original_.end(), data_);
  }
  // After it did.
  void Settle() {
    if (lent()) expected_.assign(data_, original_.size());
  }

  // It is the program's again.
  void GiveBack() {
    Check();
    data_ = nullptr;
  }

  // That nobody has touched it: before the kernel reads it, which may be
  // memory that cannot be written.
  void Check() const {
    if (!lent()) return;
    CLOCHE_CHECK(absl::string_view(data_, expected_.size()) == expected_,
                 "a buffer was changed while it belonged to the kernel: it "
                 "was written to, or it was freed and is something else now");
  }

 private:
  char* data_ = nullptr;
  std::string original_;
  std::string expected_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_KERNEL_BUFFER_H_
