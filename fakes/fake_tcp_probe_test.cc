// Closed, and the peer has no room for what is left: how long that is kept.
// Measured on Linux 6.18 over loopback.

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

// A connection over a link, whose server has room for no more, and whose client
// has more to say. The times are those of Linux, whose first time-out is a
// little longer: 339 s instead of 324.6, and 120 s more.
class FakeTcpProbe : public FakeKernelTest {
 protected:
  FakeTcpProbe() {
    const int listener = NewListener(server_);
    client_fd_ =
        NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
    PassTime(absl::Seconds(1));
    server_fd_ = server_.sockets().Accept4(listener, nullptr);
    EXPECT_EQ(client_.sockets().Send(client_fd_, std::string(70000, 'x'), 0),
              65536);
    PassTime(absl::Milliseconds(2));
    EXPECT_EQ(client_.sockets().Send(client_fd_, "more", 0), 4);
  }

  void Close() { EXPECT_EQ(client_.sockets().Close(client_fd_), 0); }
  bool IsThere() { return !client_.tcp().Connections().empty(); }
  // How many bytes the server reads, and what ends them.
  std::string ReadAll() {
    std::string room(1000, '\0');
    size_t bytes = 0;
    int64_t count;
    while (PassTime(absl::Milliseconds(2)),
           (count = server_.sockets().Recv(
                server_fd_, absl::MakeSpan(room.data(), room.size()), 0)) > 0) {
      bytes += count;
    }
    return absl::StrCat(bytes, ", then ", count);
  }

  int client_fd_;
  int server_fd_;
};

TEST_F(FakeTcpProbe, AllOfItArrivesIfThePeerReadsInTime) {
  Close();
  PassTime(absl::Seconds(324));
  EXPECT_EQ(ReadAll(), "65540, then 0");
}

TEST_F(FakeTcpProbe, ItIsGivenUpAfter324Seconds) {
  Close();
  PassTime(absl::Milliseconds(324599));
  EXPECT_TRUE(IsThere());
  PassTime(absl::Milliseconds(1));
  EXPECT_FALSE(IsThere());
}

TEST_F(FakeTcpProbe, ThenThePeerReadsWhatItHasAndIsReset) {
  Close();
  PassTime(absl::Seconds(325));
  EXPECT_EQ(ReadAll(), absl::StrCat("65536, then ", -ECONNRESET));
}

TEST_F(FakeTcpProbe, WhoClosesLaterHasSoMuchLessTime) {
  PassTime(absl::Seconds(150));
  Close();
  PassTime(absl::Milliseconds(174599));
  EXPECT_TRUE(IsThere());
  PassTime(absl::Milliseconds(1));
  EXPECT_FALSE(IsThere());
}

// At 444.6 s.
TEST_F(FakeTcpProbe, WhoClosesLaterThanThatIsGivenUpWithTheNextProbe) {
  PassTime(absl::Seconds(340));
  Close();
  PassTime(absl::Milliseconds(104599));
  EXPECT_TRUE(IsThere());
  PassTime(absl::Milliseconds(1));
  EXPECT_FALSE(IsThere());
}

TEST_F(FakeTcpProbe, AFinThatHasNoRoomIsGivenUpToo) {
  EXPECT_EQ(ReadAll(), absl::StrCat("65540, then ", -EAGAIN));
  EXPECT_EQ(client_.sockets().Send(client_fd_, std::string(65536, 'x'), 0),
            65536);
  PassTime(absl::Seconds(1));
  client_.sockets().Shutdown(client_fd_, ShutdownHow::kWrite);
  Close();
  PassTime(absl::Seconds(324));
  EXPECT_TRUE(IsThere());
  PassTime(absl::Seconds(1));
  EXPECT_FALSE(IsThere());
}

TEST_F(FakeTcpProbe, WithRoomTheTimeBeginsAnew) {
  Close();
  PassTime(absl::Seconds(300));
  std::string room(65536, '\0');
  server_.sockets().Recv(server_fd_, absl::MakeSpan(room.data(), 65536), 0);
  PassTime(absl::Hours(1));
  EXPECT_EQ(ReadAll(), "4, then 0");
}

TEST_F(FakeTcpProbe, AsLongAsItIsOpenItWaits) {
  PassTime(absl::Hours(10));
  EXPECT_EQ(ReadAll(), absl::StrCat("65540, then ", -EAGAIN));
}

}  // namespace
}  // namespace cloche
