#include "cloche/fakes/fake_tcp_stack.h"

#include <algorithm>
#include <cerrno>

#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {
namespace {

constexpr absl::Duration kTimeWait = absl::Seconds(60);

}  // namespace

FakeTcpStack::FakeTcpStack(FakeNetwork& network, FakeHost& host)
    : network_(network), host_(host) {}

void FakeTcpStack::OnSegment(const FakeSegment& segment) {
  auto found = connections_.find({segment.destination, segment.source});
  if (found != connections_.end()) {
    // Held here: the segment may end the connection and drop the table's own.
    const std::shared_ptr<FakeTcpSocket> socket = found->second;
    socket->OnSegment(segment);
    return;
  }
  FakeTcpSocket* listener = FindListener(segment.destination);
  if (listener != nullptr && segment.syn && !segment.ack) {
    listener->OnSyn(segment);
    return;
  }
  Refuse(segment);
}

void FakeTcpStack::Break(const SocketAddress& local, const SocketAddress& peer,
                         int error) {
  const auto found = connections_.find({local, peer});
  if (found == connections_.end()) return;
  const std::shared_ptr<FakeTcpSocket> socket = found->second;
  socket->Break(error);
}

void FakeTcpStack::ForgetAll() {
  const auto connections = connections_;  // Each takes itself out.
  for (const auto& [pair, socket] : connections) socket->Break(ETIMEDOUT);
  time_waits_.clear();
}

bool FakeTcpStack::AwaitsAnswer(const SocketAddress& local,
                                const SocketAddress& peer) const {
  const auto found = connections_.find({local, peer});
  return found != connections_.end() && found->second->AwaitsAnswer();
}

bool FakeTcpStack::IsOrphan(const SocketAddress& local,
                            const SocketAddress& peer) const {
  const auto found = connections_.find({local, peer});
  return found != connections_.end() && found->second->closed();
}

void FakeTcpStack::Refuse(const FakeSegment& segment) {
  if (segment.reset) return;  // Or two hosts would refuse each other for ever.
  FakeSegment reply;
  reply.source = segment.destination;
  reply.destination = segment.source;
  reply.reset = true;
  reply.ack = true;
  reply.sequence = segment.acknowledged;
  reply.acknowledged = segment.sequence + segment.payload.size() + 1;
  Transmit(std::move(reply));
}

FakeTcpSocket* FakeTcpStack::FindListener(const SocketAddress& local) {
  auto group = ports_.find(local.port);
  if (group == ports_.end()) return nullptr;
  std::vector<FakeTcpSocket*> exact;
  std::vector<FakeTcpSocket*> any;
  for (FakeTcpSocket* socket : group->second) {
    if (!socket->listening()) continue;
    if (!Covers(socket->local(), socket->v6_only(), local)) continue;
    (IsAny(socket->local()) ? any : exact).push_back(socket);
  }
  std::vector<FakeTcpSocket*>& best = exact.empty() ? any : exact;
  if (best.empty()) return nullptr;
  // Several only with SO_REUSEPORT: Linux spreads by a hash, we by the seed.
  return best.size() == 1 ? best[0] : best[network_.random()() % best.size()];
}

int FakeTcpStack::Bind(FakeTcpSocket& socket, SocketAddress address) {
  if (!IsAny(address) && !host_.HasAddress(address)) return -EADDRNOTAVAIL;
  if (address.port == 0) return BindEphemeral(socket, std::move(address));
  if (Conflicts(socket, address)) return -EADDRINUSE;
  SharePort(socket, std::move(address));
  return 0;
}

int FakeTcpStack::BindEphemeral(FakeTcpSocket& socket, SocketAddress address) {
  for (int i = 0; i < FakeEphemeralPorts::kCount; ++i) {
    const uint16_t port = ephemeral_ports_.Next();
    if (!IsPortFree(socket, port)) continue;
    SharePort(socket, WithPort(std::move(address), port));
    return 0;
  }
  return -EADDRINUSE;
}

bool FakeTcpStack::IsPortFree(const FakeTcpSocket& socket,
                              uint16_t port) const {
  return !ports_.contains(port) &&
         !ConflictsWithTimeWait(socket, Ipv6Any(port));
}

