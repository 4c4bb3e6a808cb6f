// Kqueue over UNIX sockets, by the rules of the BSDs' two filters. What is
// reported when, in one table: docs/readiness.md.

#include <string>

#include "cloche/fakes/fake_kqueue_test.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

class FakeKqueueUnix : public FakeKqueueTest {
 protected:
  // The data of the filter's one event.
  int64_t Data(int fd, KernelFilter filter) {
    EXPECT_EQ(Change(fd, filter, kEvAdd), 0);
    const std::vector<KernelEvent> events = Events();
    EXPECT_EQ(events.size(), 1u);
    EXPECT_EQ(Change(fd, filter, kEvDelete), 0);
    return events.empty() ? -1 : events.front().data;
  }
};

TEST_F(FakeKqueueUnix, ASocketThatNeverConnectedIsSilent) {
  AddBoth(NewUnix(host_));
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueUnix, AListenersDataIsHowManyConnectionsWait) {
  const int listener = NewUnixListener(host_, "/run/a");
  AddBoth(listener);
  EXPECT_EQ(Now(), "nothing");
  calls_.Connect(NewUnix(host_), UnixAddress("/run/a"));
  calls_.Connect(NewUnix(host_), UnixAddress("/run/a"));
  EXPECT_EQ(Now(), "READ 2");
}

TEST_F(FakeKqueueUnix, BytesToReadAreCountedAndSpaceToWrite) {
  const Ends ends = NewPair();
  SetOption(ends.client, SocketOption::kSendBuffer, 4096);
  calls_.Send(ends.client, "abc", 0);
  EXPECT_EQ(Data(ends.server, kRead), 3);
  EXPECT_EQ(Data(ends.client, kWrite), 4093);
}

TEST_F(FakeKqueueUnix, SpaceIsAnEventForWhoWasFull) {
  const Ends ends = NewPair();
  SetOption(ends.client, SocketOption::kSendBuffer, 4096);
  calls_.Send(ends.client, std::string(4096, 'x'), 0);
  EXPECT_EQ(Change(ends.client, kWrite, kEvAdd | kEvClear), 0);
  EXPECT_EQ(Now(), "nothing");
  Receive(ends.server, 4096);
  EXPECT_EQ(Now(), "WRITE");
}

TEST_F(FakeKqueueUnix, APeersCloseIsTheEndOfBothFiltersBehindUnreadBytes) {
  const Ends ends = NewPair();
  AddBoth(ends.client);
  calls_.Send(ends.server, "abc", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "WRITE EOF, READ 3 EOF");
}

TEST_F(FakeKqueueUnix, AResetIsTheEndOfBothWithItsErrorWhichIsNotTakenByIt) {
  const Ends ends = NewPair();
  AddBoth(ends.client);
  calls_.Send(ends.client, "abc", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Now(), "WRITE EOF ECONNRESET, READ EOF ECONNRESET");
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
}

// Linux's epoll says nothing in this case.
TEST_F(FakeKqueueUnix, AFullSenderHearsThatItsPeerStopsReading) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, std::string(65536, 'x'), 0);
  AddBoth(ends.client, kEvClear);
  EXPECT_EQ(Now(), "nothing");
  calls_.Shutdown(ends.server, ShutdownHow::kRead);
  EXPECT_EQ(Now(), "WRITE EOF");
}

}  // namespace
}  // namespace cloche
