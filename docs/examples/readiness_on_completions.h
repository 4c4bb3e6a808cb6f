// ReadySocket: readiness emulated on completions, for a program that asks "may
// I?" over a kernel that only says "done".
//
// The other direction of src/backend/readiness_backend.h. Recv and Send never
// wait and say -EAGAIN, as those of a non-blocking socket do; underneath are
// operations of whatever Backend the loop has.
//
//   ready to read:  a receive of ours has ended      ready to write: fewer than
//                                                    N writes are pending
//   [room_] ◄── receive in flight                    Send ──► [waiting_] [ ][ ]
//      │ bytes, the end or an error: readable                     │ one at a
//      ▼                                                          ▼ time
//     Recv: copies; when room_ is empty asks anew        [sending_] in flight
//
// What this is made of
//   * Somebody has to lend the kernel a buffer before there are bytes. With
//     `read_bytes` it is ours: a completion saves the call, and an idle socket
//     costs a buffer. With 0 only kWaitReadable is in flight (a poll in a ring,
//     a receive of no bytes at a port): no buffer, but one call more for bytes.
//     That is a hint; after a false one, a byte is asked for, which is none.
//   * No completion says "there is room to write" before something was written
//     (trio#52: a send of no bytes does not). So Send takes a copy, says yes,
//     and calls itself unwritable when it has as many as it may hold.
//   * What was taken is promised. So an error comes too late for the write that
//     it befell, and is told to the next; for good, for there is a gap now. And
//     Close goes on sending first, as close(2) does.
//   * One send is in flight at a time: several of one socket may be carried out
//     in another order (liburing#1359), and a short one leaves a hole.
//
// Main disadvantage: each byte is copied once more in each direction, and
// most_pending * most_bytes + read_bytes of memory may be held for each socket.
//
// Next: docs/reactor-and-proactor.md; benchmarks/pending_writes_benchmark.cc
// for how many pending writes are best.

#ifndef CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_H_
#define CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/loop/loop.h"

struct ReadySocketOptions {
  size_t most_pending = 2;    // Writes that are taken and not done; 1 or more.
  size_t most_bytes = 65536;  // Of one of them: Send takes no more at once.
  bool joins = true;          // All that wait leave as one send.
  size_t read_bytes = 4096;   // Of the buffer to receive into; 0: none.
};

// Thread safety: the loop's thread. Lifetime: at most the loop's, and as long
// as the kernel has buffers of it (CHECK): after Close or Abort, until
// closed().
class ReadySocket {
 public:
  // `fd` is connected, and the ReadySocket's from now on. After Recv or Send
  // has said -EAGAIN, `on_ready` is called when it is worth trying again (or
  // in vain, now and then), and when what was in flight at a Close or Abort is
  // handed back, the last of which makes it closed(). It may not destroy the
  // ReadySocket.
  ReadySocket(cloche::Loop& loop, int fd, ReadySocketOptions options,
              std::function<void()> on_ready);
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;
  ~ReadySocket();

  bool readable() const { return reading_ == Reading::kThere; }
  bool writable() const {
    return write_error_ != 0 || pending() < options_.most_pending;
  }
  size_t pending() const { return waiting_.size() + joined_; }
  bool closed() const { return fd_ < 0 && !InFlight(); }

  // As recv(2): bytes, 0 at the end, or a negative errno, which stays.
  int64_t Recv(absl::Span<char> to);
  // As send(2). An error is one that befell a write before this one, and stays.
  int64_t Send(absl::string_view bytes);
  // Takes the receive back, until the next Recv. What it has received by then
  // is there all the same.
  void CancelReceive();
  // Takes no more, and closes when what was taken is sent, or cannot be.
  void Close();
  // Closes at once: what is pending may have been sent, or a part of it.
  void Abort();

 private:
  enum class Reading : uint8_t { kNotAsked, kAsked, kThere };

  // An operation whose end is a function of ours.
  struct Transfer final : cloche::Operation {
    explicit Transfer(std::function<void()> at_end) : end(std::move(at_end)) {}
    void OnHandedBack() override { end(); }
    std::function<void()> end;
  };

  bool InFlight() const;

  // Starts a receive, ahead of whoever will want its bytes.
  void Ask();
  void OnReceived();
  int64_t RecvFromRoom(absl::Span<char> to);
  int64_t RecvFromKernel(absl::Span<char> to);

  void GoOnSending();
  bool HasMoreToSend();
  void TakeWaiting();
  void OnSent();
  void CloseNow();

  cloche::Loop& loop_;
  const ReadySocketOptions options_;
  const std::function<void()> on_ready_;
  int fd_;
  bool closing_ = false;

  Transfer receive_;
  Reading reading_ = Reading::kNotAsked;
  std::string room_;  // The kernel's while kAsked, then ours to hand out.
  size_t read_ = 0;   // So much Recv has handed out since the last receive.

  Transfer send_;
  std::string sending_;              // The kernel's while `send_` is in flight.
  size_t sent_ = 0;                  // So much of it has gone.
  size_t joined_ = 0;                // So many writes are in it.
  bool sending_now_ = false;         // Until we have heard how `send_` ended.
  std::deque<std::string> waiting_;  // Behind it, in their order.
  int64_t write_error_ = 0;
};

#endif  // CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_H_
