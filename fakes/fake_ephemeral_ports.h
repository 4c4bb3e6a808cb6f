// FakeEphemeralPorts: the ports that the kernel gives to those who name none.
//
// They are handed out in order, round and round, since a run must repeat
// itself; Linux chooses at random. Whether one is free, its table knows.
//
// Facts: Linux takes them from 32768 to 60999 (ip(7), ip_local_port_range).
//
// Next: fakes/fake_tcp_stack.h and fakes/fake_udp_stack.h, the two tables.

#ifndef CLOCHE_FAKES_FAKE_EPHEMERAL_PORTS_H_
#define CLOCHE_FAKES_FAKE_EPHEMERAL_PORTS_H_

#include <cstdint>

namespace cloche {

class FakeEphemeralPorts {
 public:
  static constexpr uint16_t kFirst = 32768;
  static constexpr uint16_t kLast = 60999;
  static constexpr int kCount = kLast - kFirst + 1;

  // The next one to try.
  uint16_t Next() {
    const uint16_t port = next_;
    next_ = port == kLast ? kFirst : port + 1;
    return port;
  }

 private:
  uint16_t next_ = kFirst;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_EPHEMERAL_PORTS_H_
