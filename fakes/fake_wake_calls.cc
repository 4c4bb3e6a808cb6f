#include "cloche/fakes/fake_wake_calls.h"

#include <cerrno>
#include <memory>

#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_wake.h"

namespace cloche {
namespace {

// Runs `work` on the eventfd that `fd` stands for. What else can be written
// to has no business here: -EINVAL.
template <typename Work>
int WithWake(FakeHost& host, int fd, Work work) {
  const std::shared_ptr<FakeFile> file = host.descriptors().Find(fd);
  if (file == nullptr) return -EBADF;
  if (file->AsWake() == nullptr) return -EINVAL;
  work(*file->AsWake());
  return 0;
}

}  // namespace

int FakeWakeCalls::OpenWake() {
  return host_.Call(CallKind::kOpenWake, [&] {
    return host_.descriptors().Open(std::make_shared<FakeWake>());
  });
}

int FakeWakeCalls::SignalWake(int fd) {
  return host_.Call(CallKind::kSignalWake, [&] {
    return WithWake(host_, fd, [](FakeWake& wake) { wake.Signal(); });
  });
}

int FakeWakeCalls::DrainWake(int fd) {
  return host_.Call(CallKind::kDrainWake, [&] {
    return WithWake(host_, fd, [](FakeWake& wake) { wake.Drain(); });
  });
}

int FakeWakeCalls::CloseWake(int fd) {
  return host_.CallClose(CallKind::kCloseWake, fd);
}

}  // namespace cloche
