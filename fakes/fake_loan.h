// FakeLoan: what a program has lent to the kernel for one overlapped call, and
// whether it keeps its hands off it.
//
// From the call to its packet the OVERLAPPED and the buffer are the kernel's. A
// program that frees them early, or uses them again, works nearly always; and
// then the kernel writes into what is somebody else's by now (Reseau.jl#134,
// mio#919). Here it shows:
//
//   OVERLAPPED        carries a mark that only this kernel knows; nobody may
//                     change it, or hand it in a second time
//   buffer to fill    is scribbled over at once, as the kernel might do at any
//                     time, and must still look like that when data comes
//   buffer to send    is compared with what it was
//   freed early       AddressSanitizer: the kernel looks at all of them again
//
// Each of these is a CHECK: a mistake of the program.
//
// Main disadvantage: a program that only reads what it has lent is not found.
//
// Next: fakes/fake_overlapped_call.h, whose loans these are.

#ifndef CLOCHE_FAKES_FAKE_LOAN_H_
#define CLOCHE_FAKES_FAKE_LOAN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/completion_port_calls.h"

namespace cloche {

// Lifetime: may outlive what was lent only if nothing is called any more.
class FakeLoan {
 public:
  FakeLoan(Overlapped& overlapped, absl::Span<char> to_fill);
  FakeLoan(Overlapped& overlapped, absl::string_view to_send);

  Overlapped& overlapped() const { return overlapped_; }
  // The buffer, for the kernel to fill. CHECKs that nobody has touched it.
  absl::Span<char> to_fill() const;
  absl::string_view to_send() const { return sent_; }

  // The kernel needs the buffer no more. CHECKs what was to be sent.
  void EndOfBuffer() const;
  // The OVERLAPPED goes back to the program. CHECKs that it is the same.
  void GiveBack() const;

 private:
  Overlapped& overlapped_;
  const absl::Span<char> to_fill_;
  const absl::string_view to_send_;
  const std::string sent_;  // What was in it.
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_LOAN_H_
