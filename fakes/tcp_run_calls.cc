// TcpRun: the calls of one socket, each with what the model says of it.

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/tcp_run.h"
#include "cloche/testing/epoll_text.h"

namespace cloche {
namespace {

constexpr uint32_t kEnds = kEpollHup | kEpollErr;

int NewEpoll(FakeHost& host, int fd, uint32_t events) {
  const int epoll = host.epoll().EpollCreate1();
  const EpollEvent event{events, 0};
  host.epoll().EpollCtl(epoll, EpollCtlOp::kAdd, fd, &event);
  return epoll;
}

uint32_t Events(FakeHost& host, int epoll) {
  EpollEvent event;
  host.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), 0);
  return event.events;
}

}  // namespace

void TcpRun::Watch(TcpStep::Who who, int fd, std::shared_ptr<TcpModel> model) {
  Socket& socket = sockets_[who];
  socket = {.fd = fd, .model = std::move(model)};
  socket.edges = NewEpoll(HostOf(who), fd, kEverything | kEpollEdgeTriggered);
}

uint32_t TcpRun::Level(TcpStep::Who who) {
  FakeHost& host = HostOf(who);
  const int epoll = NewEpoll(host, sockets_[who].fd, kEverything);
  const uint32_t events = Events(host, epoll);
  host.epoll().EpollClose(epoll);
  return events;
}

void TcpRun::CollectEdges(TcpStep::Who who) {
  Socket& socket = sockets_[who];
  const uint32_t events = Events(HostOf(who), socket.edges);
  socket.readable |= (events & (kEpollIn | kEpollRdHup | kEnds)) != 0;
  socket.writable |= (events & (kEpollOut | kEnds)) != 0;
  if ((events & kEpollOut) != 0 && (events & kEnds) == 0) {
    socket.model->OnConnected(EndOf(who));
  }
  absl::StrAppend(&story_, ": ", EpollText(events));
}

void TcpRun::Connect(TcpStep::Who who) {
  if (Has(who)) return;
  SocketCalls& calls = CallsOf(who);
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  calls.SetSockOpt(fd, SocketOption::kOutOfBandInline, 1);
  SetBuffers(calls, fd);
  const int number = static_cast<int>(models_.size());
  auto model = std::make_shared<TcpModel>(number);
  if (listener_ < 0) model->OnNobodyListens();
  if (is_cut_) model->OnCut();
  if (link_.loss > 0) model->OnLoss();
  Watch(who, fd, model);
  const int result =
      calls.Connect(fd, server_.Address(AddressFamily::kIpv4, kTcpRunPort));
  SocketAddress local;
  calls.GetSockName(fd, &local);
  models_.push_back(model);
  waiting_[local.port] = std::move(model);
  NoteCrowd();
  Tell(result);
  if (result != -EINPROGRESS) Complain(who, "cannot connect");
}

// A SYN that finds the queue full is dropped.
void TcpRun::NoteCrowd() {
  if (waiting_.size() <= backlog_ + 1) return;
  for (const auto& [port, model] : waiting_) model->OnCrowd();
}

// Whether there was one.
bool TcpRun::Accept(TcpStep::Who who) {
  if (listener_ < 0 || Has(who)) return false;
  SocketAddress peer;
  const int fd = CallsOf(who).Accept4(listener_, &peer);
  Tell(fd < 0 ? fd : 0);
  if (fd == -EAGAIN) return false;
  const auto found = waiting_.find(peer.port);
  if (fd < 0 || found == waiting_.end()) {
    Complain(who, "accepts what nobody has asked for");
    return false;
  }
  std::shared_ptr<TcpModel> model = std::move(found->second);
  waiting_.erase(found);
  model->OnConnected(kClientEnd);
  model->OnConnected(kServerEnd);
  Watch(who, fd, std::move(model));
  return true;
}

int64_t TcpRun::Send(TcpStep::Who who, int size, int flags) {
  Socket& socket = sockets_[who];
  const std::string bytes = socket.model->NextBytes(EndOf(who), size);
  const int64_t result = CallsOf(who).Send(socket.fd, bytes, flags);
  Tell(result);
  // It took less: as EAGAIN, a reason to wait for the next edge.
  if (result == -EAGAIN || (result > 0 && result < size)) {
    socket.writable = false;
  }
  Complain(who, socket.model->OnSend(EndOf(who), size, result));
  return result;
}

int64_t TcpRun::Receive(TcpStep::Who who, int size, int flags) {
  Socket& socket = sockets_[who];
  std::string bytes(size, '\0');
  const int64_t result =
      CallsOf(who).Recv(socket.fd, absl::MakeSpan(bytes.data(), size), flags);
  Tell(result);
  if (result == -EAGAIN) socket.readable = false;
  bytes.resize(result > 0 ? result : 0);
  const bool peeks = (flags & kReceivePeek) != 0;
  Complain(who, socket.model->OnReceive(EndOf(who), bytes, result, peeks));
  return result;
}

void TcpRun::PollAndSend(TcpStep::Who who, int size) {
  const uint32_t level = Level(who);
  absl::StrAppend(&story_, ": ", EpollText(level));
  if (Send(who, size, 0) == -EAGAIN && (level & kEpollOut) != 0) {
    Complain(who, "cannot send, and OUT was reported");
  }
}

void TcpRun::PollAndReceive(TcpStep::Who who, int size) {
  const uint32_t level = Level(who);
  absl::StrAppend(&story_, ": ", EpollText(level));
  const bool can = Receive(who, size, 0) != -EAGAIN;
  const bool should = (level & kEpollIn) != 0;
  if (should && !can) Complain(who, "cannot receive, and IN was reported");
  if (can && !should) Complain(who, "can receive, and IN was not reported");
}

// One whose connect is under way would call it off; that is another matter.
void TcpRun::Shutdown(TcpStep::Who who, ShutdownHow how) {
  const Socket& socket = sockets_[who];
  if (!socket.model->connected(EndOf(who))) return;
  const int result = CallsOf(who).Shutdown(socket.fd, how);
  Tell(result);
  Complain(who, socket.model->OnShutdown(EndOf(who), how, result));
}

void TcpRun::TakeError(TcpStep::Who who) {
  const Socket& socket = sockets_[who];
  int error = 0;
  CallsOf(who).GetSockOpt(socket.fd, SocketOption::kError, &error);
  Tell(error);
  Complain(who, socket.model->OnErrorTaken(EndOf(who), error));
}

void TcpRun::Close(TcpStep::Who who, bool hangs_up) {
  const Socket socket = std::exchange(sockets_[who], {});
  SocketCalls& calls = CallsOf(who);
  may_strand_ |= hangs_up && (link_.loss > 0 || is_cut_);
  if (hangs_up) calls.SetSockOpt(socket.fd, SocketOption::kLinger, 0);
  Tell(calls.Close(socket.fd));
  HostOf(who).epoll().EpollClose(socket.edges);
  socket.model->OnClose(EndOf(who), hangs_up);
}

}  // namespace cloche
