// FakeUnixNames: what the UNIX sockets of one host are called.
//
// A UNIX socket has no port. It is called by a path, or by an "abstract" name,
// which begins with a null byte and is no file:
//
//     bind("/run/x")   ──► "/run/x" ──► the socket
//     close            ──► "/run/x" ──► nobody: connect says ECONNREFUSED,
//                                       and bind EADDRINUSE
//     unlink("/run/x") ──► connect says ENOENT, and bind may have it
//
// Facts about the names of UNIX sockets (measured on Linux 6.18; unix(7))
//   * bind(2) makes the file, and nothing but unlink(2) takes it away. So a
//     server that was closed leaves a path that nobody can bind to.
//   * A listener whose path was unlinked goes on living; it cannot be found.
//   * An abstract name goes with the socket that was bound to it, even while
//     connections that it accepted live on under that name.
//   * bind(2) to the address of no path chooses an abstract name: five
//     hexadecimal digits (unix(7), "Autobind feature").
//
// Not modelled yet: folders and permissions (any path can be bound to, and a
// relative one is itself); files that are no sockets; chosen names come in
// order (Linux begins at random).
//
// Main disadvantage: two spellings of one path are two names.
//
// Next: fakes/fake_unix.h.

#ifndef CLOCHE_FAKES_FAKE_UNIX_NAMES_H_
#define CLOCHE_FAKES_FAKE_UNIX_NAMES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

class FakeUnixSocket;

// All addresses here are those of UNIX sockets, with a name.
class FakeUnixNames {
 public:
  bool Has(const SocketAddress& name) const { return sockets_.contains(name); }
  void Add(const SocketAddress& name, std::weak_ptr<FakeUnixSocket> socket) {
    sockets_[name] = std::move(socket);
  }
  // An abstract name that nobody has.
  SocketAddress Choose();

  // 0, and `found` is the socket; or -ENOENT, or -ECONNREFUSED if the socket is
  // gone and its file is not.
  int Find(const SocketAddress& name,
           std::shared_ptr<FakeUnixSocket>* found) const;
  // `socket`, which was called so, is closed.
  void Release(const SocketAddress& name, const FakeUnixSocket& socket);
  // unlink(2) of a path: 0 or -ENOENT.
  int Unlink(const std::string& path);

 private:
  // A path stays when its socket is gone.
  absl::btree_map<SocketAddress, std::weak_ptr<FakeUnixSocket>> sockets_;
  uint32_t next_chosen_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_UNIX_NAMES_H_
