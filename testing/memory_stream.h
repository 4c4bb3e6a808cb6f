// MemoryStream: one end of a connection that is nothing but memory.
//
//     StreamPair pair = NewMemoryStreams();
//     nursery.Start(ServeOne, std::ref(*pair.far));
//     co_await Try(pair.near->Write("PING\r\n"));
//
// For tests of a protocol that are not about the network: no host, no port, no
// kernel, not even a fake one. It behaves as a TcpStream does (one read and one
// write at a time, ShutdownWrite, a close with unread bytes is a reset), and
// testing/check_stream.h holds both to it.
//
//     near --- outgoing_ [MemoryPipe] --- incoming_ far
//     near --- incoming_ [MemoryPipe] --- outgoing_ far
//
// Main disadvantage: there is no descriptor, so nothing can wait for a stream
// without reading from it (WaitReadable). HttpServer does; test that on
// testing/test_world.h.
//
// Next: testing/memory_pipe.h.

#ifndef CLOCHE_TESTING_MEMORY_STREAM_H_
#define CLOCHE_TESTING_MEMORY_STREAM_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/testing/memory_pipe.h"
#include "cloche/testing/stream_pair.h"

namespace cloche {

// Two ends, with so many bytes of room in each direction. Both must be used in
// one loop. The ends own what is between them together, so either may be
// destroyed first.
StreamPair NewMemoryStreams(size_t capacity_bytes = 65536);

// Two ends with nothing between them: a write is over when the peer has read
// all of it, so that each side knows exactly how far the other one is.
inline StreamPair NewLockStepStreams() { return NewMemoryStreams(0); }

// Thread safety: the loop's thread.
class MemoryStream final : public ByteStream {
 public:
  MemoryStream(std::string name, std::shared_ptr<MemoryPipe> incoming,
               std::shared_ptr<MemoryPipe> outgoing);
  ~MemoryStream() override { Close(); }

  absl::StatusOr<std::optional<size_t>> ReadNow(absl::Span<char> room) override;
  absl::StatusOr<size_t> WriteNow(absl::string_view bytes) override;
  void Close() override;
  void Abort() override;
  std::string Description() const override;

  bool StartRead(StreamOperation& operation) override;
  bool StartWrite(StreamOperation& operation) override;
  bool StartShutdownWrite(StreamOperation& operation) override;
  // CHECK: something can be read, so that there is nothing to wait for.
  int WaitableDescriptor() const override;
  void Cancel(StreamOperation& operation) override;
  void OnHandedBack(StreamOperation& operation) override;

 private:
  absl::Status ReadObstacle() const;
  absl::Status WriteObstacle() const;
  absl::Status ClosedLocally(absl::string_view what) const;
  void LetGo(const absl::Status& of_peer);

  const std::string name_;
  const std::shared_ptr<MemoryPipe> incoming_;
  const std::shared_ptr<MemoryPipe> outgoing_;
  bool closed_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_MEMORY_STREAM_H_
