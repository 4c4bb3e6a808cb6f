// What a call that was told to wait would have done comes later, however one
// waits for it: nobody hears of it before.

#include <cerrno>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/fault_plan.h"

namespace cloche {
namespace {

constexpr absl::Duration kDelay = absl::Seconds(1);

// A way to wait until `fd` can be read from, or written to. How many events
// that brought within an hour.
using Waiter = int (*)(FakeHost& host, int fd, bool to_write);

int WaitByEpoll(FakeHost& host, int fd, bool to_write, uint32_t flags) {
  const int epoll = host.epoll().EpollCreate1();
  EpollEvent event{(to_write ? kEpollOut : kEpollIn | kEpollRdHup) | flags, 0};
  host.epoll().EpollCtl(epoll, EpollCtlOp::kAdd, fd, &event);
  const int count = host.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1),
                                           /*timeout_ms=*/3'600'000);
  host.epoll().EpollClose(epoll);
  return count;
}

int WaitByLevel(FakeHost& host, int fd, bool to_write) {
  return WaitByEpoll(host, fd, to_write, 0);
}

int WaitByEdge(FakeHost& host, int fd, bool to_write) {
  return WaitByEpoll(host, fd, to_write, kEpollEdgeTriggered);
}

int WaitByPoll(FakeHost& host, int fd, bool to_write) {
  const int interest = to_write ? kPollOut : kPollIn | kPollRdHup;
  PollEntry entry{fd, static_cast<int16_t>(interest)};
  return host.poll().Poll(absl::MakeSpan(&entry, 1), absl::Hours(1));
}

int WaitBySelect(FakeHost& host, int fd, bool to_write) {
  SelectSets sets;
  (to_write ? sets.write : sets.read) = {fd};
  return host.select().Select(sets, absl::Hours(1));
}

int WaitByKqueue(FakeHost& host, int fd, bool to_write) {
  const int kqueue = host.kqueue().Kqueue();
  const KernelFilter filter =
      to_write ? KernelFilter::kWrite : KernelFilter::kRead;
  const KernelEvent add{.ident = fd, .filter = filter, .flags = kEvAdd};
  KernelEvent event;
  const int count =
      host.kqueue().Kevent(kqueue, absl::MakeConstSpan(&add, 1),
                           absl::MakeSpan(&event, 1), absl::Hours(1));
  host.kqueue().KqueueClose(kqueue);
  return count;
}

struct Way {
  std::string name;
  Waiter wait;
};

class LateReadiness : public FakeKernelTest,
                      public ::testing::WithParamInterface<Way> {
 protected:
  // How long it takes until a fresh wait for `fd` brings something.
  absl::Duration WaitFor(int fd, bool to_write = false) {
    const absl::Time start = clock_.Now();
    EXPECT_EQ(GetParam().wait(host_, fd, to_write), 1);
    return clock_.Now() - start;
  }

  FaultPlan& plan_ = host_.faults();
  const Ends ends_ = Connect();
};

TEST_P(LateReadiness, WhatAReceiveDidNotGetComesLater) {
  calls_.Send(ends_.client, "x", 0);
  plan_.Add({.kind = CallKind::kRecv, .error = EAGAIN, .delay = kDelay});
  EXPECT_EQ(Receive(ends_.server), Errno(EAGAIN));
  EXPECT_EQ(WaitFor(ends_.server), kDelay);
  EXPECT_EQ(WaitFor(ends_.server), absl::ZeroDuration());
  EXPECT_EQ(Receive(ends_.server), "x");
}

TEST_P(LateReadiness, AnEndThatAReceiveDidNotSeeComesLater) {
  calls_.Shutdown(ends_.client, ShutdownHow::kWrite);
  plan_.Add({.kind = CallKind::kRecv, .error = EAGAIN, .delay = kDelay});
  EXPECT_EQ(Receive(ends_.server), Errno(EAGAIN));
  EXPECT_EQ(WaitFor(ends_.server), kDelay);
  EXPECT_EQ(Receive(ends_.server), "");
}

TEST_P(LateReadiness, WhomAnAcceptDidNotFindComesLater) {
  NewConnecting(host_, Ipv4Loopback(80));
  plan_.Add({.kind = CallKind::kAccept4, .error = EAGAIN, .delay = kDelay});
  EXPECT_EQ(calls_.Accept4(ends_.listener, nullptr), -EAGAIN);
  EXPECT_EQ(WaitFor(ends_.listener), kDelay);
  EXPECT_GE(calls_.Accept4(ends_.listener, nullptr), 0);
}

TEST_P(LateReadiness, RoomThatASendDidNotFindComesLater) {
  plan_.Add({.kind = CallKind::kSend, .error = EAGAIN, .delay = kDelay});
  EXPECT_EQ(calls_.Send(ends_.client, "x", 0), -EAGAIN);
  EXPECT_EQ(WaitFor(ends_.client, /*to_write=*/true), kDelay);
}

TEST_P(LateReadiness, RoomForWhatASendDidNotTakeComesLater) {
  plan_.Add({.kind = CallKind::kSend, .delay = kDelay, .most_bytes = 1});
  EXPECT_EQ(calls_.Send(ends_.client, "xyz", 0), 1);
  EXPECT_EQ(WaitFor(ends_.client, /*to_write=*/true), kDelay);
}

TEST_P(LateReadiness, AResetIsToldAtOnce) {
  plan_.Add({.kind = CallKind::kRecv, .error = EAGAIN, .delay = kDelay});
  EXPECT_EQ(Receive(ends_.server), Errno(EAGAIN));
  SetOption(ends_.client, SocketOption::kLinger, 0);
  calls_.Close(ends_.client);
  EXPECT_EQ(WaitFor(ends_.server), absl::ZeroDuration());
}

INSTANTIATE_TEST_SUITE_P(By, LateReadiness,
                         ::testing::Values(Way{"Level", WaitByLevel},
                                           Way{"Edge", WaitByEdge},
                                           Way{"Poll", WaitByPoll},
                                           Way{"Select", WaitBySelect},
                                           Way{"Kqueue", WaitByKqueue}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace cloche
