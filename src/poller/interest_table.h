// InterestTable: who is watched, for the pollers whose kernel remembers
// nothing.
//
// epoll and kqueue keep the set of watched descriptors in the kernel. poll and
// select are told it anew in each call, so somebody has to keep it here.
//
//     place_of_, by descriptor     entries_, without gaps
//         3 ──► 0                  0: fd 3, interest, token
//         4     nowhere            1: fd 9, interest, token
//         9 ──► 1                  2: fd 7, interest, token
//         7 ──► 2
//
// Whoever is removed is replaced by the last, so every change is O(1) and a
// call goes through the entries one after another. Their order depends on the
// history of changes alone: a run repeats itself.
//
// Main disadvantage: the table has as many places as the highest descriptor.
// Descriptors are small numbers, and Windows' handles are not much larger.
//
// Next: poller/poll_poller.h, poller/select_poller.h, its users.

#ifndef CLOCHE_POLLER_INTEREST_TABLE_H_
#define CLOCHE_POLLER_INTEREST_TABLE_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "cloche/poller/poller.h"

namespace cloche {

// Results are 0 or a negative errno, as epoll_ctl(2) has them, save that a
// closed descriptor cannot be told from an open one here. Thread safety: none.
//
// Invariants:
//   1. Each entry's descriptor has that entry's index in place_of_; all other
//      descriptors have kNowhere, or no place at all.
class InterestTable {
 public:
  struct Entry {
    int fd = -1;
    uint8_t interest = 0;  // kPoll... bits of poller/poller.h.
    uint64_t token = 0;
  };
  static constexpr size_t kNowhere = ~size_t{0};

  int Add(int fd, uint8_t interest, uint64_t token) {
    if (fd < 0) return -EBADF;
    if (Find(fd) != kNowhere) return -EEXIST;
    const size_t index = static_cast<size_t>(fd);
    if (index >= place_of_.size()) place_of_.resize(index + 1, kNowhere);
    place_of_[index] = entries_.size();
    entries_.push_back({fd, interest, token});
    return 0;
  }

  int Modify(int fd, uint8_t interest, uint64_t token) {
    const size_t place = Find(fd);
    if (place == kNowhere) return -ENOENT;
    entries_[place] = {fd, interest, token};
    return 0;
  }

  int Remove(int fd) {
    const size_t place = Find(fd);
    if (place == kNowhere) return -ENOENT;
    const Entry last = entries_.back();
    entries_[place] = last;
    place_of_[static_cast<size_t>(last.fd)] = place;
    place_of_[static_cast<size_t>(fd)] = kNowhere;
    entries_.pop_back();
    return 0;
  }

  // The index of the descriptor's entry, or kNowhere.
  size_t Find(int fd) const {
    const size_t index = static_cast<size_t>(fd);
    return index < place_of_.size() ? place_of_[index] : kNowhere;
  }

  absl::Span<const Entry> entries() const { return entries_; }

  // Stores an event for each entry of which `flags_of(index)` is not 0, of
  // which there are `count`, and calls `on_wake` for Poller::kWakeToken
  // instead. If there is no room for all, the next report begins where this one
  // stopped: else those at the end might never have a turn. Returns how many
  // events.
  template <typename FlagsOf, typename OnWake>
  int Report(size_t count, FlagsOf flags_of, OnWake on_wake,
             absl::Span<PollEvent> events) {
    size_t stored = 0;
    for (size_t i = 0; count > 0 && i < entries_.size(); ++i) {
      const size_t place = (first_ + i) % entries_.size();
      const uint8_t flags = flags_of(place);
      if (flags == 0) continue;
      --count;
      const uint64_t token = entries_[place].token;
      if (token == Poller::kWakeToken) {
        on_wake();
      } else if (stored < events.size()) {
        events[stored++] = {token, flags};
      } else {
        first_ = place;
        return static_cast<int>(stored);
      }
    }
    first_ = 0;
    return static_cast<int>(stored);
  }

 private:
  std::vector<Entry> entries_;
  size_t first_ = 0;  // Where the next report begins.
  std::vector<size_t> place_of_;
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_INTEREST_TABLE_H_
