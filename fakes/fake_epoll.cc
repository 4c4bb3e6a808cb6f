#include "cloche/fakes/fake_epoll.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace cloche {
namespace {

// How to report, as opposed to what: Linux's EP_PRIVATE_BITS.
constexpr uint32_t kFlags =
    kEpollOneShot | kEpollEdgeTriggered | kEpollExclusive | kEpollWakeup;

// What may be asked for together with EPOLLEXCLUSIVE.
constexpr uint32_t kExclusiveMay = kEpollIn | kEpollOut | kEpollErr |
                                   kEpollHup | kEpollWakeup |
                                   kEpollEdgeTriggered | kEpollExclusive;

// Linux's EP_MAX_NESTS.
constexpr int kMostNested = 4;

}  // namespace

FakeEpoll::~FakeEpoll() = default;

void FakeEpoll::Item::OnWake(uint32_t key) {
  const uint32_t wanted = interest & ~kFlags;
  if (wanted == 0) return;  // A one-shot that has fired.
  if (key != 0 && (key & wanted) == 0) return;
  if (static_cast<ReadyNode&>(*this).linked()) return epoll.Notify(kEpollIn);
  epoll.Queue(*this);
}

void FakeEpoll::Item::OnFileClosed() {
  epoll.items_.erase(fd);  // Destroys this.
}

void FakeEpoll::Item::SetEvent(const EpollEvent& event) {
  interest = event.events | kEpollErr | kEpollHup;
  data = event.data;
}

uint32_t FakeEpoll::Item::Mask() const {
  return file.Shown() & interest & ~kFlags;
}

void FakeEpoll::Queue(Item& item) {
  if (static_cast<ReadyNode&>(item).linked()) return;
  ready_.PushBack(item);
  Notify(kEpollIn);  // For an epoll that watches this epoll.
}

int FakeEpoll::Add(int fd, FakeFile& file, const EpollEvent& event) {
  FakeEpoll* inner = file.AsEpoll();
  if ((event.events & kEpollExclusive) != 0) {
    const bool allowed = (event.events & ~kExclusiveMay) == 0;
    if (!allowed || inner != nullptr) return -EINVAL;
  }
  if (inner != nullptr) {
    if (inner->Reaches(*this)) return -ELOOP;
    if (DepthAbove() + 1 + inner->DepthBelow() > kMostNested) return -ELOOP;
  }
  if (items_.contains(fd)) return -EEXIST;
  auto item = std::make_unique<Item>(*this, fd, file);
  item->SetEvent(event);
  file.AddWatcher(*item);
  Item& added = *items_.emplace(fd, std::move(item)).first->second;
  if (added.Mask() != 0) Queue(added);
  return 0;
}

int FakeEpoll::Modify(int fd, const EpollEvent& event) {
  if ((event.events & kEpollExclusive) != 0) return -EINVAL;
  auto found = items_.find(fd);
  if (found == items_.end()) return -ENOENT;
  if ((found->second->interest & kEpollExclusive) != 0) return -EINVAL;
  found->second->SetEvent(event);
  if (found->second->Mask() != 0) Queue(*found->second);
  return 0;
}

int FakeEpoll::Remove(int fd) { return items_.erase(fd) == 1 ? 0 : -ENOENT; }

int FakeEpoll::Collect(absl::Span<EpollEvent> events) {
  IntrusiveList<Item, ReadyTag> candidates;
  candidates.Append(ready_);
  size_t count = 0;
  while (count < events.size() && !candidates.empty()) {
    Item& item = *candidates.PopFront();
    const uint32_t mask = item.file.PollOrPretend() & item.interest & ~kFlags;
    if (mask == 0) continue;  // It was true once, and is over.
    events[count].events = mask;
    events[count].data = item.data;
    ++count;
    if ((item.interest & kEpollOneShot) != 0) {
      item.interest &= kFlags;
    } else if ((item.interest & kEpollEdgeTriggered) == 0) {
      ready_.PushBack(item);
    }
  }
  // Who was not asked yet comes first next time.
  candidates.Append(ready_);
  ready_.Append(candidates);
  return static_cast<int>(count);
}

uint32_t FakeEpoll::Poll() {
  for (Item* item = ready_.Front(); item != nullptr;
       item = ready_.Next(*item)) {
    if (item->Mask() != 0) return kEpollIn;
  }
  return 0;
}

bool FakeEpoll::Reaches(const FakeEpoll& other) const {
  if (this == &other) return true;
  for (const auto& [fd, item] : items_) {
    const FakeEpoll* inner = item->file.AsEpoll();
    if (inner != nullptr && inner->Reaches(other)) return true;
  }
  return false;
}

int FakeEpoll::DepthBelow() const {
  int depth = 0;
  for (const auto& [fd, item] : items_) {
    const FakeEpoll* inner = item->file.AsEpoll();
    if (inner != nullptr) depth = std::max(depth, inner->DepthBelow() + 1);
  }
  return depth;
}

int FakeEpoll::DepthAbove() const {
  int depth = 0;
  for (FakeWatcher* watcher = watchers().Front(); watcher != nullptr;
       watcher = watchers().Next(*watcher)) {
    FakeFile* owner = watcher->Owner();
    const FakeEpoll* outer = owner == nullptr ? nullptr : owner->AsEpoll();
    if (outer != nullptr) depth = std::max(depth, outer->DepthAbove() + 1);
  }
  return depth;
}

std::string FakeEpoll::Describe() const {
  return absl::StrCat("epoll of ", items_.size(), " descriptors");
}

}  // namespace cloche
