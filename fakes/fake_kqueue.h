// FakeKqueue: kqueue(2) of the BSDs, one instance, over this kernel's files.
//
// How it works: there is one knote for each pair of descriptor and filter. It
// watches the file, and when that wakes it the knote goes to the ready list; a
// scan takes knotes from the front, asks the file what is true now of the
// knote's own half, and reports that.
//
//   file ── Notify(key) ──► READ knote    ready list ──► kevent: still true?
//                      └──► WRITE knote                    │ report
//                                                          ├─ EV_CLEAR: out
//                                                          ├─ EV_ONESHOT: gone
//                                                          └─ else: to the tail
//
// Facts about kqueue (kqueue(2); FreeBSD's and NetBSD's kern_event.c and
// uipc_socket.c; none of it was measured here)
//   * READ and WRITE of a descriptor are independent in everything: flags, user
//     data, being one-shot.
//   * Adding again is a change: user data is replaced, the flags of the first
//     time stay, and what is true is reported again, also by EV_CLEAR.
//   * EV_EOF is what others call HUP, for each half by itself: READ has it from
//     the peer's FIN on, WRITE from the own shutdown on, both after a reset,
//     and with it the socket's error in fflags. Reading it there does not clear
//     it.
//   * EV_EOF stays. Unread bytes are reported beside it and come first.
//   * An error makes both filters ready. No event comes unasked: who has no
//     filter on a descriptor hears nothing of it.
//   * A socket that never connected is silent, where epoll reports OUT and HUP.
//   * A listener's data is how many connections wait.
//   * EV_DISABLE keeps a knote and silences it; EV_ENABLE looks at once.
//   * Closing a descriptor removes its knotes without a word.
//   * Changing a knote that does not exist is ENOENT, unless it is an EV_ADD.
//   * A change of state of one half is no event of the other: a FIN does not
//     report again that one may write.
//
// Main disadvantage: the sockets under it are Linux's. They are ready to write
// when a third of the buffer is free, not from 2,048 bytes on; a reset between
// the peer's FIN and the own is EPIPE, not ECONNRESET; and after a failed
// connect they are used again.
//
// Not modelled yet: the other filters, EV_DISPATCH, NOTE_LOWAT, the bits of
// fflags that EVFILT_USER lets users have; a kqueue that watches a kqueue
// (EINVAL here).
//
// Next: fakes/fake_kqueue_calls.h; fakes/fake_epoll.h, to compare.

#ifndef CLOCHE_FAKES_FAKE_KQUEUE_H_
#define CLOCHE_FAKES_FAKE_KQUEUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/types/span.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/fakes/fake_file.h"

namespace cloche {

// Invariants:
//   1. Every knote but those of kUser watches its file, and knotes_ holds it
//      under its descriptor and filter.
//   2. A knote that is disabled is not in the ready list.
class FakeKqueue final : public FakeFile {
 public:
  FakeKqueue() = default;
  ~FakeKqueue() override;

  // Applies one change. `file` is what its descriptor stands for; null if that
  // is closed, and not looked at for kUser. 0 or a negative errno.
  int Change(const KernelEvent& change, FakeFile* file);

  // Whether there is a knote for what `change` is about.
  bool Has(const KernelEvent& change) const {
    return knotes_.contains(Key(change.ident, change.filter));
  }

  // Stores what is ready, as much as fits; returns how many. Never waits.
  int Collect(absl::Span<KernelEvent> events);

  // False means that Collect would find nothing. True promises nothing.
  bool MayHaveEvents() const { return !ready_.empty(); }

  uint32_t Poll() override;
  std::string Describe() const override;
  FakeKqueue* AsKqueue() override { return this; }

 private:
  struct ReadyTag {};
  using ReadyNode = ListNode<ReadyTag>;
  using Key = std::pair<int, KernelFilter>;

  class Knote final : public FakeWatcher, public ReadyNode {
   public:
    Knote(FakeKqueue& owner, const KernelEvent& change, FakeFile* watched);
    void OnWake(uint32_t key) override;
    void OnFileClosed() override;

    // What is true of the knote's half of the file.
    FakeFilterState Look() const;
    uint32_t Bit() const;
    // Whether a fault plan has raised a false alarm; that is over then.
    bool TakesAlarm();
    // The event for `state`, if it is one.
    bool Report(const FakeFilterState& state, KernelEvent& event);

    FakeKqueue& kqueue;
    const Key key;
    const uint16_t flags;  // kEvOneShot and kEvClear, as first added.
    FakeFile* const file;  // Null for kUser.
    uint64_t user_data = 0;
    bool disabled = false;
    bool triggered = false;  // kUser only.
    // Woken for its own half, or not sure: then only news is an event.
    bool woken = false;
    bool has_reported = false;
    FakeFilterState reported;
  };

  void Update(Knote& knote, const KernelEvent& change);
  void Queue(Knote& knote);

  absl::btree_map<Key, std::unique_ptr<Knote>> knotes_;
  IntrusiveList<Knote, ReadyTag> ready_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_KQUEUE_H_
