// TcpOptions and TcpListenOptions: that each arrives at the socket, and what is
// said of one that does not.

#include "cloche/net/tcp_options.h"

#include <cerrno>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class TcpOptionsTest : public TcpStreamTest {
 protected:
  // A connection that has the options on both sides.
  void ConnectWith(const TcpOptions& options) {
    Connect(options, {.stream = options});
  }
  // What both sides say; a test wants to hear the same of each.
  std::vector<int> OnBothSides(SocketOption option) {
    return {near_->GetOption(option).value(), far_->GetOption(option).value()};
  }

  absl::Status Connecting(const TcpOptions& options) {
    return world_.Run(client_, TcpStream::Connect(where_, options)).status();
  }
  absl::Status Listening(Endpoint where, const TcpListenOptions& options) {
    return world_.Run(server_, TcpListener::Listen(where, options)).status();
  }
};

using TcpStreamOptions = TcpOptionsTest;
using TcpListenerOptions = TcpOptionsTest;
using TcpOptionErrors = TcpOptionsTest;

std::vector<int> Both(int value) { return {value, value}; }

const TcpOptions kEverything{
    .no_delay = true,
    .keep_alive = KeepAlive(),
    .send_buffer_bytes = 10000,
    .receive_buffer_bytes = 20000,
};

// --- Of streams -------------------------------------------------------------

TEST_P(TcpStreamOptions, SendSmallWritesAtOnceUnlessToldOtherwise) {
  ConnectWith({});
  EXPECT_EQ(OnBothSides(SocketOption::kNoDelay), Both(1));
  ConnectWith({.no_delay = false});
  EXPECT_EQ(OnBothSides(SocketOption::kNoDelay), Both(0));
}

TEST_P(TcpStreamOptions, SetTheSizesOfTheBuffers) {
  ConnectWith({.send_buffer_bytes = 10000, .receive_buffer_bytes = 20000});
  // Linux reports twice what was set: socket(7).
  EXPECT_EQ(OnBothSides(SocketOption::kSendBuffer), Both(2 * 10000));
  EXPECT_EQ(OnBothSides(SocketOption::kReceiveBuffer), Both(2 * 20000));
}

TEST_P(TcpStreamOptions, SetKeepAliveWithItsTimesAndCount) {
  ConnectWith({.keep_alive = KeepAlive{.idle = absl::Minutes(3),
                                       .interval = absl::Seconds(7),
                                       .count = 5}});
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAlive), Both(1));
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAliveIdle), Both(180));
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAliveInterval), Both(7));
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAliveCount), Both(5));
}

TEST_P(TcpStreamOptions, RoundTimesUpToWholeSeconds) {
  ConnectWith({.keep_alive = KeepAlive{.idle = absl::Milliseconds(1001),
                                       .interval = absl::Nanoseconds(1)}});
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAliveIdle), Both(2));
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAliveInterval), Both(1));
}

TEST_P(TcpStreamOptions, LeaveTheRestAsTheSystemHasIt) {
  ConnectWith({});
  EXPECT_EQ(OnBothSides(SocketOption::kKeepAlive), Both(0));
  EXPECT_EQ(OnBothSides(SocketOption::kSendBuffer), Both(2 * 65536));
  EXPECT_EQ(OnBothSides(SocketOption::kReceiveBuffer), Both(2 * 65536));
}

TEST_P(TcpStreamOptions, CostNoSystemCallForEachAcceptedConnection) {
  TcpListener listener =
      world_.Run(server_, TcpListener::Listen(where_, {.stream = kEverything}))
          .value();
  const auto calls = [&] {
    return server_.kernel().CallCount(CallKind::kSetSockOpt);
  };
  const uint64_t before = calls();
  near_ = world_.Run(client_, TcpStream::Connect(where_)).value();
  far_ = world_.Run(server_, listener.Accept()).value();
  EXPECT_EQ(calls(), before);
}

