#include "cloche/calls/linux_ring_calls.h"

#include <liburing.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/linux_socket_address.h"
#include "cloche/calls/poll_calls.h"

namespace cloche {
namespace {

static_assert(kPollIn == POLLIN && kPollPri == POLLPRI);
static_assert(kPollOut == POLLOUT && kPollRdHup == POLLRDHUP);

constexpr unsigned kSetupFlags =
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
    IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL;

// A wait with a timeout, and completions that are never dropped (Linux 5.11).
constexpr unsigned kNeededFeatures =
    IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE;

// A submission has 32 bits for a length; more than a gigabyte at once would be
// cut by recv(2) too.
unsigned LengthOf(size_t size) {
  return static_cast<unsigned>(std::min<size_t>(size, 1u << 30));
}

__kernel_timespec ToKernel(absl::Duration duration) {
  const timespec time = absl::ToTimespec(
      std::min(absl::Ceil(duration, absl::Nanoseconds(1)), absl::Hours(1)));
  return {.tv_sec = time.tv_sec, .tv_nsec = time.tv_nsec};
}

class LinuxRing final : public Ring {
 public:
  LinuxRing() = default;
  ~LinuxRing() override {
    if (open_) io_uring_queue_exit(&ring_);
  }

  int Open(unsigned depth);

  bool Push(const RingSubmission& submission) override;
  int Enter(absl::Duration timeout) override;
  size_t Reap(absl::Span<RingCompletion> completions) override;

 private:
  // An accept in flight whose peer is asked for.
  struct Peer {
    LinuxSocketAddress address;
    SocketAddress* wanted_by;
  };

  void PrepareAccept(io_uring_sqe* sqe, const RingSubmission& submission);
  void PrepareConnect(io_uring_sqe* sqe, const RingSubmission& submission);
  int EnterEnabled(absl::Duration timeout);
  void TakePeer(const RingCompletion& completion);

  io_uring ring_ = {};
  bool open_ = false;
  bool enabled_ = false;
  std::deque<LinuxSocketAddress> connects_;  // Not submitted yet.
  // By token; never gone through. Each stays where it is: the kernel writes.
  absl::flat_hash_map<uint64_t, std::unique_ptr<Peer>> peers_;
};

int LinuxRing::Open(unsigned depth) {
  io_uring_params params = {};
  params.flags = kSetupFlags;
  const int error = io_uring_queue_init_params(depth, &ring_, &params);
  if (error != 0) return error;
  open_ = true;
  const bool able = (params.features & kNeededFeatures) == kNeededFeatures;
  return able ? 0 : -ENOSYS;
}

bool LinuxRing::Push(const RingSubmission& submission) {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) return false;
  switch (submission.op) {
    case RingOp::kAccept:
      PrepareAccept(sqe, submission);
      break;
    case RingOp::kConnect:
      PrepareConnect(sqe, submission);
      break;
    case RingOp::kReceive:
      io_uring_prep_recv(sqe, submission.fd, submission.buffer,
                         LengthOf(submission.size), 0);
      break;
    case RingOp::kSend:
      io_uring_prep_send(sqe, submission.fd, submission.buffer,
                         LengthOf(submission.size), MSG_NOSIGNAL);
      break;
    case RingOp::kPoll:
      io_uring_prep_poll_add(sqe, submission.fd, submission.events);
      break;
    case RingOp::kCancel:
      io_uring_prep_cancel64(sqe, submission.target, 0);
      break;
  }
  io_uring_sqe_set_data64(sqe, submission.token);
  return true;
}

void LinuxRing::PrepareAccept(io_uring_sqe* sqe,
                              const RingSubmission& submission) {
  sockaddr* address = nullptr;
  socklen_t* length = nullptr;
  if (submission.address != nullptr) {
    std::unique_ptr<Peer>& peer = peers_[submission.token];
    peer = std::make_unique<Peer>();
    peer->wanted_by = submission.address;
    address = peer->address.pointer();
    length = &peer->address.length;
  }
  io_uring_prep_accept(sqe, submission.fd, address, length,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// An address that cannot be translated has no length, and the kernel says
// EINVAL.
void LinuxRing::PrepareConnect(io_uring_sqe* sqe,
                               const RingSubmission& submission) {
  LinuxSocketAddress& address = connects_.emplace_back();
  if (ToLinux(*submission.address, address) != 0) address.length = 0;
  io_uring_prep_connect(sqe, submission.fd, address.pointer(), address.length);
}

int LinuxRing::Enter(absl::Duration timeout) {
  if (!enabled_) {
    // The library's own function for this is missing in liburing.so 2.3.
    const int error = io_uring_register(static_cast<unsigned>(ring_.ring_fd),
                                        IORING_REGISTER_ENABLE_RINGS, nullptr,
                                        /*nr_args=*/0);
    if (error < 0) return error;
    enabled_ = true;
  }
  const int result = EnterEnabled(timeout);
  if (io_uring_sq_ready(&ring_) == 0) connects_.clear();
  return result == -ETIME || result > 0 ? 0 : result;
}

int LinuxRing::EnterEnabled(absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) {
    return io_uring_submit_and_get_events(&ring_);
  }
  if (timeout == absl::InfiniteDuration()) {
    return io_uring_submit_and_wait(&ring_, 1);
  }
  __kernel_timespec time = ToKernel(timeout);
  io_uring_cqe* first = nullptr;
  return io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
}

size_t LinuxRing::Reap(absl::Span<RingCompletion> completions) {
  size_t count = 0;
  unsigned head;
  const io_uring_cqe* cqe;
  io_uring_for_each_cqe(&ring_, head, cqe) {
    if (count == completions.size()) break;
    completions[count] = {cqe->user_data, cqe->res};
    if (!peers_.empty()) TakePeer(completions[count]);
    ++count;
  }
  io_uring_cq_advance(&ring_, static_cast<unsigned>(count));
  return count;
}

void LinuxRing::TakePeer(const RingCompletion& completion) {
  const auto found = peers_.find(completion.token);
  if (found == peers_.end()) return;
  const Peer& peer = *found->second;
  if (completion.result >= 0) *peer.wanted_by = FromLinux(peer.address);
  peers_.erase(found);
}

}  // namespace

int LinuxRingCalls::Open(unsigned depth, std::unique_ptr<Ring>& ring) {
  auto opened = std::make_unique<LinuxRing>();
  const int error = opened->Open(depth);
  if (error == 0) ring = std::move(opened);
  return error;
}

}  // namespace cloche
