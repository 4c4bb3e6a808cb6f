#include "cloche/backend/iocp_backend.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/backend/backend_answers.h"
#include "cloche/backend/operation_calls.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

// Packets name their call, so keys have nothing to add.
constexpr uint64_t kNoKey = 0;

}  // namespace

absl::StatusOr<std::unique_ptr<IocpBackend>> IocpBackend::Create(
    SocketCalls& sockets, CompletionPortCalls& ports) {
  auto backend = absl::WrapUnique(new IocpBackend(sockets, ports));
  backend->port_ = ports.CreateIoCompletionPort();
  if (backend->port_ < 0) {
    return ErrnoStatus(backend->port_, "CreateIoCompletionPort");
  }
  return backend;
}

// No operation is in flight any more, but sends may be.
IocpBackend::~IocpBackend() {
  if (port_ < 0) return;
  for (const Entry& entry : table_) CancelCall(entry.writer);
  while (in_kernel_ > 0) {
    const int count = TakePackets(absl::InfiniteDuration());
    CLOCHE_CHECK(count >= 0, absl::StrCat("the port keeps a cancelled call: ",
                                          ErrnoName(-count)));
  }
  CloseWhatIsOver();
  system_.ports.CloseHandle(port_);
}

IocpBackend::Entry& IocpBackend::EntryOf(int fd) {
  const size_t index = static_cast<size_t>(fd);
  if (index >= table_.size()) table_.resize(index + 1);
  return table_[index];
}

IocpBackend::CallOwner& IocpBackend::SlotOf(Entry& entry, OperationKind kind) {
  return Reads(kind) ? entry.reader : entry.writer;
}

// A send that is over for its operation is in nobody's way.
bool IocpBackend::IsBusy(Entry& entry, const Operation& operation) {
  if (HasOperation(SlotOf(entry, operation.kind))) return true;
  return !Reads(operation.kind) && entry.waiting != nullptr;
}

// --- Start: hand it to the kernel -------------------------------------------

bool IocpBackend::Start(Operation& operation) {
  operation.closed_locally = false;
  if (operation.fd < 0) return FinishedAtOnce(operation, -EBADF);
  Entry& entry = EntryOf(operation.fd);
  if (entry.closing) return FinishedClosed(operation);
  if (IsBusy(entry, operation)) return FinishedAtOnce(operation, -EBUSY);
  // What is not to wait has no need of a port.
  if (operation.only_try && operation.kind == OperationKind::kReceive) {
    return FinishedAtOnce(operation, MakeCall(system_.sockets, operation));
  }
  const bool writes = operation.kind == OperationKind::kSend ||
                      operation.kind == OperationKind::kWaitWritable;
  // Before its socket gets a port of ours, which it would keep for good.
  if (writes && operation.foreign_descriptor) {
    return FinishedAtOnce(operation, -EOPNOTSUPP);
  }
  const int error = GivePort(entry, operation);
  if (error != 0) return FinishedAtOnce(operation, error);
  return writes ? BeginWriting(entry, operation) : Begin(entry, operation);
}

// A foreign socket may be another one by now, with the same number. If it has a
// port (EINVAL), that may be ours, of an operation before this one. If we never
// gave it one it is somebody else's, and our packets would be sent there.
int IocpBackend::GivePort(Entry& entry, const Operation& operation) {
  if (entry.has_port) return 0;
  const int fd = operation.fd;
  const int error = system_.ports.AssociateWithPort(port_, fd, kNoKey);
  if (error == -EINVAL && entry.had_port) return 0;
  if (error != 0) return error;
  entry.skips = system_.ports.SkipCompletionPortOnSuccess(fd) == 0;
  entry.had_port = true;
  entry.has_port = !operation.foreign_descriptor;
  return 0;
}

bool IocpBackend::HasPacket(const Entry& entry, int64_t result) {
  return result == kIoPending || (result >= 0 && !entry.skips);
}

bool IocpBackend::Begin(Entry& entry, Operation& operation) {
  auto call = std::make_unique<IocpCall>();
  call->kind = operation.kind;
  call->fd = operation.fd;
  call->operation = &operation;
  const int64_t result = BeginCall(system_, *call);
  if (!HasPacket(entry, result)) {
    return FinishedAtOnce(operation, EndCall(system_, *call, result));
  }
  Keep(entry, std::move(call));
  operation.state = OperationState::kInFlight;
  return false;
}

void IocpBackend::Keep(Entry& entry, CallOwner call) {
  CallOwner& slot = SlotOf(entry, call->kind);
  slot = std::move(call);
  ++in_kernel_;
}

// --- Sends: at most one in the kernel's hands -------------------------------

bool IocpBackend::BeginWriting(Entry& entry, Operation& operation) {
  if (entry.writer == nullptr) {
    return FinishedAtOnce(operation, Write(entry, operation));
  }
  if (operation.only_try) return FinishedAtOnce(operation, -EAGAIN);
  entry.waiting = &operation;
  operation.state = OperationState::kInFlight;
  return false;
}

int64_t IocpBackend::Write(Entry& entry, const Operation& operation) {
  if (operation.kind == OperationKind::kWaitWritable) return 0;
  if (entry.write_error != 0) return std::exchange(entry.write_error, 0);
  auto call = std::make_unique<IocpCall>();
  call->kind = OperationKind::kSend;
  call->fd = operation.fd;
  call->bytes.assign(operation.buffer, std::min(operation.size, kMostBytes));
  const auto size = static_cast<int64_t>(call->bytes.size());
  const int64_t result = system_.ports.WsaSend(call->fd, call->bytes, *call);
  entry.gave_up = false;
  if (!HasPacket(entry, result)) return result;
  Keep(entry, std::move(call));
  return size;
}

