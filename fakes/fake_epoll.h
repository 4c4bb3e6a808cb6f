// FakeEpoll: epoll(7), one instance.
//
// How it works, here as in Linux: each registered file has an item. An item
// whose file may be ready stands in a FIFO, the ready list. A file that wakes
// its watchers puts the item there; waiting takes items from the front, asks
// each file what is true now, and reports that.
//
//   file ── Notify(key) ──► item: interested in key? ──► ready list (tail)
//                                                             │
//   epoll_wait ◄── mask != 0: report ◄── Poll() & interest ◄──┘ (head)
//                     │
//                     ├─ level-triggered: back to the tail, to be asked again
//                     ├─ edge-triggered: out, until the next Notify
//                     └─ one-shot: out and deaf, until the next MOD
//
// Facts about epoll (epoll(7), epoll_ctl(2); measured on Linux 6.18)
//   * ERR and HUP are reported whether asked for or not, even with an interest
//     of 0; but not to a one-shot item that has fired.
//   * An edge is a wake-up, not a change of the mask: more data on a socket
//     that is readable already is a new edge. What is reported is the whole
//     mask at the time of the wait: an edge for IN says OUT too if that is true
//     and wanted. If nothing is true any more, nothing is reported.
//   * A wake-up for data reaches only those who asked for IN: an item that
//     wants OUT alone does not see an edge for data.
//   * OUT gives an edge only after a write found the buffer full, or a wait saw
//     it full.
//   * ADD and MOD look at once, so they report what is already true, again.
//   * Of several ready files those that were reported go to the back: with room
//     for 2 events, three ready files come as [1 2] [3 1] [2 3].
//   * Closing a descriptor removes it from every epoll set without a word.
//   * An epoll instance can be watched by another one; a cycle is ELOOP, and so
//     is a chain of more than five. Each wake-up of a member is an edge to the
//     outer one, also if the member stood in the ready list already; that a
//     wait left some of the list is none.
//   * EPOLLEXCLUSIVE is for ADD only, and only with IN, OUT and EPOLLET. What
//     was added so cannot be modified. Of several such sets, "one or more" are
//     woken (epoll_ctl(2)); here it is all of them, which Linux does too when
//     nobody sleeps in a wait.
//   * EPOLLWAKEUP is about sleeping machines, and changes nothing else.
//
// Not modelled yet: EPERM for what cannot be polled (no such file exists here).
//
// Next: fakes/fake_epoll_calls.h, the system calls; fakes/fake_file.h.

#ifndef CLOCHE_FAKES_FAKE_EPOLL_H_
#define CLOCHE_FAKES_FAKE_EPOLL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/types/span.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_file.h"

namespace cloche {

// Thread safety: none. Lifetime: as every file's (FakeFile). It owns no file
// that it watches: one whose descriptor is closed takes its item out.
//
// Invariants:
//   1. Every item watches its file, and items_ holds it under its descriptor.
//   2. A level-triggered item whose file is ready stands in the ready list.
class FakeEpoll final : public FakeFile {
 public:
  FakeEpoll() = default;
  ~FakeEpoll() override;

  // The three operations of epoll_ctl(2), for the file that `fd` stands for: 0,
  // or a negative errno. `file` must be open under `fd`, and leaves when it is
  // closed (FakeFile::OnClosed).
  int Add(int fd, FakeFile& file, const EpollEvent& event);
  int Modify(int fd, const EpollEvent& event);
  int Remove(int fd);

  // Stores what is ready, as much as fits; returns how many. Never waits.
  int Collect(absl::Span<EpollEvent> events);

  // False means that Collect would find nothing. True promises nothing.
  bool MayHaveEvents() const { return !ready_.empty(); }

  uint32_t Poll() override;
  std::string Describe() const override;
  FakeEpoll* AsEpoll() override { return this; }

 private:
  struct ReadyTag {};
  using ReadyNode = ListNode<ReadyTag>;

  class Item final : public FakeWatcher, public ReadyNode {
   public:
    Item(FakeEpoll& owner, int descriptor, FakeFile& watched)
        : epoll(owner), fd(descriptor), file(watched) {}
    void OnWake(uint32_t key) override;
    void OnFileClosed() override;
    FakeFile* Owner() override { return &epoll; }

    void SetEvent(const EpollEvent& event);
    // What is true of the file and wanted by this item.
    uint32_t Mask() const;

    FakeEpoll& epoll;
    const int fd;
    FakeFile& file;
    uint32_t interest = 0;  // With the flags; 0 but for those: deaf.
    uint64_t data = 0;
  };

  void Queue(Item& item);
  bool Reaches(const FakeEpoll& other) const;
  // How many instances there are one below the other, or above, at most.
  int DepthBelow() const;
  int DepthAbove() const;

  absl::btree_map<int, std::unique_ptr<Item>> items_;
  IntrusiveList<Item, ReadyTag> ready_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_EPOLL_H_
