// What a socket keeps of an option that is set: SO_SNDBUF and all the others.
//
// Facts about buffer sizes (socket(7), measured on Linux 6.18)
//   * The kernel doubles what is set "to allow space for bookkeeping overhead"
//     and reports the double. The fake has no overhead, so what was set is just
//     what fits.
//   * The least are 4,608 and 2,304 as reported. The most depend on wmem_max
//     and rmem_max; the fake allows 8,388,608 as reported.
//
// Which options there are, and when, differs from socket to socket:
// fakes/fake_tcp_options.cc, fakes/fake_udp_options.cc,
// fakes/fake_unix_options.cc.

#ifndef CLOCHE_FAKES_FAKE_SOCKET_OPTIONS_H_
#define CLOCHE_FAKES_FAKE_SOCKET_OPTIONS_H_

#include <algorithm>
#include <cstddef>

#include "cloche/calls/socket_calls.h"

namespace cloche {

inline constexpr size_t kSocketOptions = 14;

// As reported; before anybody has set it.
inline constexpr int kDefaultBufferSize = 2 * 65536;

inline constexpr int kMostBufferBytes = 4 << 20;

// What is reported of `value` when it was set: a size, a number, or a switch.
inline int KeptValue(SocketOption option, int value) {
  switch (option) {
    case SocketOption::kSendBuffer:
      return 2 * std::clamp(value, 4608 / 2, kMostBufferBytes);
    case SocketOption::kReceiveBuffer:
      return 2 * std::clamp(value, 2304 / 2, kMostBufferBytes);
    case SocketOption::kKeepAliveIdle:
    case SocketOption::kKeepAliveInterval:
    case SocketOption::kKeepAliveCount:
    case SocketOption::kLinger:
    case SocketOption::kDeferAccept:
      return value;
    default:
      return value != 0 ? 1 : 0;
  }
}

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SOCKET_OPTIONS_H_
