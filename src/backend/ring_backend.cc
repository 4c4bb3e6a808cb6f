#include "cloche/backend/ring_backend.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/backend/backend_answers.h"
#include "cloche/backend/operation_calls.h"
#include "cloche/backend/ring_submission.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/calls/poll_calls.h"

namespace cloche {
namespace {

// No descriptor has these tokens: it would be a negative one's.
constexpr uint64_t kWakeToken = ~uint64_t{0};
constexpr uint64_t kCancelToken = kWakeToken - 1;

// Of a token: descriptor, direction, generation.
constexpr uint64_t kDescriptorBits = 0x7fffffff;
constexpr uint64_t kWriterBit = 0x80000000;
constexpr int kGenerationShift = 32;

// Kernels that know nothing of what we ask for call it invalid. "" for what is
// no refusal.
absl::string_view WhyRefused(int error) {
  switch (error) {
    case -EINVAL:
      return "the kernel is too old; Linux 6.1 will do";
    case -ENOSYS:
      return "the kernel has no io_uring, or a container's rules hide it";
    case -EPERM:
      return "a container's rules or the sysctl kernel.io_uring_disabled "
             "forbid it";
    default:
      return "";
  }
}

absl::Status OpenRing(RingCalls& rings, unsigned depth,
                      std::unique_ptr<Ring>& ring) {
  const int error = rings.Open(depth, ring);
  if (error == 0) return absl::OkStatus();
  const absl::string_view why = WhyRefused(error);
  if (why.empty()) return ErrnoStatus(error, "io_uring_setup");
  return absl::Status(
      error == -EPERM ? absl::StatusCode::kPermissionDenied
                      : absl::StatusCode::kUnimplemented,
      absl::StrCat("io_uring_setup: ", ErrnoName(-error), ": ", why,
                   "; epoll will do, and \"io_uring,epoll\" takes it where "
                   "there are no rings"));
}

}  // namespace

absl::Status RingBackend::Probe(RingCalls& rings) {
  std::unique_ptr<Ring> ring;
  return OpenRing(rings, /*depth=*/1, ring);
}

absl::StatusOr<std::unique_ptr<RingBackend>> RingBackend::Create(
    RingCalls& rings, SocketCalls& sockets, WakeCalls& wake, unsigned depth) {
  std::unique_ptr<Ring> ring;
  const absl::Status opened = OpenRing(rings, depth, ring);
  if (!opened.ok()) return opened;
  auto backend =
      absl::WrapUnique(new RingBackend(std::move(ring), sockets, wake));
  backend->wake_fd_ = wake.OpenWake();
  if (backend->wake_fd_ < 0) return ErrnoStatus(backend->wake_fd_, "eventfd");
  return backend;
}

RingBackend::~RingBackend() {
  CloseHandedBack();
  if (wake_fd_ >= 0) wake_.CloseWake(wake_fd_);
}

RingBackend::Entry& RingBackend::EntryOf(int fd) {
  const size_t index = static_cast<size_t>(fd);
  if (index >= table_.size()) table_.resize(index + 1);
  return table_[index];
}

RingBackend::Slot& RingBackend::SlotOf(Entry& entry, OperationKind kind) {
  return Reads(kind) ? entry.reader : entry.writer;
}

uint64_t RingBackend::TokenOf(const Slot& slot) {
  const Operation& operation = *slot.operation;
  return static_cast<uint64_t>(operation.fd) |
         (Reads(operation.kind) ? 0 : kWriterBit) |
         (static_cast<uint64_t>(slot.generation) << kGenerationShift);
}

RingBackend::Slot* RingBackend::FindSlot(uint64_t token) {
  const size_t index = token & kDescriptorBits;
  if (index >= table_.size()) return nullptr;
  Entry& entry = table_[index];
  Slot& slot = (token & kWriterBit) == 0 ? entry.reader : entry.writer;
  const bool same = slot.operation != nullptr && TokenOf(slot) == token;
  return same ? &slot : nullptr;
}

// Whether somebody has yet to be handed back.
bool RingBackend::IsBusy(const Entry& entry) {
  return entry.reader.operation != nullptr ||
         entry.writer.operation != nullptr || entry.unreturned != 0;
}

// --- Start and Cancel: what the next Wait is to submit ----------------------

bool RingBackend::Start(Operation& operation) {
  operation.closed_locally = false;
  if (operation.fd < 0) return FinishedAtOnce(operation, -EBADF);
  Entry& entry = EntryOf(operation.fd);
  if (entry.closing) return FinishedClosed(operation);
  Slot& slot = SlotOf(entry, operation.kind);
  if (slot.operation != nullptr) return FinishedAtOnce(operation, -EBUSY);
  if (operation.only_try) {
    return FinishedAtOnce(operation, MakeCall(sockets_, operation));
  }
  slot.operation = &operation;
  ++slot.generation;
  operation.state = OperationState::kInFlight;
  Queue(slot);
  return false;
}

void RingBackend::Queue(Slot& slot) {
  slot.submitted = slot.cancelled = false;
  queue_.push_back({TokenOf(slot), /*cancels=*/false});
}

void RingBackend::Cancel(Operation& operation) {
  if (operation.fd < 0) return;
  Slot& slot = SlotOf(EntryOf(operation.fd), operation.kind);
  // It has ended already and keeps its result, or it never began.
  if (slot.operation != &operation) return;
  CancelSlot(slot);
}

void RingBackend::CancelSlot(Slot& slot) {
  if (!slot.submitted) return Finish(slot, -ECANCELED);
  if (slot.cancelled) return;
  slot.cancelled = true;
  queue_.push_back({TokenOf(slot), /*cancels=*/true});
}

// --- Wait: submit, wait, reap -----------------------------------------------

absl::Status RingBackend::Wait(absl::Duration timeout, OperationList& done) {
  PollWake();
  PushQueued();
  if (MustNotSleep()) timeout = absl::ZeroDuration();
  const int result = ring_->Enter(timeout);
  Reap();
  HandBack(done);
  CloseHandedBack();
  if (result == 0 || result == -EINTR || result == -EAGAIN ||
      result == -EBUSY) {
    return absl::OkStatus();
  }
  return WaitFailed(result, "io_uring_enter");
}

// Who is done asks for the turn to go on, and what found no room for another
// one, and soon. Without a poll of the wake descriptor nobody could end a
// sleep.
bool RingBackend::MustNotSleep() const {
  return !finished_.empty() || !queue_.empty() || !wake_polled_;
}

void RingBackend::PushQueued() {
  size_t pushed = 0;
  while (pushed < queue_.size() && PushOne(queue_[pushed])) ++pushed;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(pushed));
}

