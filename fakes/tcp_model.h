// TcpModel: what the two programs at the ends of a connection may see, in a few
// lines of state.
//
// How it works: it is told of each call and of what it returned, and complains
// of what TCP rules out. It knows nothing of segments, windows or buffers, only
// how many bytes went in at each end and came out at the other:
//
//      client                                         server
//     sent: 12 ────► bytes 0 to 11, in order ────► received: 5
//     received: 3 ◄──────────────────────────────── sent: 3, and no more
//
//   * What is received is what was sent, from the first byte on: none twice,
//     none left out, none altered, and none before it was sent.
//   * The end of the stream comes behind the last byte, if the peer has said
//     that it sends no more; and what has ended stays so.
//   * An error has a cause: somebody closed with bytes unread or hung up at
//     once, the cable was cut, nobody listened. It is told once.
//
// Why so little: a model as detailed as the thing itself has the same mistakes.
// This one says what a program can rely on, whatever the weather.
//
// Facts about errors (tcp(7); RFC 9293, 3.10; measured on Linux 6.18, see the
// top of fakes/fake_tcp.h)
//   * Who closes before reading everything, or is sent more after it closed,
//     resets the connection.
//   * A reset is ECONNRESET, or EPIPE between the peer's FIN and the own;
//     silence is ETIMEDOUT; a port where nobody listens ECONNREFUSED.
//
// Main disadvantage: a cause allows an error from then on and for ever, though
// it need not come. What must come, a run asks at its end (fakes/tcp_run.h).
//
// Next: fakes/tcp_program.h, what the programs do; fakes/tcp_run.h.

#ifndef CLOCHE_FAKES_TCP_MODEL_H_
#define CLOCHE_FAKES_TCP_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {

enum TcpEnd : size_t { kClientEnd, kServerEnd };

inline TcpEnd OtherEnd(TcpEnd end) {
  return end == kClientEnd ? kServerEnd : kClientEnd;
}

// One connection. What returns a string complains in it; "" means that all is
// well. Thread safety: none.
class TcpModel {
 public:
  // Connection `number`, so that its bytes are unlike those of others.
  explicit TcpModel(int number) : number_(number) {}

  // The `size` bytes that `end` has to send next.
  std::string NextBytes(TcpEnd end, size_t size) const;

  // What happened. Results are those of the calls: a count, or negative errnos.

  std::string OnSend(TcpEnd end, size_t size, int64_t result);
  // `result` bytes are in `bytes`, of `size` that were asked for.
  std::string OnReceive(TcpEnd end, absl::string_view bytes, int64_t result,
                        bool peeks);
  std::string OnShutdown(TcpEnd end, ShutdownHow how, int result);
  // What SO_ERROR said: a positive errno, or 0.
  std::string OnErrorTaken(TcpEnd end, int error);
  void OnClose(TcpEnd end, bool hangs_up);
  // The client knows that it is connected; so does the server, at accept.
  void OnConnected(TcpEnd end) { ends_[end].connected = true; }

  // What goes on around them.

  void OnCut() { may_time_out_ = true; }
  // Of those that pass, some are lost: handshakes and resets, for good.
  void OnLoss() { loses_ = true; }
  // Nobody listens, or this one was waiting for a listener that is gone; or
  // too many wait.
  void OnNobodyListens() { may_be_refused_ = true; }
  void OnCrowd() { loses_ = true; }

  // Whether the end needs no close any more.
  bool closed(TcpEnd end) const { return ends_[end].closed; }
  bool connected(TcpEnd end) const { return ends_[end].connected; }
  // Whether a receive of that end has said that it was the last.
  bool read_ended(TcpEnd end) const { return ends_[end].read_ended; }
  // Whether a connection may end with an error.
  bool MayBreak() const;

  // When everything has come to rest, and `end` has read all that there was:
  // what it should have seen and has not.
  std::string AtRest(TcpEnd end) const;

 private:
  struct End {
    bool connected = false;  // For sure.
    bool closed = false;     // Its program has no descriptor any more.
    bool hung_up = false;    // ... and did not wait for the last bytes.
    bool sends_no_more = false;
    bool reads_no_more = false;
    bool error_told = false;
    bool read_ended = false;
    bool write_ended = false;
    size_t sent = 0;
    size_t received = 0;
  };

  char ByteOf(TcpEnd end, size_t at) const;
  bool HasAll(TcpEnd end) const {
    return ends_[end].received == ends_[OtherEnd(end)].sent;
  }
  bool Deaf(TcpEnd end) const {
    return ends_[end].reads_no_more && ends_[end].sends_no_more;
  }
  bool May(int error) const;
  std::string OnBytes(TcpEnd end, absl::string_view bytes, bool peeks);
  std::string OnEnd(TcpEnd end);
  std::string OnNothingYet(TcpEnd end) const;
  std::string OnError(TcpEnd end, int error);

  const int number_;
  bool may_time_out_ = false;
  bool loses_ = false;
  bool may_be_refused_ = false;
  std::array<End, 2> ends_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_TCP_MODEL_H_
