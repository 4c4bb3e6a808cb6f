// TcpProgram: what two programs and the weather do, as a list of steps.
//
//     the link takes 5 ms
//     client 1 connects
//     client 1 sends 100 bytes
//     2 ms pass
//     the server accepts as server 1
//     server 1 receives up to 10 bytes
//
// Two clients on one host, and on another a listener and two sockets that it
// accepted. The weather (latency, loss, small buffers, short writes ...) is
// made of steps too, so that a program that fails can be shrunk to the weather
// that it takes: testing/shrink_steps.h. A step that makes no sense where it
// stands, such as to send on a socket that is not there, does nothing.
//
// Main disadvantage: all of it is drawn with fixed odds, which somebody chose.
//
// Next: fakes/tcp_run.h, which carries it out.

#ifndef CLOCHE_FAKES_TCP_PROGRAM_H_
#define CLOCHE_FAKES_TCP_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cloche {

struct TcpStep {
  // What `number` is stands behind it.
  enum What : uint8_t {
    // A client only, and a server only: `who` is its place.
    kConnect,
    kAccept,
    // Either.
    kSend,         // Bytes.
    kSendUrgent,   // Bytes, the last one out of band; received inline.
    kReceive,      // Bytes at most.
    kPeek,         // Likewise.
    kPollReceive,  // Looks whether it can, and then does, or sees it cannot.
    kPollSend,     // Likewise: bytes.
    kShutdown,     // A ShutdownHow.
    kClose,
    kHangUp,        // SO_LINGER 0, and close.
    kTakeError,     // SO_ERROR.
    kCollectEdges,  // From its own edge-triggered epoll set.
    // The listener.
    kStopListening,
    kListen,  // Backlog.
    // Everybody.
    kPassTime,  // Milliseconds.
    // The weather. `who` says from which host; a link is both ways.
    kCut,
    kMend,           // Both ways.
    kLatency,        // Milliseconds.
    kJitter,         // Milliseconds.
    kLoss,           // Per cent.
    kBandwidth,      // Bytes per second.
    kSegmentSize,    // Bytes at most.
    kBuffers,        // Bytes, of sockets that are made later.
    kShortWrites,    // Bytes at most.
    kShortArrivals,  // Bytes at most.
  };
  // Clients first.
  enum Who : uint8_t { kClient1, kClient2, kServer1, kServer2 };

  What what;
  Who who;
  int number;

  friend bool operator==(const TcpStep&, const TcpStep&) = default;
};

inline constexpr size_t kTcpSockets = 4;

inline bool IsClient(TcpStep::Who who) { return who < TcpStep::kServer1; }

using TcpProgram = std::vector<TcpStep>;

// "client 1 sends 5 bytes". Unlike steps have unlike texts.
std::string ToText(TcpStep::Who who);
std::string ToText(const TcpStep& step);

// The same program from the same random numbers, on every machine.
TcpProgram DrawTcpProgram(std::mt19937_64& random);

// For ShrinkSteps: the same with less, or by the first of its kind.
TcpProgram SimplerTcpSteps(const TcpStep& step);

}  // namespace cloche

#endif  // CLOCHE_FAKES_TCP_PROGRAM_H_
