#include "cloche/fakes/fake_completion_port.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"

namespace cloche {
namespace {

// What a call is told whose socket was closed under it; see the facts.
constexpr int kEndsOfClose[] = {ECANCELED, ECONNRESET, ECONNABORTED};

}  // namespace

FakeCompletionPort::Socket::Socket(FakeCompletionPort& owner, int number,
                                   FakeSocket& watched, uint64_t its_key)
    : port(owner), fd(number), file(watched), key(its_key) {
  file.AddWatcher(*this);
}

void FakeCompletionPort::Socket::OnWake(uint32_t /*key*/) { port.Awake(*this); }

void FakeCompletionPort::Socket::OnFileClosed() {
  while (!pending.empty()) {
    Call call = std::move(pending.front());
    pending.pop_front();
    const int error = kEndsOfClose[port.Choose(std::size(kEndsOfClose))];
    port.End(*this, std::move(call), -error);
  }
  port.sockets_.erase(fd);  // Destroys this.
}

int FakeCompletionPort::Associate(int fd, FakeSocket& socket, uint64_t key) {
  if (sockets_.contains(fd)) return -EINVAL;
  sockets_.emplace(fd, std::make_unique<Socket>(*this, fd, socket, key));
  return 0;
}

int64_t FakeCompletionPort::Begin(int fd, Call call) {
  Socket& socket = *sockets_.at(fd);
  TryAll(socket);  // Who came before goes first.
  const std::optional<int64_t> result = call->Try(socket.file);
  if (!result.has_value()) {
    socket.pending.push_back(std::move(call));
    return kIoPending;
  }
  if (*result >= 0 && !socket.skips) {
    End(socket, std::move(call), *result);
  } else {
    call->loan().EndOfBuffer();
    call->loan().GiveBack();
  }
  return *result;
}

int FakeCompletionPort::Cancel(int fd, Overlapped& overlapped) {
  Socket& socket = *sockets_.at(fd);
  TryAll(socket);
  const auto call = std::find_if(
      socket.pending.begin(), socket.pending.end(), [&](const Call& pending) {
        return &pending->loan().overlapped() == &overlapped;
      });
  if (call == socket.pending.end()) return -ENOENT;
  socket.to_cancel.push_back(call->get());
  // At once, or else what comes before the port is asked still ends it.
  const bool at_once = Choose(2) == 0;
  if (at_once) TryAll(socket);
  if (!at_once) Awake(socket);
  return 0;
}

void FakeCompletionPort::Post(uint64_t key) {
  packets_.push_back({{.key = key}, Lane(-1, true), nullptr});
  Notify(kEpollIn);
}

int FakeCompletionPort::Collect(absl::Span<CompletionPacket> packets) {
  while (Socket* socket = awake_.PopFront()) TryAll(*socket);
  size_t count = 0;
  while (count < packets.size() && !packets_.empty()) {
    const auto taken = packets_.begin() + ChoosePacket();
    if (taken->call != nullptr) taken->call->loan().GiveBack();
    packets[count++] = taken->content;
    packets_.erase(taken);
  }
  return static_cast<int>(count);
}

void FakeCompletionPort::OnClosed() {
  FakeFile::OnClosed();
  closed_ = true;
  sockets_.clear();
  packets_.clear();
}

std::string FakeCompletionPort::Describe() const {
  return absl::StrCat("completion port of ", sockets_.size(), " sockets");
}

size_t FakeCompletionPort::Choose(size_t count) const {
  return order_ ? order_(count) : 0;
}

void FakeCompletionPort::Awake(Socket& socket) {
  if (!static_cast<ListNode<AwakeTag>&>(socket).linked()) {
    awake_.PushBack(socket);
  }
}

// Each pending call, in the order in which they began.
void FakeCompletionPort::TryAll(Socket& socket) {
  std::deque<Call> calls = std::exchange(socket.pending, {});
  const auto to_cancel = std::exchange(socket.to_cancel, {});
  for (Call& call : calls) {
    std::optional<int64_t> result = call->Try(socket.file);
    const bool cancelled = std::find(to_cancel.begin(), to_cancel.end(),
                                     call.get()) != to_cancel.end();
    if (!result.has_value() && cancelled) result = -ECANCELED;
    if (result.has_value()) {
      End(socket, std::move(call), *result);
    } else {
      socket.pending.push_back(std::move(call));
    }
  }
}

void FakeCompletionPort::End(Socket& socket, Call call, int64_t result) {
  call->loan().EndOfBuffer();
  const CompletionPacket content = {.key = socket.key,
                                    .overlapped = &call->loan().overlapped(),
                                    .result = result};
  const Lane lane(socket.fd, call->reads());
  packets_.push_back({content, lane, std::move(call)});
}

// The first of any lane. Without a say it is the first of all.
size_t FakeCompletionPort::ChoosePacket() const {
  if (!order_) return 0;
  std::vector<size_t> candidates;
  absl::btree_set<Lane> lanes;
  for (size_t i = 0; i < packets_.size(); ++i) {
    if (lanes.insert(packets_[i].lane).second) candidates.push_back(i);
  }
  return candidates.size() == 1 ? 0 : candidates[Choose(candidates.size())];
}

}  // namespace cloche
