// The real socket calls on datagrams: where a message has edges and a sender.

#include <string>

#include "absl/strings/string_view.h"
#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

class LinuxDatagramTest : public LinuxCallsTest {
 protected:
  // One datagram into a buffer of `room` bytes.
  std::string ReceiveMessageInto(size_t room, ReceiveMessage& message) {
    WaitUntil(receiver_, POLLIN);
    std::string bytes(room, '\0');
    const absl::Span<char> buffer = absl::MakeSpan(bytes);
    message.buffers = absl::MakeConstSpan(&buffer, 1);
    const int64_t count = calls_.RecvMsg(receiver_, message);
    message.buffers = {};
    if (count < 0) return Errno(-count);
    bytes.resize(count);
    return bytes;
  }
  void SendTo(const SocketAddress* to, absl::string_view bytes) {
    const SendMessage message{.buffers = absl::MakeConstSpan(&bytes, 1),
                              .to = to};
    EXPECT_EQ(calls_.SendMsg(sender_, message),
              static_cast<int64_t>(bytes.size()));
  }

  const int sender_ = NewUdp();
  const int receiver_ = NewUdp();
  const SocketAddress to_ = NameOf(receiver_);
};

TEST_F(LinuxDatagramTest, ComesWithTheNameOfItsSender) {
  SendTo(&to_, "hello");
  SocketAddress from;
  ReceiveMessage message{.buffers = {}, .from = &from};
  EXPECT_EQ(ReceiveMessageInto(100, message), "hello");
  EXPECT_EQ(from, NameOf(sender_));
}

TEST_F(LinuxDatagramTest, ComesWithoutASenderIfNobodyAsks) {
  SendTo(&to_, "hello");
  ReceiveMessage message;
  EXPECT_EQ(ReceiveMessageInto(100, message), "hello");
}

TEST_F(LinuxDatagramTest, LongerThanTheBufferIsCutAndSaysSo) {
  SendTo(&to_, "hello");
  ReceiveMessage message;
  EXPECT_EQ(ReceiveMessageInto(4, message), "hell");
  EXPECT_TRUE(message.truncated);
}

TEST_F(LinuxDatagramTest, ThatJustFitsIsNotCutWhateverWasBefore) {
  SendTo(&to_, "hello");
  ReceiveMessage message{.buffers = {}, .truncated = true};
  EXPECT_EQ(ReceiveMessageInto(5, message), "hello");
  EXPECT_FALSE(message.truncated);
}

TEST_F(LinuxDatagramTest, GoesToThePeerOfAConnectedSocket) {
  ASSERT_EQ(calls_.Connect(sender_, to_), 0);
  SendTo(nullptr, "hello");
  ReceiveMessage message;
  EXPECT_EQ(ReceiveMessageInto(100, message), "hello");
}

TEST_F(LinuxDatagramTest, IsOneThoughSentInPartsThatSayThereIsMore) {
  ASSERT_EQ(calls_.Connect(sender_, to_), 0);
  EXPECT_EQ(calls_.Send(sender_, "hel", kSendMore), 3);
  EXPECT_EQ(calls_.Send(sender_, "lo", 0), 2);
  ReceiveMessage message;
  EXPECT_EQ(ReceiveMessageInto(100, message), "hello");
}

TEST_F(LinuxDatagramTest, TooLongForAnyDatagramIsRefused) {
  ASSERT_EQ(calls_.Connect(sender_, to_), 0);
  EXPECT_EQ(calls_.Send(sender_, std::string(70'000, 'x'), 0), -EMSGSIZE);
}

TEST_F(LinuxDatagramTest, ConnectToTheUnspecifiedAddressForgetsThePeer) {
  ASSERT_EQ(calls_.Connect(sender_, to_), 0);
  EXPECT_EQ(calls_.Connect(sender_, SocketAddress()), 0);
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(sender_, &peer), -ENOTCONN);
}

// An abstract name ends where the kernel says, and nowhere else.
TEST_F(LinuxDatagramTest, ComesWithTheAbstractNameOfItsSender) {
  SocketAddress anywhere;
  anywhere.family = AddressFamily::kUnix;
  int fds[2];
  for (int& fd : fds) {
    fd = Own(calls_.Socket(AddressFamily::kUnix, SocketType::kDatagram));
    ASSERT_EQ(calls_.Bind(fd, anywhere), 0);
  }
  ASSERT_EQ(calls_.Connect(fds[0], NameOf(fds[1])), 0);
  ASSERT_EQ(calls_.Send(fds[0], "x", 0), 1);
  SocketAddress from;
  ReceiveMessage message{.buffers = {}, .from = &from};
  EXPECT_EQ(calls_.RecvMsg(fds[1], message), 0);
  EXPECT_EQ(from, NameOf(fds[0]));
}

}  // namespace
}  // namespace cloche
