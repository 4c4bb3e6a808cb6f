// RingBackendTest: a RingBackend over the ring of the fake kernel's one host.
//
//     TEST_F(RingBackendCancel, ...) {
//       Open();
//       const Ends ends = Connect();
//       Receiving reader(ends.client);
//       EXPECT_EQ(Start(reader), "in flight");
//       ...
//     }
//
// Next: backend/readiness_backend_test.h, what it shares with the other
// backend.

#ifndef CLOCHE_BACKEND_RING_BACKEND_TEST_H_
#define CLOCHE_BACKEND_RING_BACKEND_TEST_H_

#include <memory>
#include <string>

#include "cloche/backend/readiness_backend_test.h"
#include "cloche/backend/ring_backend.h"

namespace cloche {

class RingBackendTest : public BackendTestBase {
 protected:
  RingBackendTest() { Open(RingBackend::kDefaultDepth); }

  // Anew, with room for so many submissions.
  void Open(unsigned depth) {
    backend_.reset();
    backend_ =
        RingBackend::Create(host_.ring(), calls_, host_.wake(), depth).value();
  }

  // One that the kernel has, and that waits.
  void Submit(TestOperation& operation) {
    EXPECT_EQ(Start(operation), "in flight");
    EXPECT_THAT(WaitOnce(), ::testing::IsEmpty());
  }
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_RING_BACKEND_TEST_H_
