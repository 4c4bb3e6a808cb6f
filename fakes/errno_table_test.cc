// The errno table: that it is whole, and that its means are the kernel's rules.

#include "cloche/fakes/errno_table.h"

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::vector<CallKind> AllCalls() {
  std::vector<CallKind> kinds;
  for (size_t i = 0; i < kCallKinds; ++i) {
    kinds.push_back(static_cast<CallKind>(i));
  }
  return kinds;
}

TEST(ErrnoTable, EveryCallHasANameOfItsOwn) {
  std::set<absl::string_view> names;
  for (const CallKind kind : AllCalls()) names.insert(CallName(kind));
  EXPECT_EQ(names.size(), kCallKinds);
}

// Of Microsoft's documentation it is the header that leads to the page.
TEST(ErrnoTable, EveryRowNamesTheManualPageThatItIsFrom) {
  for (const CallKind kind : AllCalls()) {
    EXPECT_THAT(std::string(ErrnoSource(kind)),
                AnyOf(HasSubstr("(2)"), HasSubstr(".h")));
  }
}

TEST(ErrnoTable, NoErrnoIsInTwoClasses) {
  for (const CallKind kind : AllCalls()) {
    std::set<int> seen;
    for (const ErrnoFacts& facts : ErrnosOf(kind)) {
      EXPECT_TRUE(seen.insert(facts.error).second)
          << CallName(kind) << " " << ErrnoName(facts.error);
    }
  }
}

// Whoever reads about a failed run has to know what EFOO means.
TEST(ErrnoTable, EveryErrnoThatCanHappenHasAName) {
  for (const CallKind kind : AllCalls()) {
    for (const ErrnoFacts& facts : ErrnosOf(kind)) {
      if (facts.errno_class == ErrnoClass::kBug) continue;
      EXPECT_THAT(ErrnoName(facts.error), ::testing::StartsWith("E"))
          << CallName(kind) << " " << facts.error;
    }
  }
}

TEST(ErrnoTable, ABadDescriptorIsAlwaysABug) {
  for (const CallKind kind : AllCalls()) EXPECT_FALSE(CanFailWith(kind, EBADF));
}

TEST(ErrnoTable, OnlyWhatIsInTheManualPageCanHappen) {
  EXPECT_TRUE(CanFailWith(CallKind::kSocket, EMFILE));
  EXPECT_FALSE(CanFailWith(CallKind::kRecv, EMFILE));
  EXPECT_EQ(FindErrno(CallKind::kRecv, EMFILE), std::nullopt);
}

TEST(ErrnoTable, ARefusedReceiveIsOfDatagramsOnly) {
  EXPECT_TRUE(CanFailWith(CallKind::kRecv, ECONNREFUSED));
  EXPECT_TRUE(CanFailWith(CallKind::kRecv, ECONNREFUSED, true));
  EXPECT_FALSE(CanFailWith(CallKind::kRecv, ECONNREFUSED, false));
  EXPECT_TRUE(CanFailWith(CallKind::kRecv, ENOMEM, false));
}

TEST(ErrnoTable, AConnectionThatBreaksIsOfStreamsOnly) {
  for (const int error : {ECONNRESET, ETIMEDOUT, EPIPE}) {
    EXPECT_TRUE(CanFailWith(CallKind::kSend, error));
    EXPECT_TRUE(CanFailWith(CallKind::kSend, error, false));
    EXPECT_FALSE(CanFailWith(CallKind::kSend, error, true));
  }
  EXPECT_FALSE(CanFailWith(CallKind::kGetPeerName, ENOTCONN, true));
  EXPECT_TRUE(CanFailWith(CallKind::kSend, ENOBUFS, true));
}

TEST(ErrnoTable, ACloseHasClosedWhateverItSays) {
  for (const CallKind kind : {CallKind::kClose, CallKind::kCloseWake,
                              CallKind::kEpollClose, CallKind::kCloseSignals}) {
    for (const int error : {EINTR, EIO}) {
      EXPECT_EQ(FindErrno(kind, error)->means, FaultMeans::kAfterwards);
    }
  }
}

TEST(ErrnoTable, TryAgainComesWithAWakeUpAndAResetWithABrokenConnection) {
  EXPECT_EQ(FindErrno(CallKind::kRecv, EAGAIN)->means, FaultMeans::kNotYet);
  EXPECT_EQ(FindErrno(CallKind::kSend, EPIPE)->means, FaultMeans::kBreaks);
  EXPECT_EQ(FindErrno(CallKind::kRecv, ENOMEM)->means, FaultMeans::kInstead);
  EXPECT_EQ(FindErrno(CallKind::kEpollWait, EINTR)->means,
            FaultMeans::kWaiting);
}

// A receive that said so and a connection that goes on would be no Windows: its
// next call asks in vain, and so would whoever waits for it.
TEST(ErrnoTable, OnWindowsTwoMoreErrnosTellOfABrokenConnection) {
  for (const CallKind kind : {CallKind::kWsaRecv, CallKind::kWsaSend}) {
    for (const int error : {ECONNRESET, ECONNABORTED, ENETRESET}) {
      EXPECT_EQ(FindErrno(kind, error)->means, FaultMeans::kBreaks);
    }
  }
}

}  // namespace
}  // namespace cloche
