#include "cloche/fakes/fake_ring_calls.h"

#include <cerrno>
#include <memory>

#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_ring.h"

namespace cloche {
namespace {

// As many submissions as a ring may have (io_uring_setup(2)).
constexpr unsigned kMostEntries = 32768;

// A ring as its program holds it.
class OpenRing final : public Ring {
 public:
  OpenRing(FakeHost& host, int fd, std::shared_ptr<FakeRing> ring)
      : host_(host), fd_(fd), ring_(std::move(ring)) {}
  ~OpenRing() override { host_.CallClose(CallKind::kRingClose, fd_); }

  bool Push(const RingSubmission& submission) override {
    return ring_->Push(submission);
  }
  int Enter(absl::Duration timeout) override {
    return host_.CallThatWaits(
        CallKind::kRingEnter, timeout, [&] { return ring_->Enter(timeout); },
        fd_);
  }
  size_t Reap(absl::Span<RingCompletion> completions) override {
    return ring_->Reap(completions);
  }

 private:
  FakeHost& host_;
  const int fd_;
  const std::shared_ptr<FakeRing> ring_;
};

}  // namespace

int FakeRingCalls::Open(unsigned depth, std::unique_ptr<Ring>& ring) {
  std::shared_ptr<FakeRing> file;
  const int fd = host_.Call(CallKind::kRingSetup, [&] {
    if (depth == 0 || depth > kMostEntries) return -EINVAL;
    file = std::make_shared<FakeRing>(host_, depth, order_);
    return host_.descriptors().Open(file);
  });
  if (fd < 0) return fd;
  ring = std::make_unique<OpenRing>(host_, fd, std::move(file));
  return 0;
}

}  // namespace cloche
