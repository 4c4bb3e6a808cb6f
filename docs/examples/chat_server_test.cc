// What a network does to the members of a chat, and that the others do not
// mind.

#include "cloche/docs/examples/chat_server.h"

#include <cstddef>
#include <string>

#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

using namespace cloche;

// Three come: one talks, one listens, and Eve, who reads nothing. More is said
// than there is room for between two hosts.
class ChatServerTest : public testing::Test {
 protected:
  Task<> Talk() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    for (size_t said = 0; said < words_.size(); said += 1000) {
      co_await Try(Sleep(absl::Seconds(1)));
      co_await Try(stream.Write(words_.substr(said, 1000)));
    }
    co_return co_await Sleep(absl::Hours(1));
  }
  Task<std::string> Listen() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_return co_await ReadAll(stream, words_.size());
  }
  Task<> BeEve(absl::Duration stay) {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_await Try(Sleep(stay));
    stream.Abort();
    co_return absl::OkStatus();
  }

  void ExpectTheOthersDoNotMind() {
    Start(talker_.loop(), [this] { return Talk(); });
    EXPECT_THAT(world_.Run(listener_, Listen()), IsOkAndHolds(words_));
    world_.Pass(absl::Seconds(1));   // Who has listened is gone, too, then.
    EXPECT_EQ(chat_.members(), 1u);  // Eve is out.
  }

  const std::string words_ = Pattern(300000);
  ChatServer chat_;
  StopSource stop_;
  TestWorld world_;
  TestHost& server_ = world_.AddHost("server");
  TestHost& talker_ = world_.AddHost("talker");
  TestHost& listener_ = world_.AddHost("listener");
  TestHost& eve_ = world_.AddHost("eve");
  Endpoint where_ = server_.EndpointAt(7001);
  TaskHandle<> serving_ =
      Start(server_.loop(), [this] { return chat_.Run(where_, stop_); });
};

TEST_F(ChatServerTest, DoesNotMindASlowReader) {
  Start(eve_.loop(), [this] { return BeEve(absl::Hours(1)); });
  ExpectTheOthersDoNotMind();
}

TEST_F(ChatServerTest, DoesNotMindAReset) {
  Start(eve_.loop(), [this] { return BeEve(absl::Seconds(10)); });
  ExpectTheOthersDoNotMind();
}

TEST_F(ChatServerTest, DoesNotMindACableThatIsPulled) {
  Start(eve_.loop(), [this] { return BeEve(absl::Hours(1)); });
  world_.Pass(absl::Seconds(10));
  world_.network().Partition(eve_.kernel(), server_.kernel());
  ExpectTheOthersDoNotMind();
}
