#include "cloche/backend/readiness_backend.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/backend/backend_answers.h"
#include "cloche/backend/operation_calls.h"

namespace cloche {
namespace {

// After these, a short read says nothing.
constexpr uint8_t kReportsEnd =
    kPollPriority | kPollPeerClosedWrite | kPollHangUp | kPollError;
constexpr uint8_t kWakesReader = kPollReadable | kReportsEnd;
constexpr uint8_t kWakesWriter = kPollWritable | kPollHangUp | kPollError;

}  // namespace

ReadinessBackend::ReadinessBackend(SocketCalls& sockets,
                                   std::unique_ptr<Poller> poller)
    : sockets_(sockets), poller_(std::move(poller)) {}

ReadinessBackend::~ReadinessBackend() { CloseHandedBack(); }

absl::string_view ReadinessBackend::name() const { return poller_->name(); }

ReadinessBackend::Entry& ReadinessBackend::EntryOf(int fd) {
  const size_t index = static_cast<size_t>(fd);
  if (index >= table_.size()) table_.resize(index + 1);
  return table_[index];
}

Operation*& ReadinessBackend::SlotOf(Entry& entry, OperationKind kind) {
  return Reads(kind) ? entry.reader : entry.writer;
}

uint64_t ReadinessBackend::TokenOf(int fd, const Entry& entry) {
  return static_cast<uint64_t>(fd) |
         (static_cast<uint64_t>(entry.generation) << 32);
}

uint8_t ReadinessBackend::NeededBy(const Entry& entry) {
  return (entry.reader != nullptr ? kPollReadable : 0) |
         (entry.writer != nullptr ? kPollWritable : 0);
}

// --- Start: try, and park if it would block ---------------------------------

bool ReadinessBackend::Start(Operation& operation) {
  operation.closed_locally = false;
  if (operation.fd < 0) return FinishedAtOnce(operation, -EBADF);
  Entry& entry = EntryOf(operation.fd);
  if (entry.closing) return FinishedClosed(operation);
  // Before the call: a second reader must not take the first one's bytes.
  if (SlotOf(entry, operation.kind) != nullptr) {
    return FinishedAtOnce(operation, -EBUSY);
  }
  const int64_t result = KnowsTheAnswer(entry, operation)
                             ? -EAGAIN
                             : MakeCall(sockets_, operation);
  Learn(entry, operation, result);
  if (operation.only_try || !WouldBlock(operation.kind, result)) {
    return FinishedAtOnce(operation, result);
  }
  return Park(entry, operation);
}

// Whether the call need not be made: it would say EAGAIN. Should something have
// come meanwhile, whoever parks hears it from the poller. Who only tries does
// not park, and of a descriptor that is not watched nobody has heard anything.
bool ReadinessBackend::KnowsTheAnswer(const Entry& entry,
                                      const Operation& operation) {
  if (!entry.drained || !operation.is_tcp_stream) return false;
  if (operation.only_try && (entry.interest & kPollReadable) == 0) return false;
  return Reads(operation.kind);
}

// Only of TCP streams: elsewhere a receive may stop short for other reasons;
// and where out-of-band data is not reported, for that one.
void ReadinessBackend::Learn(Entry& entry, const Operation& operation,
                             int64_t result) {
  if (operation.kind != OperationKind::kReceive || !operation.is_tcp_stream) {
    return;
  }
  const bool is_short =
      result > 0 && static_cast<size_t>(result) < operation.size;
  const bool tells = poller_->reports_priority() && !entry.end_reported;
  entry.drained = result == -EAGAIN || (is_short && tells);
}

bool ReadinessBackend::Park(Entry& entry, Operation& operation) {
  const int error = Watch(entry, operation);
  if (error != 0) return FinishedAtOnce(operation, error);
  SlotOf(entry, operation.kind) = &operation;
  operation.state = OperationState::kInFlight;
  return false;
}

// Sees to it that the poller reports what `operation` is about to wait for.
int ReadinessBackend::Watch(Entry& entry, const Operation& operation) {
  const bool edge = poller_->edge_triggered();
  if (!entry.registered) entry.foreign = operation.foreign_descriptor;
  uint8_t interest =
      NeededBy(entry) | (Reads(operation.kind) ? kPollReadable : kPollWritable);
  if (edge && !entry.foreign) {
    interest = kPollReadable | kPollWritable | kPollPriority;
  }
  const bool enough = entry.registered && (interest & ~entry.interest) == 0;
  // A wait without a call of its own has not just heard EAGAIN. The edge may
  // have come and gone, so the poller is asked to look again.
  const bool must_look_again =
      edge && OnlyWaits(operation.kind) && !KnowsTheAnswer(entry, operation);
  if (enough && !must_look_again) return 0;
  return Register(operation.fd, entry, interest);
}

int ReadinessBackend::Register(int fd, Entry& entry, uint8_t interest) {
  const uint64_t token = TokenOf(fd, entry);
  const int error = entry.registered ? poller_->Modify(fd, interest, token)
                                     : poller_->Add(fd, interest, token);
  if (error != 0) return error;
  entry.registered = true;
  entry.interest = interest;
  return 0;
}

// The answer does not matter: a foreign descriptor may be closed by now, and
// then there is nothing left to remove.
void ReadinessBackend::Deregister(int fd, Entry& entry) {
  if (entry.registered) poller_->Remove(fd);
  entry.registered = false;
  entry.interest = 0;
  ++entry.generation;
}

// --- Wait: try again what may work now --------------------------------------

absl::Status ReadinessBackend::Wait(absl::Duration timeout,
                                    OperationList& done) {
  if (!finished_.empty()) timeout = absl::ZeroDuration();
  int count;
  // Behind as much news as can be taken at once, which yet ended nothing, there
  // may be more. Who waited would take it that nothing has come. But false
  // alarms may last: once round all descriptors is enough, each with its two
  // directions.
  size_t rounds = 2 * table_.size() / kMaxEvents + 1;
  do {
    count = poller_->Wait(absl::MakeSpan(events_), timeout);
    for (int i = 0; i < count; ++i) Dispatch(events_[i]);
    timeout = absl::ZeroDuration();
  } while (count == static_cast<int>(kMaxEvents) && finished_.empty() &&
           --rounds > 0);
  HandBack(done);
  CloseHandedBack();
  if (count >= 0) return absl::OkStatus();
  return WaitFailed(count, absl::StrCat(poller_->name(), " wait"));
}

void ReadinessBackend::Dispatch(const PollEvent& event) {
  const size_t index = event.token & 0xffffffff;
  if (index >= table_.size()) return;
  Entry& entry = table_[index];
  const int fd = static_cast<int>(index);
  if (!entry.registered || event.token != TokenOf(fd, entry)) return;
  if ((event.flags & kReportsEnd) != 0) entry.end_reported = true;
  const bool wakes_reader = (event.flags & kWakesReader) != 0;
  const bool wakes_writer = (event.flags & kWakesWriter) != 0;
  const bool unwanted = (wakes_reader && entry.reader == nullptr) ||
                        (wakes_writer && entry.writer == nullptr);
  if (wakes_reader) {
    entry.drained = false;
    Retry(entry.reader);
  }
  if (wakes_writer) Retry(entry.writer);
  if (unwanted && !poller_->edge_triggered()) DropUnwantedInterest(fd, entry);
}

void ReadinessBackend::Retry(Operation* parked) {
  if (parked == nullptr) return;
  const int64_t result = MakeCallAgain(sockets_, *parked);
  Learn(EntryOf(parked->fd), *parked, result);
  if (!WouldBlock(parked->kind, result)) Finish(*parked, result);
}

void ReadinessBackend::DropUnwantedInterest(int fd, Entry& entry) {
  if (!entry.registered) return;  // A foreign one is gone already.
  const uint8_t needed = NeededBy(entry);
  if (needed == 0) {
    Deregister(fd, entry);
  } else if (needed != entry.interest) {
    Register(fd, entry, needed);
  }
}

// --- The ends: finished, cancelled, closed ----------------------------------

void ReadinessBackend::Finish(Operation& parked, int64_t result) {
  Entry& entry = EntryOf(parked.fd);
  SlotOf(entry, parked.kind) = nullptr;
  parked.result = result;
  parked.EndInto(finished_);
  ++entry.unreturned;
  if (entry.foreign && NeededBy(entry) == 0) Deregister(parked.fd, entry);
}

void ReadinessBackend::Cancel(Operation& operation) {
  if (operation.fd < 0) return;
  // Not parked: it has ended already and keeps its result, or it never began.
  if (SlotOf(EntryOf(operation.fd), operation.kind) != &operation) return;
  Finish(operation, -ECANCELED);
}

void ReadinessBackend::HandBack(OperationList& done) {
  while (Operation* operation = finished_.PopFront()) {
    operation->state = OperationState::kHandedBack;
    --EntryOf(operation->fd).unreturned;
    done.PushBack(*operation);
  }
}

void ReadinessBackend::Wake() { poller_->Wake(); }

void ReadinessBackend::Close(int fd) {
  CheckMayClose(fd);
  Entry& entry = EntryOf(fd);
  CheckClosesOnce(fd, entry.closing);
  FinishClosed(entry.reader);
  FinishClosed(entry.writer);
  Forget(fd, entry);
  if (entry.unreturned == 0) return CloseNow(fd, entry);
  entry.closing = true;
  closing_.push_back(fd);
}

// Whatever gets the number next begins anew.
void ReadinessBackend::Forget(int fd, Entry& entry) {
  // Edge-triggered, close(2) takes it out of the poller.
  if (poller_->edge_triggered() && !entry.foreign) entry.registered = false;
  // While the descriptor still names what was registered.
  Deregister(fd, entry);
  entry.drained = entry.end_reported = false;
}

void ReadinessBackend::FinishClosed(Operation* parked) {
  if (parked == nullptr) return;
  parked->closed_locally = true;
  Finish(*parked, -ECANCELED);
}

void ReadinessBackend::CloseNow(int fd, Entry& entry) {
  entry.closing = false;
  // An error changes nothing: the descriptor is gone either way (close(2)).
  sockets_.Close(fd);
}

void ReadinessBackend::CloseHandedBack() {
  for (const int fd : closing_) CloseNow(fd, EntryOf(fd));
  closing_.clear();
}

}  // namespace cloche
