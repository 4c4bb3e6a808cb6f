// PollerText: what a poller reports, as a person writes it.
//
//     EXPECT_EQ(PollerText(flags), "readable|hang-up");
//
// Next: poller/poller.h; testing/epoll_text.h.

#ifndef CLOCHE_TESTING_POLLER_TEXT_H_
#define CLOCHE_TESTING_POLLER_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
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

}  // namespace cloche

#endif  // CLOCHE_TESTING_POLLER_TEXT_H_
