#include "cloche/fakes/fake_udp_stack.h"

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <utility>

#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_udp.h"

namespace cloche {
namespace {

// How well `socket` fits what comes from `peer` to `local`: Linux's
// compute_score, with its look at exact addresses before "any". 0: not at all.
int Fit(const FakeUdpSocket& socket, const SocketAddress& local,
        const SocketAddress& peer) {
  if (!Covers(socket.local(), socket.v6_only(), local)) return 0;
  if (socket.connected() && socket.peer() != peer) return 0;
  return 1 + (IsAny(socket.local()) ? 0 : 4) + (socket.connected() ? 2 : 0) +
         (socket.family() == AddressFamily::kIpv4 ? 1 : 0);
}

// Any hash will do that is the same for the same sender.
size_t Hash(const SocketAddress& address) {
  return std::accumulate(address.ip.begin(), address.ip.end(),
                         size_t{address.port});
}

}  // namespace

void FakeUdpStack::OnDatagram(const FakeDatagram& datagram) {
  FakeUdpSocket* const socket =
      FindReceiver(datagram.destination, datagram.source);
  if (datagram.refused) {
    if (socket != nullptr) socket->OnRefused();
  } else if (socket != nullptr) {
    socket->OnDatagram(datagram);
  } else {
    Refuse(datagram);
  }
}

void FakeUdpStack::Refuse(const FakeDatagram& datagram) {
  FakeDatagram reply;
  reply.source = datagram.destination;
  reply.destination = datagram.source;
  reply.refused = true;
  Transmit(std::move(reply));
}

FakeUdpSocket* FakeUdpStack::FindReceiver(const SocketAddress& local,
                                          const SocketAddress& peer) const {
  const auto group = ports_.find(local.port);
  if (group == ports_.end()) return nullptr;
  int best_fit = 1;
  std::vector<FakeUdpSocket*> best;
  for (FakeUdpSocket* socket : group->second) {
    const int fit = Fit(*socket, local, peer);
    if (fit < best_fit) continue;
    if (fit > best_fit) best.clear();
    best_fit = fit;
    best.push_back(socket);
  }
  if (best.empty()) return nullptr;
  if (!best.back()->reuse_port()) return best.back();
  return best[Hash(peer) % best.size()];
}

int FakeUdpStack::Bind(FakeUdpSocket& socket, SocketAddress address) {
  if (!IsAny(address) && !host_.HasAddress(address)) return -EADDRNOTAVAIL;
  if (address.port == 0) return BindEphemeral(socket, std::move(address));
  if (Conflicts(socket, address)) return -EADDRINUSE;
  TakePort(socket, std::move(address));
  return 0;
}

int FakeUdpStack::BindEphemeral(FakeUdpSocket& socket, SocketAddress address) {
  for (int i = 0; i < FakeEphemeralPorts::kCount; ++i) {
    const uint16_t port = ephemeral_ports_.Next();
    if (ports_.contains(port)) continue;
    TakePort(socket, WithPort(std::move(address), port));
    return 0;
  }
  return -EADDRINUSE;
}

void FakeUdpStack::TakePort(FakeUdpSocket& socket, SocketAddress address) {
  ports_[address.port].push_back(&socket);
  socket.TakePort(std::move(address));
}

bool FakeUdpStack::Conflicts(const FakeUdpSocket& socket,
                             const SocketAddress& address) const {
  const auto group = ports_.find(address.port);
  if (group == ports_.end()) return false;
  for (const FakeUdpSocket* other : group->second) {
    if (!Covers(other->local(), other->v6_only(), address) &&
        !Covers(address, socket.v6_only(), other->local())) {
      continue;
    }
    if (socket.reuse_address() && other->reuse_address()) continue;
    if (socket.reuse_port() && other->reuse_port()) continue;
    return true;
  }
  return false;
}

void FakeUdpStack::ReleasePort(FakeUdpSocket& socket) {
  const auto group = ports_.find(socket.local().port);
  if (group == ports_.end()) return;
  std::vector<FakeUdpSocket*>& sockets = group->second;
  sockets.erase(std::remove(sockets.begin(), sockets.end(), &socket),
                sockets.end());
  if (sockets.empty()) ports_.erase(group);
}

void FakeUdpStack::Transmit(FakeDatagram datagram) {
  network_.Transmit(host_, std::move(datagram));
}

}  // namespace cloche
