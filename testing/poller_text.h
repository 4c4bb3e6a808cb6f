// PollerText: what a poller reports, as a person writes it.
//
//     EXPECT_EQ(PollerText(flags), "readable|hang-up");
//
// Next: poller/poller.h; testing/epoll_text.h.

#ifndef CLOCHE_TESTING_POLLER_TEXT_H_
#define CLOCHE_TESTING_POLLER_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "cloche/poller/poller.h"

namespace cloche {

inline std::string PollerText(uint8_t flags) {
  std::vector<std::string> names;
  const auto add = [&](uint8_t bit, const char* name) {
    if ((flags & bit) != 0) names.push_back(name);
  };
  add(kPollReadable, "readable");
  add(kPollWritable, "writable");
  add(kPollPriority, "priority");
  add(kPollPeerClosedWrite, "peer-closed-write");
  add(kPollHangUp, "hang-up");
  add(kPollError, "error");
  return absl::StrJoin(names, "|");
}

// What a Wait that returned `count` has left in `events`: "70: readable" for
// each of them, with its token first; or the negative errno.
inline std::vector<std::string> EventTexts(absl::Span<const PollEvent> events,
                                           int count) {
  if (count < 0) return {absl::StrCat(count)};
  std::vector<std::string> texts;
  for (const PollEvent& event : events.first(static_cast<size_t>(count))) {
    texts.push_back(absl::StrCat(event.token, ": ", PollerText(event.flags)));
  }
  return texts;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_POLLER_TEXT_H_