// False if there is no room. What is over meanwhile needs none.
bool RingBackend::PushOne(const Queued& queued) {
  Slot* slot = FindSlot(queued.token);
  if (slot == nullptr) return true;
  if (queued.cancels) {
    return Push(
        {.op = RingOp::kCancel, .token = kCancelToken, .target = queued.token});
  }
  slot->submitted = Push(SubmissionOf(*slot->operation, queued.token));
  return slot->submitted;
}

// A full queue is submitted early, to make room.
bool RingBackend::Push(const RingSubmission& submission) {
  if (ring_->Push(submission)) return true;
  (void)ring_->Enter(absl::ZeroDuration());
  return ring_->Push(submission);
}

void RingBackend::PollWake() {
  if (wake_polled_) return;
  wake_polled_ = Push({.op = RingOp::kPoll,
                       .fd = wake_fd_,
                       .token = kWakeToken,
                       .events = kPollIn});
}

void RingBackend::Reap() {
  std::array<RingCompletion, 64> completions;
  while (const size_t count = ring_->Reap(absl::MakeSpan(completions))) {
    for (size_t i = 0; i < count; ++i) OnCompletion(completions[i]);
  }
}

void RingBackend::OnCompletion(const RingCompletion& completion) {
  if (completion.token == kWakeToken) {
    wake_.DrainWake(wake_fd_);
    wake_polled_ = false;
    return;
  }
  // A cancel's own completion tells nothing that its target's does not.
  if (completion.token == kCancelToken) return;
  Slot* slot = FindSlot(completion.token);
  CLOCHE_CHECK(slot != nullptr, "a completion of what is not in flight");
  const OperationKind kind = slot->operation->kind;
  if (IsNoResult(kind, completion.result) && !slot->cancelled) {
    return Queue(*slot);
  }
  Finish(*slot, completion.result);
}

// --- The ends: finished and closed ------------------------------------------

void RingBackend::Finish(Slot& slot, int64_t result) {
  Operation& operation = *slot.operation;
  slot.operation = nullptr;
  operation.result = ResultOf(operation, result);
  operation.EndInto(finished_);
  ++EntryOf(operation.fd).unreturned;
}

// What a completion's result is to the one who waits.
int64_t RingBackend::ResultOf(const Operation& operation, int64_t result) {
  if (operation.closed_locally) {
    // A connection that came in at the last moment goes with its listener.
    if (operation.kind == OperationKind::kAccept && result >= 0) {
      sockets_.Close(static_cast<int>(result));
    }
    return -ECANCELED;
  }
  return ResultOfCompletion(operation.kind, static_cast<int32_t>(result));
}

void RingBackend::HandBack(OperationList& done) {
  while (Operation* operation = finished_.PopFront()) {
    operation->state = OperationState::kHandedBack;
    --EntryOf(operation->fd).unreturned;
    done.PushBack(*operation);
  }
}

void RingBackend::Wake() { SignalWakeForSure(wake_, wake_fd_); }

void RingBackend::Close(int fd) {
  CheckMayClose(fd);
  Entry& entry = EntryOf(fd);
  CheckClosesOnce(fd, entry.closing);
  for (Slot* slot : {&entry.reader, &entry.writer}) {
    if (slot->operation == nullptr) continue;
    slot->operation->closed_locally = !slot->cancelled;
    CancelSlot(*slot);
  }
  if (!IsBusy(entry)) return CloseNow(fd, entry);
  entry.closing = true;
  closing_.push_back(fd);
}

void RingBackend::CloseNow(int fd, Entry& entry) {
  entry.closing = false;
  // An error changes nothing: the descriptor is gone either way (close(2)).
  sockets_.Close(fd);
}

// Those of which everything has come back.
void RingBackend::CloseHandedBack() {
  std::erase_if(closing_, [this](int fd) {
    Entry& entry = EntryOf(fd);
    if (IsBusy(entry)) return false;
    CloseNow(fd, entry);
    return true;
  });
}

}  // namespace cloche
