// When "a short read means that there is no more" is false, on every kernel:
// each of these, registered edge-triggered, gets no second edge.

#include <cstdint>
#include <string>

#include "cloche/testing/contract/backend_contract.h"

namespace cloche {
namespace {

class DrainedContract : public BackendContract {
 protected:
  // What the next receive of a TCP stream gives; it may have to wait.
  std::string Receive(int fd) {
    TestOperation receive(OperationKind::kReceive, fd);
    receive.is_tcp_stream = true;
    const int64_t size = Run(receive);
    return size == 0 ? "end" : receive.received();
  }
  // So that the poller knows the descriptor, and that it is drained.
  void Drain(const Ends& ends) {
    TestOperation receive(OperationKind::kReceive, ends.client);
    receive.is_tcp_stream = true;
    ASSERT_FALSE(backend_->Start(receive));
    Send(ends.server, "first");
    EXPECT_EQ(EndOf(receive), 5);
  }
};

TEST_P(DrainedContract, DataThatComesAfterAShortReadIsReceived) {
  const Ends ends = Connect();
  Drain(ends);
  for (const char* text : {"a", "bc", "def"}) {
    Send(ends.server, text);
    EXPECT_EQ(Receive(ends.client), text);
  }
  CloseAll(ends);
}

TEST_P(DrainedContract, AFinTogetherWithDataIsNotMissed) {
  const Ends ends = Connect();
  Drain(ends);
  Send(ends.server, "last");
  EXPECT_EQ(calls_.Shutdown(ends.server, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Receive(ends.client), "last");
  EXPECT_EQ(Receive(ends.client), "end");
  CloseAll(ends);
}

TEST_P(DrainedContract, AFinThatComesAfterTheDataIsNotMissed) {
  const Ends ends = Connect();
  Drain(ends);
  Send(ends.server, "last");
  EXPECT_EQ(Receive(ends.client), "last");
  EXPECT_EQ(calls_.Shutdown(ends.server, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Receive(ends.client), "end");
  CloseAll(ends);
}

// The first receive after an accept, before the poller was ever asked.
TEST_P(DrainedContract, AFinIsNotMissedOnADescriptorThatWasNeverRegistered) {
  const Ends ends = Connect();
  Send(ends.client, "all");
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Receive(ends.server), "all");
  EXPECT_EQ(Receive(ends.server), "end");
  CloseAll(ends);
}

// A receive stops at the mark of an out-of-band byte though there is more.
TEST_P(DrainedContract, BytesBehindTheOutOfBandMarkAreReceived) {
  const Ends ends = Connect();
  Drain(ends);
  Send(ends.server, "before");
  EXPECT_EQ(calls_.Send(ends.server, "!", kSendOutOfBand), 1);
  Send(ends.server, "behind");
  EXPECT_EQ(Receive(ends.client), "before");
  EXPECT_EQ(Receive(ends.client), "behind");
  CloseAll(ends);
}

INSTANTIATE_IN_EVERY_WORLD(DrainedContract);

}  // namespace
}  // namespace cloche