bool FakeTcpStack::Conflicts(const FakeTcpSocket& socket,
                             const SocketAddress& address) const {
  auto group = ports_.find(address.port);
  if (group == ports_.end()) return ConflictsWithTimeWait(socket, address);
  for (const FakeTcpSocket* other : group->second) {
    if (other == &socket) continue;
    if (!Covers(other->local(), other->v6_only(), address) &&
        !Covers(address, socket.v6_only(), other->local())) {
      continue;
    }
    const bool both_reuse = socket.reuse_address() && other->reuse_address();
    if (both_reuse && !other->listening()) continue;
    if (socket.reuse_port() && other->reuse_port()) continue;
    return true;
  }
  return ConflictsWithTimeWait(socket, address);
}

bool FakeTcpStack::ConflictsWithTimeWait(const FakeTcpSocket& socket,
                                         const SocketAddress& address) const {
  auto group = time_waits_.find(address.port);
  if (group == time_waits_.end()) return false;
  for (const TimeWait& old : group->second) {
    if (old.until <= network_.clock().Now()) continue;
    if (!Covers(address, socket.v6_only(), old.local)) continue;
    if (socket.reuse_address() && old.reuse_address) continue;
    if (socket.reuse_port() && old.reuse_port) continue;
    return true;
  }
  return false;
}

int FakeTcpStack::CheckListen(const FakeTcpSocket& socket) const {
  return Conflicts(socket, socket.local()) ? -EADDRINUSE : 0;
}

void FakeTcpStack::SharePort(FakeTcpSocket& socket, SocketAddress local) {
  socket.TakePort(std::move(local));
  ports_[socket.local().port].push_back(&socket);
}

void FakeTcpStack::ReleasePort(FakeTcpSocket& socket) {
  auto group = ports_.find(socket.local().port);
  if (group == ports_.end()) return;
  std::vector<FakeTcpSocket*>& sockets = group->second;
  sockets.erase(std::remove(sockets.begin(), sockets.end(), &socket),
                sockets.end());
  if (sockets.empty()) ports_.erase(group);
}

void FakeTcpStack::AddConnection(std::shared_ptr<FakeTcpSocket> socket) {
  Pair pair(socket->local(), socket->peer());
  connections_[std::move(pair)] = std::move(socket);
}

bool FakeTcpStack::HasConnection(const SocketAddress& local,
                                 const SocketAddress& peer) const {
  return connections_.contains({local, peer});
}

void FakeTcpStack::RemoveConnection(const FakeTcpSocket& socket) {
  // Another connection may have the same two addresses by now.
  auto found = connections_.find({socket.local(), socket.peer()});
  if (found == connections_.end() || found->second.get() != &socket) return;
  connections_.erase(found);
}

void FakeTcpStack::EnterTimeWait(const FakeTcpSocket& socket) {
  // No event ends a TIME_WAIT: nobody waits for it, and an event would make
  // the clock jump to it. Those that are over leave when the next one comes.
  const absl::Time now = network_.clock().Now();
  std::vector<TimeWait>& group = time_waits_[socket.local().port];
  const auto is_over = [now](const TimeWait& old) { return old.until <= now; };
  group.erase(group.begin(),
              std::find_if_not(group.begin(), group.end(), is_over));
  group.push_back({socket.local(), socket.reuse_address(), socket.reuse_port(),
                   now + kTimeWait});
}

std::vector<std::string> FakeTcpStack::Connections() const {
  std::vector<std::string> texts;
  for (const auto& [pair, socket] : connections_) {
    texts.push_back(socket->Describe());
  }
  return texts;
}

size_t FakeTcpStack::CountPorts() const {
  size_t count = ports_.size();
  for (const auto& [port, group] : time_waits_) {
    // The last one to come is the last one to go.
    const bool over = group.back().until <= network_.clock().Now();
    if (!over && !ports_.contains(port)) ++count;
  }
  return count;
}

SocketAddress FakeTcpStack::SourceFor(const SocketAddress& destination) const {
  return host_.SourceFor(destination);
}

bool FakeTcpStack::Leaves(const SocketAddress& destination) const {
  return !host_.HasAddress(destination);
}

void FakeTcpStack::Transmit(FakeSegment segment) {
  network_.Transmit(host_, std::move(segment));
}

int FakeTcpStack::ConnectError() const { return host_.connect_error(); }

size_t FakeTcpStack::MaxSegmentBytes(const SocketAddress& destination) const {
  return network_.MaxSegmentBytes(host_, destination);
}

}  // namespace cloche
