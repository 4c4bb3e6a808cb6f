// IocpBackendTest: an IocpBackend over the fake completion port of one host.
//
// Operations are those of readiness_backend_test.h. What all backends promise
// is tested by testing/contract; here is what a completion port adds to it.
//
// Next: backend/iocp_backend_test.cc, backend/iocp_backend_end_test.cc.

#ifndef CLOCHE_BACKEND_IOCP_BACKEND_TEST_H_
#define CLOCHE_BACKEND_IOCP_BACKEND_TEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cloche/backend/iocp_backend.h"
#include "cloche/backend/readiness_backend_test.h"

namespace cloche {

class IocpBackendTest : public BackendTestBase {
 protected:
  IocpBackendTest() {
    backend_ = IocpBackend::Create(calls_, host_.completion_port()).value();
  }

  // Sends until the kernel has one that is pending: the next would wait.
  // Returns how many bytes went.
  size_t FillKernel(int fd) {
    size_t total = 0;
    for (;;) {
      Sending send(fd, std::string(100'000, 'x'));
      send.only_try = true;
      backend_->Start(send);
      if (send.result < 0) return total;
      total += static_cast<size_t>(send.result);
    }
  }
  // How many bytes come until nothing more does, or the end.
  size_t CountReceived(int fd) {
    size_t total = 0;
    int64_t size;
    while ((size = calls_.Recv(fd, absl::MakeSpan(room_), 0)) > 0) {
      total += static_cast<size_t>(size);
    }
    return total;
  }
  // The same while the backend goes on, too.
  size_t CountReceivedInTurns(int fd) {
    size_t total = 0;
    while (const size_t size = CountReceived(fd)) {
      total += size;
      WaitOnce();
    }
    return total;
  }

  // From now on the possibility with this index comes true.
  void Choose(size_t index) {
    host_.completion_port().set_order(
        [index](size_t count) { return index < count ? index : 0; });
  }

 private:
  std::string room_ = std::string(100'000, '\0');
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_IOCP_BACKEND_TEST_H_
