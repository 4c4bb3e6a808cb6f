// What a network does to one member of a chat, and that the others do not mind.

#include "cloche/docs/examples/chat_server.h"

#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/world_fixture.h"

using namespace cloche;

// Three come: one talks, one listens, and Eve, who is another one in each test.
class ChatServerTest : public WorldTest {
 protected:
  ChatServerTest() {
    Background(server_, [this] { return chat_.Run(where_, stop_); });
  }
  Task<> Talk() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    for (size_t said = 0; said < words_.size(); said += 1000) {
      co_await Try(Sleep(absl::Seconds(1)));  // Five minutes in all: no time.
      co_await Try(stream.Write(words_.substr(said, 1000)));
    }
    co_return co_await Sleep(absl::Hours(1));
  }
  Task<> Listen(size_t size, absl::Duration stay) {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    EXPECT_EQ(co_await Try(ReadAll(stream, size)), words_.substr(0, size));
    co_return co_await Sleep(stay);  // Who goes with words unread resets.
  }
  // Eve has gone or been thrown out, and whoever listens has heard it all.
  void ExpectThatNobodyMindsEve(size_t size, absl::Duration stay) {
    Background(eve_, [=, this] { return Listen(size, stay); });
    Background(client_, [this] { return Talk(); });
    EXPECT_THAT(world_.Run(client_, Listen(words_.size(), {})), IsOk());
    world_.Pass(absl::Seconds(1));  // Who has listened is gone, too, then.
    EXPECT_EQ(chat_.members(), 1u);
  }

  TestHost& eve_ = world_.AddHost("eve");
  const Endpoint where_ = server_.EndpointAt(7001);
  const std::string words_ = Pattern(300000);  // More than buffers hold.
  ChatServer chat_;
  StopSource stop_;
};

TEST_F(ChatServerTest, DoesNotMindASlowReader) {
  ExpectThatNobodyMindsEve(/*size=*/0, /*stay=*/absl::Hours(1));
}
TEST_F(ChatServerTest, DoesNotMindAReset) {
  ExpectThatNobodyMindsEve(/*size=*/0, /*stay=*/absl::Seconds(10));
}
TEST_F(ChatServerTest, DoesNotMindACableThatIsPulled) {
  world_.network().At(world_.clock().Now() + absl::Seconds(10), [this] {
    world_.network().Partition(eve_.kernel(), server_.kernel());
  });
  ExpectThatNobodyMindsEve(words_.size(), /*stay=*/absl::Hours(1));
}
