// KqueueText: an event of kqueue as a person writes it, so that tests compare
// events as text.
//
//     EXPECT_EQ(KqueueText(event), "READ 3 EOF ECONNRESET");
//
// Next: calls/kqueue_calls.h; testing/epoll_text.h.

#ifndef CLOCHE_TESTING_KQUEUE_TEXT_H_
#define CLOCHE_TESTING_KQUEUE_TEXT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/base/errors.h"
#include "cloche/calls/kqueue_calls.h"

namespace cloche {

// "EV_ERROR ENOENT" for a change that failed, "receipt" for one that did not.
inline std::string KqueueChangeText(const KernelEvent& event) {
  if (event.data == 0) return "receipt";
  return absl::StrCat("EV_ERROR ", ErrnoName(static_cast<int>(event.data)));
}

// "READ 3": how much there is to read, if anything. "WRITE": how much space
// there is, is left out. "EOF" and the error behind it if they are set.
inline std::string KqueueText(const KernelEvent& event) {
  if ((event.flags & kEvError) != 0) return KqueueChangeText(event);
  const bool read = event.filter == KernelFilter::kRead;
  const bool write = event.filter == KernelFilter::kWrite;
  std::string text = read ? "READ" : write ? "WRITE" : "USER";
  if (read && event.data > 0) absl::StrAppend(&text, " ", event.data);
  if ((event.flags & kEvEof) != 0) absl::StrAppend(&text, " EOF");
  if (event.filter_flags != 0) {
    const int error = static_cast<int>(event.filter_flags);
    absl::StrAppend(&text, " ", ErrnoName(error));
  }
  return text;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_KQUEUE_TEXT_H_
