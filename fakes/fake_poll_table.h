// FakePollTable: the files that one call of poll or select waits for.
//
// How it works, as Linux's poll_wqueues do: the call registers with every file
// that it asks about, each with the events that interest it, and sleeps until
// one of them wakes it. Then it asks all of them again, and sleeps again if
// nothing came of it. When the call returns, it is registered nowhere.
//
//     poll([a, b, c]) ──► asks a, b, c ──► something is true: return
//                             ▲    └─────► nothing: sleep
//                             └── a, b or c: Notify(key), and the key matters
//
// Main disadvantage: the real ones' too. Every wake-up asks all the files.
//
// Next: fakes/fake_poll_calls.cc, fakes/fake_select_calls.cc, its two users;
// fakes/fake_epoll.h, which registers once and asks only those that woke.

#ifndef CLOCHE_FAKES_FAKE_POLL_TABLE_H_
#define CLOCHE_FAKES_FAKE_POLL_TABLE_H_

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_file.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {

// Thread safety: none. Lifetime: one call's.
class FakePollTable {
 public:
  // From now on a wake-up of `file` for one of `wanted` (kEpoll bits) counts.
  // The table keeps the file alive, as a call does on Linux: a descriptor that
  // is closed meanwhile is waited for as before.
  void Watch(std::shared_ptr<FakeFile> file, uint32_t wanted) {
    entries_.push_back(std::make_unique<Entry>(*this, std::move(file), wanted));
  }

  // FakeHost::WaitForMany, in which a wake-up that counts is when to ask again.
  int WaitFor(FakeHost& host, absl::Duration timeout,
              absl::FunctionRef<int()> ask) {
    const auto ask_again = [&] {
      woken_ = false;
      return ask();
    };
    return host.WaitForMany(timeout, ask_again, [&] { return woken_; });
  }

 private:
  class Entry final : public FakeWatcher {
   public:
    Entry(FakePollTable& owner, std::shared_ptr<FakeFile> watched,
          uint32_t events)
        : table_(owner), file_(std::move(watched)), wanted_(events) {
      file_->AddWatcher(*this);
    }
    void OnWake(uint32_t key) override {
      if (key == 0 || (key & wanted_) != 0) table_.woken_ = true;
    }
    void OnFileClosed() override {}

   private:
    FakePollTable& table_;
    const std::shared_ptr<FakeFile> file_;
    const uint32_t wanted_;
  };

  std::vector<std::unique_ptr<Entry>> entries_;
  bool woken_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_POLL_TABLE_H_
