#include "cloche/fakes/fake_kqueue.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "cloche/calls/epoll_calls.h"

namespace cloche {
namespace {

// The wake-ups of each half of a file. Key 0, "see for yourself", is of both.
constexpr uint32_t kReadKeys = kEpollIn | kEpollPri | kEpollErr;
constexpr uint32_t kWriteKeys = kEpollOut | kEpollErr;

}  // namespace

FakeKqueue::~FakeKqueue() = default;

FakeKqueue::Knote::Knote(FakeKqueue& owner, const KernelEvent& change,
                         FakeFile* watched)
    : kqueue(owner),
      key(change.ident, change.filter),
      flags(change.flags & (kEvOneShot | kEvClear)),
      file(watched) {
  if (file != nullptr) file->AddWatcher(*this);
}

void FakeKqueue::Knote::OnWake(uint32_t wake_key) {
  const uint32_t own =
      key.second == KernelFilter::kRead ? kReadKeys : kWriteKeys;
  if (wake_key != 0 && (wake_key & own) == 0) return;
  woken = woken || wake_key != 0;
  kqueue.Queue(*this);
}

void FakeKqueue::Knote::OnFileClosed() {
  kqueue.knotes_.erase(Key(key));  // Destroys this.
}

// What its filter is in the words of FakeFile::Poll.
uint32_t FakeKqueue::Knote::Bit() const {
  return key.second == KernelFilter::kRead ? kEpollIn : kEpollOut;
}

FakeFilterState FakeKqueue::Knote::Look() const {
  if (file == nullptr) return {.ready = triggered};
  const FakeFilterState state = key.second == KernelFilter::kRead
                                    ? file->LookForRead()
                                    : file->LookForWrite();
  const bool hidden = file->Hides(Bit()) && state.error == 0;
  return hidden ? FakeFilterState() : state;
}

bool FakeKqueue::Knote::TakesAlarm() {
  return file != nullptr && file->TakePretence(Bit()) != 0;
}

bool FakeKqueue::Knote::Report(const FakeFilterState& state,
                               KernelEvent& event) {
  const bool news = woken || !has_reported || state.end != reported.end ||
                    state.error != reported.error;
  if (!state.ready || ((flags & kEvClear) != 0 && !news)) return false;
  const uint16_t end = state.end ? kEvEof : 0;
  event = {.ident = key.first,
           .filter = key.second,
           .flags = static_cast<uint16_t>(flags | end),
           .filter_flags = static_cast<uint32_t>(state.end ? state.error : 0),
           .data = state.data,
           .user_data = user_data};
  woken = false;
  has_reported = true;
  reported = state;
  return true;
}

// kqueue_register. The order of these questions is FreeBSD's.
int FakeKqueue::Change(const KernelEvent& change, FakeFile* file) {
  const bool user = change.filter == KernelFilter::kUser;
  if (user) file = nullptr;
  if (!user && file == nullptr) return -EBADF;
  if (file != nullptr && file->AsKqueue() != nullptr) return -EINVAL;
  const Key key(change.ident, change.filter);
  auto found = knotes_.find(key);
  if (found == knotes_.end()) {
    if ((change.flags & kEvAdd) == 0) return -ENOENT;
    found = knotes_.emplace(key, std::make_unique<Knote>(*this, change, file))
                .first;
  }
  if ((change.flags & kEvDelete) != 0) {
    knotes_.erase(found);
    return 0;
  }
  Update(*found->second, change);
  return 0;
}

// Whatever the change was, it looks at once.
void FakeKqueue::Update(Knote& knote, const KernelEvent& change) {
  if ((change.flags & kEvEnable) != 0) {
    knote.disabled = false;
  } else if ((change.flags & kEvDisable) != 0) {
    knote.disabled = true;
    static_cast<ReadyNode&>(knote).Unlink();
  }
  knote.user_data = change.user_data;
  if ((change.filter_flags & kNoteTrigger) != 0) knote.triggered = true;
  if (!knote.Look().ready) return;
  knote.woken = true;
  Queue(knote);
}

void FakeKqueue::Queue(Knote& knote) {
  if (knote.disabled || static_cast<ReadyNode&>(knote).linked()) return;
  ready_.PushBack(knote);
  Notify(kEpollIn);  // For whoever watches this kqueue.
}

int FakeKqueue::Collect(absl::Span<KernelEvent> events) {
  IntrusiveList<Knote, ReadyTag> candidates;
  candidates.Append(ready_);
  size_t count = 0;
  while (count < events.size() && !candidates.empty()) {
    Knote& knote = *candidates.PopFront();
    FakeFilterState state = knote.Look();
    if (knote.TakesAlarm()) state.ready = true;
    if (!knote.Report(state, events[count])) continue;
    ++count;
    if ((knote.flags & kEvOneShot) != 0) {
      knotes_.erase(Key(knote.key));
    } else if ((knote.flags & kEvClear) != 0) {
      knote.triggered = false;
    } else {
      ready_.PushBack(knote);
    }
  }
  // Who was not asked yet comes first next time.
  candidates.Append(ready_);
  ready_.Append(candidates);
  return static_cast<int>(count);
}

uint32_t FakeKqueue::Poll() {
  for (Knote* knote = ready_.Front(); knote != nullptr;
       knote = ready_.Next(*knote)) {
    if (knote->Look().ready) return kEpollIn;
  }
  return 0;
}

std::string FakeKqueue::Describe() const {
  return absl::StrCat("kqueue of ", knotes_.size(), " knotes");
}

}  // namespace cloche
