// How large a socket's buffers may be: SO_SNDBUF and SO_RCVBUF.
//
// Facts about buffer sizes (socket(7), measured on Linux 6.18)
//   * The kernel doubles what is set "to allow space for bookkeeping overhead"
//     and reports the double. The fake has no overhead, so what was set is just
//     what fits.
//   * The least are 4,608 and 2,304 as reported. The most depend on wmem_max
//     and rmem_max; the fake allows 8,388,608 as reported.
//
// Next: fakes/fake_tcp_options.cc, fakes/fake_udp_options.cc,
// fakes/fake_unix_options.cc.

#ifndef CLOCHE_FAKES_FAKE_BUFFER_SIZES_H_
#define CLOCHE_FAKES_FAKE_BUFFER_SIZES_H_

#include <algorithm>

namespace cloche {

// As reported; before anybody has set it.
inline constexpr int kDefaultBufferSize = 2 * 65536;

inline constexpr int kMostBufferBytes = 4 << 20;

// `bytes` as set, in; as reported, out.
inline int SendBufferSize(int bytes) {
  return 2 * std::clamp(bytes, 4608 / 2, kMostBufferBytes);
}
inline int ReceiveBufferSize(int bytes) {
  return 2 * std::clamp(bytes, 2304 / 2, kMostBufferBytes);
}

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_BUFFER_SIZES_H_