TEST_P(TcpStreamOptions, CanBeReadAndSetWhileTheConnectionLives) {
  Connect();
  EXPECT_THAT(near_->SetOption(SocketOption::kNoDelay, 0), IsOk());
  EXPECT_THAT(near_->GetOption(SocketOption::kNoDelay), IsOkAndHolds(0));
}

// --- Of listeners, as the accepted streams inherit them ---------------------

TEST_P(TcpListenerOptions, ReuseTheAddressAndNotThePort) {
  Connect();
  EXPECT_THAT(far_->GetOption(SocketOption::kReuseAddress), IsOkAndHolds(1));
  EXPECT_THAT(far_->GetOption(SocketOption::kReusePort), IsOkAndHolds(0));
}

TEST_P(TcpListenerOptions, ReuseThePortInsteadIfToldTo) {
  Connect({}, {.reuse_address = false, .reuse_port = true});
  EXPECT_THAT(far_->GetOption(SocketOption::kReuseAddress), IsOkAndHolds(0));
  EXPECT_THAT(far_->GetOption(SocketOption::kReusePort), IsOkAndHolds(1));
}

TEST_P(TcpListenerOptions, AboutIpv6AreNothingToAnIpv4Listener) {
  EXPECT_THAT(Listening(where_, {.ipv6_only = true}), IsOk());
}

// --- Errors -----------------------------------------------------------------

// Fails one setsockopt after the other; `operation` must name what was set.
template <typename Operation>
void ExpectNamed(TestHost& host, const std::vector<std::string>& options,
                 Operation operation) {
  for (size_t i = 0; i < options.size(); ++i) {
    host.kernel().FailCall(CallKind::kSetSockOpt, ENOPROTOOPT,
                           /*nth_from_now=*/static_cast<int>(i) + 1);
    EXPECT_THAT(operation(),
                StatusIs(absl::StatusCode::kUnimplemented,
                         absl::StrCat("set ", options[i], " on fd 5").c_str()));
  }
}

TEST_P(TcpOptionErrors, NameTheOptionOfAStream) {
  ExpectNamed(client_,
              {"TCP_NODELAY to 1", "SO_KEEPALIVE to 1", "TCP_KEEPIDLE to 120",
               "TCP_KEEPINTVL to 15", "TCP_KEEPCNT to 4", "SO_SNDBUF to 10000",
               "SO_RCVBUF to 20000"},
              [this] { return Connecting(kEverything); });
}

TEST_P(TcpOptionErrors, NameTheOptionOfAListener) {
  const TcpListenOptions options{.reuse_port = true, .stream = kEverything};
  ExpectNamed(server_,
              {"SO_REUSEADDR to 1", "SO_REUSEPORT to 1", "IPV6_V6ONLY to 0",
               "TCP_NODELAY to 1", "SO_KEEPALIVE to 1"},
              [&] { return Listening(Endpoint::AnyIpv6(7000), options); });
}

TEST_P(TcpOptionErrors, TellAListenerOfWhatItsStreamsCouldNotHave) {
  const TcpOptions options{.keep_alive = KeepAlive{.count = 1000}};
  EXPECT_THAT(Listening(where_, {.stream = options}),
              StatusIs(kInvalid, "set TCP_KEEPCNT to 1000"));
}

TEST_P(TcpOptionErrors, ComeOfATimeThatIsTooLongForTheSystem) {
  // The second would be 10 s, were it cut down to 32 bits.
  for (const absl::Duration idle :
       {absl::Hours(24), absl::Seconds((int64_t{1} << 32) + 10),
        absl::InfiniteDuration()}) {
    EXPECT_THAT(Connecting({.keep_alive = KeepAlive{.idle = idle}}),
                StatusIs(kInvalid, "set TCP_KEEPIDLE to "));
  }
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamOptions);
INSTANTIATE_ON_FAKE_BACKENDS(TcpListenerOptions);
INSTANTIATE_ON_FAKE_BACKENDS(TcpOptionErrors);

}  // namespace
}  // namespace cloche