void IocpBackend::OnWritten(Entry& entry, int64_t result) {
  if (result < 0) entry.write_error = result;
  Operation* const next = std::exchange(entry.waiting, nullptr);
  if (next != nullptr) Finish(*next, Write(entry, *next));
}

// --- Wait: take the packets -------------------------------------------------

absl::Status IocpBackend::Wait(absl::Duration timeout, OperationList& done) {
  if (!finished_.empty()) timeout = absl::ZeroDuration();
  int count;
  // Behind as many packets as can be taken at once, which yet ended nothing,
  // there may be more. Who waited would take it that nothing has come.
  do {
    count = TakePackets(timeout);
    timeout = absl::ZeroDuration();
  } while (count == static_cast<int>(kMostPackets) && finished_.empty());
  HandBack(done);
  CloseWhatIsOver();
  if (count >= 0) return absl::OkStatus();
  return WaitFailed(count, "GetQueuedCompletionStatusEx");
}

int IocpBackend::TakePackets(absl::Duration timeout) {
  const int count = system_.ports.GetQueuedCompletionStatusEx(
      port_, absl::MakeSpan(packets_), timeout);
  for (int i = 0; i < count; ++i) OnPacket(packets_[i]);
  return count;
}

// Here the call, and what it has borrowed, comes back from the kernel.
void IocpBackend::OnPacket(const CompletionPacket& packet) {
  if (packet.overlapped == nullptr) return;  // A wake.
  const CallOwner call =
      TakeBack(static_cast<const IocpCall&>(*packet.overlapped));
  Entry& entry = EntryOf(call->fd);
  if (!HasOperation(call)) return OnWritten(entry, packet.result);
  Operation& operation = *call->operation;
  const int64_t result = EndCall(system_, *call, packet.result);
  if (!entry.closing) return Finish(operation, result);
  // A cancel that came first has its word, and any failure may be the close's.
  if (call->cancelled) {
    return Finish(operation, result >= 0 ? result : -ECANCELED);
  }
  // A connection that came in at the last moment goes with its listener.
  if (call->kind == OperationKind::kAccept && result >= 0) {
    system_.sockets.Close(static_cast<int>(result));
  }
  FinishClosed(operation);
}

IocpBackend::CallOwner IocpBackend::TakeBack(const IocpCall& call) {
  --in_kernel_;
  return std::move(SlotOf(EntryOf(call.fd), call.kind));
}

void IocpBackend::HandBack(OperationList& done) {
  while (Operation* operation = finished_.PopFront()) {
    operation->state = OperationState::kHandedBack;
    done.PushBack(*operation);
  }
}

void IocpBackend::Wake() { PostPacketForSure(system_.ports, port_, kNoKey); }

// --- The ends: finished, cancelled, closed ----------------------------------

void IocpBackend::Finish(Operation& operation, int64_t result) {
  operation.result = result;
  operation.EndInto(finished_);
}

void IocpBackend::FinishClosed(Operation& operation) {
  operation.closed_locally = true;
  Finish(operation, -ECANCELED);
}

// What is in the kernel's hands ends with its packet, however it ends.
void IocpBackend::Cancel(Operation& operation) {
  if (operation.fd < 0) return;
  Entry& entry = EntryOf(operation.fd);
  if (entry.waiting == &operation) {
    entry.waiting = nullptr;
    entry.gave_up |= operation.kind == OperationKind::kSend;
    return Finish(operation, -ECANCELED);
  }
  const CallOwner& call = SlotOf(entry, operation.kind);
  if (!HasOperation(call) || call->operation != &operation) return;
  call->cancelled = !entry.closing;
  CancelCall(call);
}

// ERROR_NOT_FOUND: the packet is on its way.
void IocpBackend::CancelCall(const CallOwner& call) {
  if (call != nullptr) system_.ports.CancelIoEx(call->fd, *call);
}

void IocpBackend::Close(int fd) {
  CheckMayClose(fd);
  Entry& entry = EntryOf(fd);
  CheckClosesOnce(fd, entry.closing);
  entry.closing = true;
  if (entry.waiting != nullptr) {
    entry.gave_up |= entry.waiting->kind == OperationKind::kSend;
    FinishClosed(*std::exchange(entry.waiting, nullptr));
  }
  CancelCall(entry.reader);
  if (IsInVain(entry, fd)) CancelCall(entry.writer);
  closing_.push_back(fd);
  if (finished_.empty()) CloseWhatIsOver();
}

// Else it is none, or a send that is over for its operation.
bool IocpBackend::HasOperation(const CallOwner& call) {
  return call != nullptr && call->operation != nullptr;
}

// Whether what the writer does is of no use any more when `fd` is closed:
// SO_LINGER with no seconds throws it away.
bool IocpBackend::IsInVain(const Entry& entry, int fd) const {
  if (entry.writer == nullptr) return false;
  if (HasOperation(entry.writer) || entry.gave_up) return true;
  int seconds = -1;
  system_.sockets.GetSockOpt(fd, SocketOption::kLinger, &seconds);
  return seconds == 0;
}

// Not before all operations have been handed back, and all sends have gone.
void IocpBackend::CloseWhatIsOver() {
  std::erase_if(closing_, [this](int fd) {
    const Entry& entry = EntryOf(fd);
    if (entry.reader != nullptr || entry.writer != nullptr) return false;
    CloseNow(fd);
    return true;
  });
}

// Whatever gets the number next begins anew.
void IocpBackend::CloseNow(int fd) {
  EntryOf(fd) = Entry();
  // An error changes nothing: the descriptor is gone either way.
  system_.sockets.Close(fd);
}

}  // namespace cloche
