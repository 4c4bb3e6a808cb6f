#include "cloche/fakes/fake_unix_names.h"

#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_unix.h"

namespace cloche {

SocketAddress FakeUnixNames::Choose() {
  SocketAddress name;
  do {
    name =
        UnixAddress(absl::StrCat(absl::string_view("\0", 1),
                                 absl::Hex(next_chosen_++, absl::kZeroPad5)));
  } while (Has(name));
  return name;
}

int FakeUnixNames::Find(const SocketAddress& name,
                        std::shared_ptr<FakeUnixSocket>* found) const {
  const auto it = sockets_.find(name);
  // What is no file cannot be missing.
  if (it == sockets_.end()) return IsAbstract(name) ? -ECONNREFUSED : -ENOENT;
  *found = it->second.lock();
  return *found == nullptr ? -ECONNREFUSED : 0;
}

void FakeUnixNames::Release(const SocketAddress& name,
                            const FakeUnixSocket& socket) {
  if (!IsAbstract(name)) return;
  const auto it = sockets_.find(name);
  if (it == sockets_.end() || it->second.lock().get() != &socket) return;
  sockets_.erase(it);
}

int FakeUnixNames::Unlink(const std::string& path) {
  const SocketAddress name = UnixAddress(path);
  if (IsAbstract(name)) return -ENOENT;
  return sockets_.erase(name) == 1 ? 0 : -ENOENT;
}

}  // namespace cloche
