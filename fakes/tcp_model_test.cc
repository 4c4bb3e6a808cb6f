// TcpModel: that it complains of what TCP rules out, and of nothing else.

#include "cloche/fakes/tcp_model.h"

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

namespace cloche {
namespace {

class TcpModelTest : public ::testing::Test {
 protected:
  // The client sends `size` bytes.
  std::string Say(size_t size) {
    std::string bytes = model_.NextBytes(kClientEnd, size);
    EXPECT_EQ(model_.OnSend(kClientEnd, size, static_cast<int64_t>(size)), "");
    return bytes;
  }
  // What the model says if the server receives that.
  std::string Hear(const std::string& bytes) {
    const auto size = static_cast<int64_t>(bytes.size());
    return model_.OnReceive(kServerEnd, bytes, size, /*peeks=*/false);
  }
  std::string HearEnd() { return Hear(""); }
  std::string HearError(int error) {
    return model_.OnReceive(kServerEnd, "", -error, /*peeks=*/false);
  }

  TcpModel model_{1};
};

TEST_F(TcpModelTest, BytesComeInOrderAndInAnyPieces) {
  const std::string bytes = Say(10);
  EXPECT_EQ(Hear(bytes.substr(0, 3)), "");
  EXPECT_EQ(Hear(bytes.substr(3)), "");
}

TEST_F(TcpModelTest, NoByteComesTwice) {
  const std::string bytes = Say(10);
  EXPECT_EQ(Hear(bytes), "");
  EXPECT_NE(Hear(bytes.substr(0, 1)), "");
}

TEST_F(TcpModelTest, NoByteIsLeftOut) {
  const std::string bytes = Say(10);
  EXPECT_NE(Hear(bytes.substr(1)), "");
}

TEST_F(TcpModelTest, TheEndComesBehindTheLastByteOfWhoHasFinished) {
  const std::string bytes = Say(10);
  model_.OnClose(kClientEnd, /*hangs_up=*/false);
  EXPECT_EQ(Hear(bytes), "");
  EXPECT_EQ(HearEnd(), "");
}

TEST_F(TcpModelTest, TheEndComesNoEarlier) {
  const std::string bytes = Say(10);
  model_.OnClose(kClientEnd, /*hangs_up=*/false);
  EXPECT_EQ(Hear(bytes.substr(0, 9)), "");
  EXPECT_NE(HearEnd(), "");
}

TEST_F(TcpModelTest, NothingComesBehindTheEnd) {
  model_.OnConnected(kClientEnd);
  model_.OnClose(kClientEnd, /*hangs_up=*/false);
  EXPECT_EQ(HearEnd(), "");
  EXPECT_NE(HearError(EAGAIN), "");
}

TEST_F(TcpModelTest, AResetHasACause) { EXPECT_NE(HearError(ECONNRESET), ""); }

TEST_F(TcpModelTest, ToHangUpIsACauseOfAReset) {
  model_.OnClose(kClientEnd, /*hangs_up=*/true);
  EXPECT_EQ(HearError(ECONNRESET), "");
}

TEST_F(TcpModelTest, ToCloseWithBytesUnreadIsACauseOfAReset) {
  model_.OnConnected(kServerEnd);
  Say(1);
  model_.OnClose(kServerEnd, /*hangs_up=*/false);
  EXPECT_EQ(model_.OnErrorTaken(kClientEnd, ECONNRESET), "");
}

TEST_F(TcpModelTest, AnErrorIsToldOnce) {
  model_.OnCut();
  EXPECT_EQ(model_.OnErrorTaken(kServerEnd, ETIMEDOUT), "");
  EXPECT_NE(model_.OnErrorTaken(kServerEnd, ETIMEDOUT), "");
}

TEST_F(TcpModelTest, AtRestAllHasComeThatMustCome) {
  const std::string bytes = Say(2);
  EXPECT_EQ(Hear(bytes.substr(0, 1)), "");
  EXPECT_EQ(model_.AtRest(kServerEnd), "has received 1 bytes of 2");
}

}  // namespace
}  // namespace cloche
