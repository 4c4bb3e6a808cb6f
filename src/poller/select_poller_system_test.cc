// SelectPoller over the real select of the system that this is built for: each
// flag once, and what Winsock has otherwise. On Linux this is a part of
// testing/contract/poller_contract_test.cc, which does not run on Windows.

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/system_calls.h"
#include "cloche/calls/system_calls_test.h"
#include "cloche/poller/select_poller.h"
#include "cloche/testing/poller_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SelectPollerSystemTest : public SystemCallsTest {
 protected:
  std::vector<std::string> Wait(absl::Duration timeout = absl::ZeroDuration()) {
    const int count = poller_->Wait(absl::MakeSpan(events_), timeout);
    return EventTexts(events_, count);
  }
  std::vector<std::string> Await() { return Wait(absl::InfiniteDuration()); }

  // Makes a writer of `fd`, and leaves it no room, nor any that comes later:
  // the peer's system goes on for a while to make some.
  void Park(int fd) {
    EXPECT_EQ(poller_->Add(fd, kPollWritable, 70), 0);
    const std::string chunk(100'000, 'x');
    do {
      while (calls_.Send(fd, chunk, 0) > 0) continue;
    } while (!Wait(absl::Milliseconds(50)).empty());
  }

  const std::unique_ptr<SystemCalls> system_ = NewSystemCalls();
  const std::unique_ptr<SelectPoller> poller_ =
      SelectPoller::Create(*system_->kernel_calls().select,
                           *system_->kernel_calls().wake)
          .value();
  std::array<PollEvent, 8> events_;
  const Ends ends_ = Connect();
};

TEST_F(SelectPollerSystemTest, WhoHasBytesIsReadable) {
  EXPECT_EQ(poller_->Add(ends_.client, kPollReadable, 70), 0);
  EXPECT_THAT(Wait(), IsEmpty());
  EXPECT_EQ(calls_.Send(ends_.server, "x", 0), 1);
  EXPECT_THAT(Await(), ElementsAre("70: readable"));
}

TEST_F(SelectPollerSystemTest, WhoHasRoomIsWritable) {
  EXPECT_EQ(poller_->Add(ends_.client, kPollReadable | kPollWritable, 70), 0);
  EXPECT_THAT(Await(), ElementsAre("70: writable"));
}

TEST_F(SelectPollerSystemTest, WhoHasAnOutOfBandByteHasPriority) {
  EXPECT_EQ(poller_->Add(ends_.client, kPollPriority, 70), 0);
  EXPECT_THAT(Wait(), IsEmpty());
  EXPECT_EQ(calls_.Send(ends_.server, "!", kSendOutOfBand), 1);
  EXPECT_THAT(Await(), ElementsAre("70: priority"));
}

TEST_F(SelectPollerSystemTest, WhoseConnectHasFailedIsWritable) {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.Connect(fd, NameOf(NewBound())), -EINPROGRESS);
  EXPECT_EQ(poller_->Add(fd, kPollWritable, 70), 0);
  EXPECT_THAT(Await(), ElementsAre("70: writable"));
}

// --- A writer without room --------------------------------------------------

TEST_F(SelectPollerSystemTest, AnOutOfBandByteWakesNoWriterWithoutRoom) {
  Park(ends_.client);
  EXPECT_EQ(calls_.Send(ends_.server, "!", kSendOutOfBand), 1);
  AwaitUrgent(ends_.client);
  EXPECT_THAT(Wait(), IsEmpty());
}

TEST_F(SelectPollerSystemTest, AnOutOfBandByteKeepsNobodyElseFromSleeping) {
  Park(ends_.client);
  EXPECT_EQ(calls_.Send(ends_.server, "!", kSendOutOfBand), 1);
  AwaitUrgent(ends_.client);
  const Ends other = Connect();
  EXPECT_EQ(poller_->Add(other.client, kPollReadable, 80), 0);
  std::thread sender([&] { calls_.Send(other.server, "x", 0); });
  EXPECT_THAT(Await(), ElementsAre("80: readable"));
  sender.join();
}

TEST_F(SelectPollerSystemTest, AWriterWithAnOutOfBandByteIsToldOfRoom) {
  Park(ends_.client);
  EXPECT_EQ(calls_.Send(ends_.server, "!", kSendOutOfBand), 1);
  AwaitUrgent(ends_.client);
  while (Wait().empty()) Receive(ends_.server, 1'000'000);
  EXPECT_THAT(Await(), ElementsAre("70: writable"));
}

// --- Closed descriptors, and Wake -------------------------------------------

TEST_F(SelectPollerSystemTest, AClosedDescriptorHidesNoOther) {
  const int closed = NewTcp();
  EXPECT_EQ(poller_->Add(closed, kPollReadable, 70), 0);
  EXPECT_EQ(poller_->Add(ends_.client, kPollReadable, 80), 0);
  CloseNow(closed);
  EXPECT_EQ(calls_.Send(ends_.server, "x", 0), 1);
  AwaitReadable(ends_.client);
  EXPECT_THAT(Await(), UnorderedElementsAre("70: error", "80: readable"));
}

TEST_F(SelectPollerSystemTest, AnotherThreadEndsAWait) {
  std::thread other([&] { poller_->Wake(); });
  EXPECT_THAT(Await(), IsEmpty());
  other.join();
}

}  // namespace
}  // namespace cloche
