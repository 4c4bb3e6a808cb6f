// FakeLink: the way from one host to another, in one direction.
//
//     network.SetLink(a, b, {.latency = absl::Milliseconds(40),
//                            .jitter = absl::Milliseconds(20), .loss = 0.1});
//     network.Partition(a, b);  // ... and Heal; or Cut and Mend, one way only.
//
// How it works: a segment of TCP leaves when the line is free (bandwidth), may
// get lost (loss, a cut), and arrives after latency and jitter, though never
// before what was sent earlier: it is one queue.
//
// A datagram of UDP has the same line, and nobody who looks after it. Lost, it
// is lost; jitter makes it overtake others; and it may come twice
// (duplication).
//
// TCP sends again what was lost, and its receiver sees only that the bytes come
// late, with all that follow. So that is what happens here. The segments of a
// conversation wait, and the first of them is tried again:
//
//     lost ── 200 ms ─► again ── 400 ms ─► again ── ... 120 s ─► again
//                         └─► through: those behind it follow at once
//
// After the 16th time, which is after 924.6 s, whoever wants something
// acknowledged gives up: ETIMEDOUT. Where no program has the sender's socket
// any more (an "orphan") it gives up after the 9th, 102.2 s. A handshake is not
// tried again here, since both ends do it by themselves; and a reset that is
// lost stays lost, unless it answers what the other side sends again.
//
// Facts about retransmission (tcp(7), tcp_retries2; Linux's tcp_timer.c)
//   * The first time-out is 200 ms at least, each next one twice as long, and
//     none is longer than 120 s.
//   * After 15 retransmissions and one more time-out the connection ends,
//     without a word to the peer.
//   * That of a closed socket ends after 8 and one more (tcp_orphan_retries;
//     measured on Linux 6.18: 105 to 110 s), or, if it is closed later, with
//     the next time-out. What it had said is lost, and what its peer says from
//     then on is answered with a reset.
//
// Main disadvantage: an acknowledgement that is lost is sent again as well. On
// a real network it is the other side that tries again, and the next one does.
//
// Next: fakes/fake_network.h.

#ifndef CLOCHE_FAKES_FAKE_LINK_H_
#define CLOCHE_FAKES_FAKE_LINK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_datagram.h"
#include "cloche/fakes/fake_event_queue.h"
#include "cloche/fakes/fake_segment.h"

namespace cloche {

class FakeHost;
class FakeNetwork;

// What the way between two different hosts is like.
struct FakeLinkOptions {
  // Neither this nor jitter is negative.
  absl::Duration latency = absl::Milliseconds(1);
  // On top of that, something from 0 to this, drawn for each segment and
  // datagram. Datagrams that follow each other in less than that may change
  // places; segments do not.
  absl::Duration jitter = {};
  // The probability that a segment or a datagram is lost, below 1. TCP sends
  // again what was lost.
  double loss = 0;
  // The probability that a datagram which is not lost comes twice, the second
  // time with a jitter of its own. TCP would hide it, so segments never do.
  double duplication = 0;
  // Headers included; 0: as many as one likes.
  uint64_t bytes_per_second = 0;
  // The most payload bytes in one segment: an Ethernet frame's 1500 less the
  // headers. At least 1. Inside a host it is 65,483, as on Linux's loopback.
  size_t max_segment_bytes = 1448;
};

// Thread safety: none. Lifetime: the network's.
//
// Invariants:
//   1. A conversation is in conversations_ exactly while segments of it wait;
//      then the first of them has been lost, and a retry is in the network's
//      queue.
class FakeLink {
 public:
  // `defaults` are for a link without options of its own.
  FakeLink(FakeNetwork& network, FakeHost& from, FakeHost& to,
           const FakeLinkOptions& defaults)
      : network_(network), from_(from), to_(to), defaults_(defaults) {}
  FakeLink(const FakeLink&) = delete;
  FakeLink& operator=(const FakeLink&) = delete;

  // For what is sent from now on.
  void SetOptions(const FakeLinkOptions& options) { own_ = options; }
  // CHECKs that a link can be like that.
  static void Check(const FakeLinkOptions& options);
  const FakeLinkOptions& options() const { return own_ ? *own_ : defaults_; }

  // Loses everything, until it is mended.
  void Cut() { is_cut_ = true; }
  void Mend() { is_cut_ = false; }

  // Nobody sends again any more what was lost: the sender has lost its memory.
  void ForgetWhatIsSentAgain();

  void Transmit(FakeSegment segment);
  void Transmit(FakeDatagram datagram);

 private:
  using Key = std::pair<SocketAddress, SocketAddress>;  // From, to.
  struct Conversation {
    std::deque<FakeSegment> waiting;
    int timeouts = 0;  // Of the first, so far.
    FakeEventQueue::Id retry;
  };

  // Whoever begins a new connection between two addresses has given up the old
  // one, and no longer says again what was lost of it.
  void ForgetEarlier(const FakeSegment& segment);
  // The conversation of `segment`, if segments of it wait; else null.
  Conversation* FindWaiting(const FakeSegment& segment);
  bool IsTriedAgain(const FakeSegment& segment) const;
  // Decides it for one packet to that address of to_.
  bool Loses(const SocketAddress& destination);
  void Carry(FakeSegment segment);
  // Puts so many bytes on the line; returns when they are at its other end, if
  // nothing but the latency delays them.
  absl::Time SendOff(uint64_t bytes);
  void TryLater(const Key& key, Conversation& conversation);
  void TryAgain(const Key& key);
  void ForgetOrphan(const Key& key, Conversation& conversation);
  void GiveUp(const Key& key);
  absl::Duration TimeOnTheLine(uint64_t bytes) const;
  absl::Duration DrawJitter();

  FakeNetwork& network_;
  FakeHost& from_;
  FakeHost& to_;
  const FakeLinkOptions& defaults_;
  std::optional<FakeLinkOptions> own_;
  bool is_cut_ = false;
  absl::Time line_free_at_ = absl::InfinitePast();
  absl::Time last_due_ = absl::InfinitePast();
  absl::btree_map<Key, Conversation> conversations_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_LINK_H_
