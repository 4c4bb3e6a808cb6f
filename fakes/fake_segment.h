// FakeSegment: one TCP segment on its way between two hosts.
//
// The fields are those of the real header (RFC 9293, 3.1) that a program can
// feel. Sequence numbers have 64 bits, so they never wrap. The upper ones say
// which conversation it is: each end of each connection takes the next number
// of its host, so that what an earlier connection between the same two
// addresses has left behind is not taken for this one's (RFC 9293, 3.4.1). In
// the lower ones the SYN is number 0 and the first byte of data number 1.
//
//     63            40 39                                   0
//     [ conversation ][ SYN, data, FIN: 0, 1, 2, ...         ]
//
// Next: fakes/fake_tcp_segments.cc, which says what each one does to a socket.

#ifndef CLOCHE_FAKES_FAKE_SEGMENT_H_
#define CLOCHE_FAKES_FAKE_SEGMENT_H_

#include <cstdint>
#include <string>

#include "cloche/calls/socket_address.h"

namespace cloche {

// A TiB for each conversation, 16 million conversations for each host.
inline constexpr int kSequenceBits = 40;

// Which conversation of its sender's a sequence number belongs to.
inline uint64_t ConversationOf(uint64_t sequence) {
  return sequence >> kSequenceBits;
}

struct FakeSegment {
  SocketAddress source;
  SocketAddress destination;

  bool syn = false;    // "Let us talk, my numbers start at `sequence`."
  bool ack = false;    // `acknowledged` and `window` mean something.
  bool fin = false;    // "These were my last bytes."
  bool reset = false;  // "I know of no such conversation."

  uint64_t sequence = 0;      // The number of the first byte of `payload`.
  uint64_t acknowledged = 0;  // The number of the byte expected next.
  uint64_t window = 0;        // How many more the receiver has room for.
  uint64_t urgent_end = 0;    // Behind the sender's urgent byte; 0: no URG.
  std::string payload;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SEGMENT_H_
