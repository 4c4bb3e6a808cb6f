// FakeKqueueTest: one kqueue on the fake kernel, and its events as text.
//
// Next: fakes/fake_kqueue_test.cc, the rules of knotes;
// fakes/fake_kqueue_calls_test.cc, the call.

#ifndef CLOCHE_FAKES_FAKE_KQUEUE_TEST_H_
#define CLOCHE_FAKES_FAKE_KQUEUE_TEST_H_

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/testing/kqueue_text.h"

namespace cloche {

class FakeKqueueTest : public FakeKernelTest {
 protected:
  static constexpr KernelFilter kRead = KernelFilter::kRead;
  static constexpr KernelFilter kWrite = KernelFilter::kWrite;
  static constexpr KernelFilter kUser = KernelFilter::kUser;

  // One change, alone in its call and without a wait.
  int Change(int ident, KernelFilter filter, int flags,
             uint32_t filter_flags = 0, uint64_t user_data = 0) {
    const KernelEvent change{.ident = ident,
                             .filter = filter,
                             .flags = static_cast<uint16_t>(flags),
                             .filter_flags = filter_flags,
                             .user_data = user_data};
    return calls_of_kqueue_.Kevent(kqueue_, absl::MakeConstSpan(&change, 1), {},
                                   absl::ZeroDuration());
  }
  // Both filters of a socket, READ first.
  void AddBoth(int fd, int flags = 0) {
    EXPECT_EQ(Change(fd, kRead, kEvAdd | flags), 0);
    EXPECT_EQ(Change(fd, kWrite, kEvAdd | flags), 0);
  }

  // Up to `most` events that are there now.
  std::vector<KernelEvent> Events(size_t most = 8) {
    std::vector<KernelEvent> events(most);
    const int count = calls_of_kqueue_.Kevent(
        kqueue_, {}, absl::MakeSpan(events), absl::ZeroDuration());
    EXPECT_GE(count, 0);
    events.resize(count);
    return events;
  }
  // "READ 3, WRITE", or "nothing".
  std::string Now() { return Text(Events()); }
  static std::string Text(absl::Span<const KernelEvent> events) {
    if (events.empty()) return "nothing";
    return absl::StrJoin(events, ", ", [](std::string* out, const auto& event) {
      out->append(KqueueText(event));
    });
  }

  KqueueCalls& calls_of_kqueue_ = host_.kqueue();
  const int kqueue_ = calls_of_kqueue_.Kqueue();
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_KQUEUE_TEST_H_
