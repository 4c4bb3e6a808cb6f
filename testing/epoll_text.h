// EpollText: event bits as a person writes them, so that tests compare
// readiness as text and read like the tables in manual pages.
//
//     EXPECT_EQ(EpollText(event.events), "IN|OUT|RDHUP");
//
// Next: calls/epoll_calls.h; fakes/fake_kernel_test.h, testing/contract.

#ifndef CLOCHE_TESTING_EPOLL_TEXT_H_
#define CLOCHE_TESTING_EPOLL_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/calls/epoll_calls.h"

namespace cloche {

// Every interest there is; ERR and HUP are reported unasked.
inline constexpr uint32_t kEverything =
    kEpollIn | kEpollPri | kEpollOut | kEpollRdHup;

// "IN|OUT|RDHUP", in this order, or "nothing".
inline std::string EpollText(uint32_t mask) {
  std::string text;
  const auto add = [&](uint32_t bit, absl::string_view name) {
    if ((mask & bit) == 0) return;
    if (!text.empty()) text += '|';
    text.append(name.data(), name.size());
  };
  add(kEpollIn, "IN");
  add(kEpollPri, "PRI");
  add(kEpollOut, "OUT");
  add(kEpollRdHup, "RDHUP");
  add(kEpollErr, "ERR");
  add(kEpollHup, "HUP");
  return text.empty() ? "nothing" : text;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_EPOLL_TEXT_H_
