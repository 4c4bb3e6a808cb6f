// FakeFile: anything that a descriptor of a fake host can stand for.
//
// How readiness works here is how it works in Linux. A file can say at any
// time what it is ready for (Poll), and when something happens to it, it wakes
// those who watch it (Notify). A wake-up is only a hint that says "look
// again": the watcher asks Poll for the truth.
//
//     something happens ──► Notify(key) ──► every watcher whose interest
//                                           meets the key queues the file
//     the program waits ◄── Poll() says what is true now
//
// The key is why epoll's edges are what they are (facts at fake_epoll.h):
// data that arrives wakes with kEpollIn, space that comes free with kEpollOut,
// an error with kEpollErr, and a change of state (connected, FIN, reset) with
// key 0, which meets every interest.
//
// Main disadvantage: readiness is spelt in epoll's bits, so select translates,
// and kqueue, which wants to know more, asks other questions.
//
// Next: fakes/fake_epoll.h, a watcher that stays, and fakes/fake_poll_table.h,
// watchers for one call; fakes/fake_tcp.h, the richest file.

#ifndef CLOCHE_FAKES_FAKE_FILE_H_
#define CLOCHE_FAKES_FAKE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/calls/epoll_calls.h"

namespace cloche {

class FakeCompletionPort;
class FakeEpoll;
class FakeFile;
class FakeKqueue;
class FakeSocket;
class FakeWake;

// What one half of a file has to say to one of kqueue's filters.
struct FakeFilterState {
  bool ready = false;
  int64_t data = 0;  // How much is there to read, or how much may be written.
  bool end = false;  // No more will come, or may be written: EV_EOF.
  int error = 0;     // What SO_ERROR would say; positive errno.
};

// Someone who wants to know when to look at a file again. It is in the list of
// one file, and leaves it when it is destroyed.
class FakeWatcher : public ListNode<FakeWatcher> {
 public:
  virtual ~FakeWatcher() = default;
  // May look at nothing and change no file: it may only make a note.
  virtual void OnWake(uint32_t key) = 0;
  // The last descriptor of the file was closed. May destroy this watcher.
  virtual void OnFileClosed() = 0;
  // The file that watches, if it is one: an epoll set. Else null.
  virtual FakeFile* Owner() { return nullptr; }
};

// Thread safety: none. Lifetime: shared by the descriptor table and by
// whatever in the kernel still works on it (a connection outlives its
// descriptor until its last bytes are delivered).
class FakeFile {
 public:
  virtual ~FakeFile() = default;

  // What is true now, in kEpoll bits, wanted or not. Not const: like Linux, a
  // socket notes here that someone has seen it full and waits for space.
  virtual uint32_t Poll() = 0;
  // What kqueue asks instead. Who has nothing to add to the bits has this.
  virtual FakeFilterState LookForRead() {
    return {.ready = (Poll() & kEpollIn) != 0};
  }
  virtual FakeFilterState LookForWrite() {
    return {.ready = (Poll() & kEpollOut) != 0};
  }

  // The last descriptor is gone. Overriders call this one too.
  virtual void OnClosed() {
    while (FakeWatcher* watcher = watchers_.PopFront()) watcher->OnFileClosed();
  }
  // After that: how long at most close(2) waits (SO_LINGER), no time as soon as
  // there is nothing any more that it could wait for.
  virtual absl::Duration Lingers() const { return absl::ZeroDuration(); }

  // For people, e.g. "TCP 10.0.0.1:80 listening".
  virtual std::string Describe() const = 0;

  // What kind of file it is: at most one of these is not null.
  virtual FakeSocket* AsSocket() { return nullptr; }
  virtual FakeEpoll* AsEpoll() { return nullptr; }
  virtual FakeKqueue* AsKqueue() { return nullptr; }
  virtual FakeCompletionPort* AsCompletionPort() { return nullptr; }
  virtual FakeWake* AsWake() { return nullptr; }

  void AddWatcher(FakeWatcher& watcher) { watchers_.PushBack(watcher); }

  // For fault plans.

  // Nobody is told that it is ready for `mask`, though it may be: what that
  // means comes later.
  void Hide(uint32_t mask) { hidden_ |= mask; }
  bool Hides(uint32_t mask) const { return (hidden_ & mask) != 0; }
  // Now it has come. Wakes everyone who watches as if all of it had begun just
  // now. Not key 0, which is no news to an EV_CLEAR knote.
  void Show(uint32_t mask) {
    hidden_ &= ~mask;
    Notify(kEpollIn | kEpollPri | kEpollOut | kEpollErr);
  }
  // Whoever looks next is told of `mask` too, though it is not true: a false
  // alarm, as from a packet that is thrown away after it has woken its reader.
  void PretendReady(uint32_t mask) {
    pretended_ |= mask;
    Notify(mask);
  }
  // Of `mask`, what is pretended; no longer after that.
  uint32_t TakePretence(uint32_t mask = ~uint32_t{0}) {
    const uint32_t taken = pretended_ & mask;
    pretended_ &= ~mask;
    return taken;
  }
  // What is true and not hidden; and what is pretended besides.
  uint32_t Shown() { return Poll() & ~hidden_; }
  uint32_t PollOrPretend() { return Shown() | TakePretence(); }
  // A connection breaks, with this for its errno; others do not mind.
  virtual void Break(int /*error*/) {}
  // Whether connect(2) is over when it returns: then it says itself what went
  // wrong, and nothing has been done.
  virtual bool ConnectsAtOnce() const { return false; }

 protected:
  // Wakes everyone who watches. `key` says what happened, 0 "see for yourself".
  void Notify(uint32_t key) {
    for (FakeWatcher* watcher = watchers_.Front(); watcher != nullptr;
         watcher = watchers_.Next(*watcher)) {
      watcher->OnWake(key);
    }
  }

  const IntrusiveList<FakeWatcher, FakeWatcher>& watchers() const {
    return watchers_;
  }

 private:
  IntrusiveList<FakeWatcher, FakeWatcher> watchers_;
  uint32_t pretended_ = 0;
  uint32_t hidden_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_FILE_H_
