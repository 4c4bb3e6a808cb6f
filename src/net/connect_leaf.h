// ConnectLeaf: waits until a socket is connected.
//
// Next: net/tcp_stream.cc, Connect.

#ifndef CLOCHE_NET_CONNECT_LEAF_H_
#define CLOCHE_NET_CONNECT_LEAF_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_address.h"
#include "cloche/net/endpoint.h"
#include "cloche/tasks/operation_leaf.h"

namespace cloche {

// Lifetime: the descriptor stays its owner's, who closes it on an error.
class [[nodiscard]] ConnectLeaf
    : public OperationLeaf<ConnectLeaf, absl::Status> {
 public:
  ConnectLeaf(int descriptor, const Endpoint& peer) : peer_(peer.address()) {
    kind = OperationKind::kConnect;
    fd = descriptor;
    address = &peer_;
  }
  ConnectLeaf(ConnectLeaf&& other) noexcept
      : ConnectLeaf(other.fd, Endpoint(other.peer_)) {}

  absl::Status TakeResult() { return StatusFor(What()); }
  std::string Describe() const override {
    return absl::StrCat("waits until the peer answers: ", What());
  }

 private:
  std::string What() const {
    return absl::StrCat("connect ", Endpoint(peer_).ToString());
  }

  SocketAddress peer_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_CONNECT_LEAF_H_
