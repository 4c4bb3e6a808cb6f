#include "cloche/fakes/fake_ring.h"

#include <cerrno>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/base/check.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/fake_socket.h"

namespace cloche {
namespace {

// APOLL_MAX_RETRY of io_uring/poll.c: so often a request waits for its socket.
constexpr int kMostInVain = 128;

// IO_LOCAL_TW_DEFAULT_MAX of io_uring/io_uring.c: so many, then what has
// completed is handed over.
constexpr int kMostAtOnce = 20;

bool HasBuffer(RingOp op) {
  return op == RingOp::kReceive || op == RingOp::kSend;
}

// Which wake-ups of a file may let the request go on, in kEpoll bits.
uint32_t WantedBy(const RingSubmission& submission) {
  switch (submission.op) {
    case RingOp::kAccept:
    case RingOp::kReceive:
      return kEpollIn | kEpollErr | kEpollHup;
    case RingOp::kConnect:
    case RingOp::kSend:
      return kEpollOut | kEpollErr | kEpollHup;
    case RingOp::kPoll:
      return submission.events | kEpollErr | kEpollHup;
    case RingOp::kCancel:
      return 0;
  }
}

}  // namespace

FakeRing::Request::Request(FakeRing& ring, const RingSubmission& what)
    : submission(what),
      peer(what.op == RingOp::kAccept ? what.address : nullptr),
      ring_(ring) {
  if (what.op == RingOp::kConnect) address = *what.address;
}

void FakeRing::Request::OnWake(uint32_t key) {
  const bool matters = key == 0 || (key & WantedBy(submission)) != 0;
  if (!matters || woken) return;
  woken = true;
  ring_.woken_.push_back(this);
}

void FakeRing::Request::CheckHasNoBuffer() const {
  CLOCHE_CHECK(!buffer.lent(),
               "a ring was closed while buffers belonged to the kernel; cancel "
               "what is in flight and reap its completion first");
}

FakeRing::FakeRing(FakeHost& host, unsigned depth, const FakeOrder& order)
    : host_(host), depth_(depth), order_(order) {}

size_t FakeRing::Choose(size_t count) const {
  return order_ && count > 1 ? order_(count) : 0;
}

uint32_t FakeRing::Poll() {
  const bool room = submissions_.size() < depth_;
  return (completions_.empty() ? 0 : kEpollIn) | (room ? kEpollOut : 0);
}

void FakeRing::OnClosed() {
  for (const auto& [token, request] : in_flight_) request->CheckHasNoBuffer();
  for (const auto& request : completions_) request->CheckHasNoBuffer();
  for (const auto& request : overflow_) request->CheckHasNoBuffer();
  woken_.clear();
  in_flight_.clear();
  FakeFile::OnClosed();
}

// --- Submitting -------------------------------------------------------------

bool FakeRing::Push(const RingSubmission& submission) {
  if (submissions_.size() == depth_) return false;
  submissions_.push_back(std::make_unique<Request>(*this, submission));
  return true;
}

int FakeRing::Enter(absl::Duration timeout) {
  // The calls inside have fates of their own.
  const bool interrupted = host_.interrupts_wait();
  FakeNetwork& network = host_.network();
  const absl::Time deadline = network.clock().Now() + timeout;
  MakeRoomFromOverflow();
  while (!submissions_.empty()) {
    std::unique_ptr<Request> next = std::move(submissions_.front());
    submissions_.pop_front();
    Submit(std::move(next));
  }
  for (;;) {
    TryWoken();
    if (!completions_.empty()) return 0;
    if (!woken_.empty()) continue;  // All that was tried was in vain.
    if (interrupted) return -EINTR;
    if (timeout <= absl::ZeroDuration()) return 0;
    const int result =
        network.WaitFor([&] { return !woken_.empty(); }, deadline);
    if (result <= 0) return result;
  }
}

void FakeRing::Submit(std::unique_ptr<Request> request) {
  const RingSubmission& submission = request->submission;
  if (submission.op == RingOp::kCancel) {
    const int64_t result = CancelRequest(submission.target);
    return Complete(std::move(request), result);
  }
  request->file = host_.descriptors().Find(submission.fd);
  if (request->file == nullptr) return Complete(std::move(request), -EBADF);
  if (HasBuffer(submission.op)) {
    request->buffer.Lend(submission.buffer, submission.size);
  }
  if (submission.op == RingOp::kReceive) request->buffer.Spoil();
  // Before the call, so that nothing that it sets off is missed.
  request->file->AddWatcher(*request);
  Request& begun = *request;
  begun.place = in_flight_.emplace(submission.token, std::move(request));
  if (const auto result = Try(begun)) End(begun, *result);
}

int64_t FakeRing::CancelRequest(uint64_t token) {
  const auto found = in_flight_.find(token);
  if (found == in_flight_.end()) return -ENOENT;
  Request& request = *found->second;
  if (request.woken && Choose(2) == 1) {
    if (const auto result = Try(request)) {
      End(request, *result);
      return -ENOENT;
    }
  }
  End(request, -ECANCELED);
  return 0;
}

void FakeRing::TryWoken() {
  for (int tried = 0; tried < kMostAtOnce && !woken_.empty(); ++tried) {
    Request& request = *woken_.front();
    woken_.pop_front();
    request.woken = false;
    if (const auto result = Try(request)) End(request, *result);
  }
}

// --- Carrying out -----------------------------------------------------------

std::optional<int64_t> FakeRing::Try(Request& request) {
  if (request.file == nullptr) return std::nullopt;  // Closed: see the header.
  int64_t result;
  do {
    result = MakeCall(request);
  } while (result == -EINTR);
  if (Waits(request, result)) return std::nullopt;
  return result;
}

bool FakeRing::Waits(Request& request, int64_t result) {
  if (result == -EINPROGRESS) return true;
  if (result != -EAGAIN || request.submission.op == RingOp::kConnect) {
    return false;
  }
  // The first time was in vain as well, but nothing had woken it.
  ++request.in_vain;
  return request.submission.op != RingOp::kAccept ||
         request.in_vain <= kMostInVain;
}

int64_t FakeRing::MakeCall(Request& request) {
  const RingSubmission& submission = request.submission;
  switch (submission.op) {
    case RingOp::kAccept:
      return host_.sockets().Accept4(submission.fd, &request.address);
    case RingOp::kConnect:
      return Connect(request);
    case RingOp::kReceive:
      return Receive(request);
    case RingOp::kSend:
      request.buffer.Check();
      return host_.sockets().Send(
          submission.fd, absl::string_view(submission.buffer, submission.size),
          0);
    case RingOp::kPoll: {
      const uint32_t true_now =
          request.file->PollOrPretend() & WantedBy(submission);
      return true_now != 0 ? static_cast<int64_t>(true_now) : -EAGAIN;
    }
    case RingOp::kCancel:
      return 0;
  }
}

int64_t FakeRing::Receive(Request& request) {
  const RingSubmission& submission = request.submission;
  request.buffer.Borrow();
  const int64_t result = host_.sockets().Recv(
      submission.fd, absl::MakeSpan(submission.buffer, submission.size), 0);
  if (result < 0) {
    request.buffer.Spoil();
  } else {
    request.buffer.Settle();
  }
  return result;
}

// The call is made once. How it ended is asked of the socket, as the kernel
// does, who need not make a call for that.
int64_t FakeRing::Connect(Request& request) {
  if (!request.connecting) {
    const int result =
        host_.sockets().Connect(request.submission.fd, request.address);
    // Interrupted, it goes on (connect(2)).
    request.connecting = result == -EINPROGRESS || result == -EINTR;
    return request.connecting ? -EINPROGRESS : result;
  }
  FakeSocket* socket = request.file->AsSocket();
  int error = 0;
  socket->GetOption(SocketOption::kError, &error);
  if (error != 0) return -error;
  SocketAddress peer;
  return socket->GetPeerAddress(&peer) == 0 ? 0 : -EINPROGRESS;
}

// --- Completing -------------------------------------------------------------

void FakeRing::End(Request& request, int64_t result) {
  std::unique_ptr<Request> ended = std::move(request.place->second);
  in_flight_.erase(request.place);
  if (request.woken) std::erase(woken_, &request);
  ended->Unlink();
  Complete(std::move(ended), result);
}

void FakeRing::Complete(std::unique_ptr<Request> request, int64_t result) {
  request->result = result;
  const bool room = completions_.size() < 2 * depth_;
  (room ? completions_ : overflow_).push_back(std::move(request));
}

void FakeRing::MakeRoomFromOverflow() {
  while (!overflow_.empty() && completions_.size() < 2 * depth_) {
    completions_.push_back(std::move(overflow_.front()));
    overflow_.pop_front();
  }
}

size_t FakeRing::Reap(absl::Span<RingCompletion> completions) {
  size_t count = 0;
  while (count < completions.size() && !completions_.empty()) {
    const auto next = completions_.begin() +
                      static_cast<ptrdiff_t>(Choose(completions_.size()));
    Request& request = **next;
    request.buffer.GiveBack();
    if (request.peer != nullptr && request.result >= 0) {
      *request.peer = request.address;
    }
    completions[count++] = {request.submission.token,
                            static_cast<int32_t>(request.result)};
    completions_.erase(next);
  }
  return count;
}

}  // namespace cloche
