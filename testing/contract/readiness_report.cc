#include "cloche/testing/contract/readiness_report.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/ring_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/testing/epoll_text.h"
#include "cloche/testing/kqueue_text.h"

namespace cloche {
namespace {

// As kEverything is for epoll.
constexpr int16_t kEveryPoll = kPollIn | kPollPri | kPollOut | kPollRdHup;

// A bar would end a cell of the table.
std::string Spaced(const std::string& mask) {
  return absl::StrReplaceAll(mask, {{"|", " "}});
}

std::string JoinOrNothing(const std::vector<std::string>& parts,
                          absl::string_view separator) {
  return parts.empty() ? "nothing" : absl::StrJoin(parts, separator);
}

// How a receive of no bytes begins. One that is pending is called off, and its
// packet awaited: until then `overlapped` is the port's.
std::string ReceiveNothing(CompletionPortCalls& calls, int port, int fd) {
  const int associated = calls.AssociateWithPort(port, fd, /*key=*/0);
  if (associated < 0) return ErrnoName(-associated);
  Overlapped overlapped;
  const int64_t result = calls.WsaRecv(fd, /*buffer=*/{}, overlapped);
  if (result < 0 && result != kIoPending) {
    return ErrnoName(static_cast<int>(-result));
  }
  if (result == kIoPending) calls.CancelIoEx(fd, overlapped);
  CompletionPacket packet;
  EXPECT_EQ(calls.GetQueuedCompletionStatusEx(port, absl::MakeSpan(&packet, 1),
                                              absl::InfiniteDuration()),
            1);
  return result == kIoPending ? "pending" : "done";
}

}  // namespace

std::string ReadinessDriver::AskEpoll(int fd) {
  const int epoll = epoll_.EpollCreate1();
  const int added = Control(epoll, EpollCtlOp::kAdd, fd, kEverything);
  const std::string text = added == 0 ? Spaced(Now(epoll)) : ErrnoName(-added);
  EXPECT_EQ(epoll_.EpollClose(epoll), 0);
  return text;
}

std::string ReadinessDriver::AskPoll(int fd) {
  PollEntry entry{fd, kEveryPoll};
  const int count = poll_.Poll(absl::MakeSpan(&entry, 1), absl::ZeroDuration());
  if (count < 0) return ErrnoName(-count);
  if (entry.reported == kPollNval) return "NVAL";
  return Spaced(EpollText(entry.reported));
}

std::string ReadinessDriver::AskSelect(int fd) {
  SelectSets sets = {{fd}, {fd}, {fd}};
  const int count = select_.Select(sets, absl::ZeroDuration());
  if (count < 0) return ErrnoName(-count);
  std::vector<std::string> names;
  if (!sets.read.empty()) names.push_back("read");
  if (!sets.write.empty()) names.push_back("write");
  if (!sets.except.empty()) names.push_back("except");
  return JoinOrNothing(names, " ");
}

std::string ReadinessDriver::AskKqueue(int fd) {
  KqueueCalls* calls = kernel_->kernel_calls().kqueue;
  CLOCHE_CHECK(calls != nullptr, "this kernel has no kqueue");
  const int kqueue = calls->Kqueue();
  const std::array<KernelEvent, 2> changes = {
      {{.ident = fd, .filter = KernelFilter::kRead, .flags = kEvAdd},
       {.ident = fd, .filter = KernelFilter::kWrite, .flags = kEvAdd}}};
  std::array<KernelEvent, 2> events;
  const int count = calls->Kevent(kqueue, changes, absl::MakeSpan(events),
                                  absl::ZeroDuration());
  EXPECT_EQ(calls->KqueueClose(kqueue), 0);
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    // Of a bad descriptor both changes say the same.
    if ((events[i].flags & kEvError) != 0) return KqueueText(events[i]);
    texts.push_back(KqueueText(events[i]));
  }
  return JoinOrNothing(texts, ", ");
}

bool ReadinessDriver::HasRing() {
  RingCalls* const calls = kernel_->kernel_calls().ring;
  std::unique_ptr<Ring> ring;
  return calls != nullptr && calls->Open(/*depth=*/1, ring) == 0;
}

std::string ReadinessDriver::AskRing(int fd) {
  std::unique_ptr<Ring> ring;
  EXPECT_EQ(kernel_->kernel_calls().ring->Open(/*depth=*/1, ring), 0);
  ring->Push({.op = RingOp::kPoll, .fd = fd, .events = kEveryPoll});
  EXPECT_EQ(ring->Enter(absl::ZeroDuration()), 0);
  RingCompletion completion;
  if (ring->Reap(absl::MakeSpan(&completion, 1)) == 0) return "nothing";
  if (completion.result < 0) return ErrnoName(-completion.result);
  return Spaced(EpollText(static_cast<uint32_t>(completion.result)));
}

std::string ReadinessDriver::AskCompletionPort(int fd) {
  CompletionPortCalls& calls = *kernel_->kernel_calls().completion_port;
  const int port = calls.CreateIoCompletionPort();
  const std::string text = ReceiveNothing(calls, port, fd);
  EXPECT_EQ(calls.CloseHandle(port), 0);
  return text;
}

std::string ReadinessDriver::Report(int fd) {
  return absl::StrCat(AskEpoll(fd), " | ", AskPoll(fd), " | ", AskSelect(fd));
}

}  // namespace cloche
