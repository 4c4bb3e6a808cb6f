// StreamOperation: one read, write or shutdown of a ByteStream, in progress.
//
// It lives in the awaiting frame, like every leaf, so a read costs no frame and
// no allocation. It contains an Operation for the streams that are made of a
// descriptor; others (memory, TLS) use the rest of it only.
//
//   stream.Read(buffer) --awaited--> StartRead(operation) --true--> over
//                                          | false
//                                          v
//                          in the stream's hands ---- Finish() ----> over
//
// Main disadvantage: every read in a frame carries the 100 bytes of a kernel
// operation, also where the stream has no kernel below it.
//
// Next: net/byte_stream.h; net/tcp_stream.cc for the states in between.

#ifndef CLOCHE_NET_STREAM_OPERATION_H_
#define CLOCHE_NET_STREAM_OPERATION_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/backend/operation.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class ByteStream;
struct StreamTag;

// Thread safety: the loop's thread.
//
// Invariants:
//   1. It is in one of its stream's lists from the moment that it is started
//      until it is over.
//   2. stream is null if the stream was destroyed meanwhile.
//   3. transferred never exceeds wanted().
class StreamOperation : public Operation, public ListNode<StreamTag> {
 public:
  // A read into `room`.
  explicit StreamOperation(absl::Span<char> room)
      : start_(room.data()), wanted_(room.size()) {}
  // A write of `bytes`. It is never written through the pointer; Operation has
  // one kind of pointer for both directions.
  explicit StreamOperation(absl::string_view bytes)
      : start_(const_cast<char*>(bytes.data())), wanted_(bytes.size()) {}

  // Points the kernel operation at what is still to be transferred.
  void AimAtRest() {
    buffer = start_ + transferred;
    size = wanted_ - transferred;
  }

  // The read's room or the write's data.
  char* start() const { return start_; }
  size_t wanted() const { return wanted_; }  // Bytes.

  // It is over, with this status: wakes the task. Only for an operation whose
  // start returned false.
  void Finish(absl::Status end) {
    status = std::move(end);
    ListNode<StreamTag>::Unlink();
    task->Wake();
  }

  // What a write that ends early fails with: `cause`, and how much is on its
  // way if anything is.
  absl::Status CutShort(const absl::Status& cause) const;

  // The stream for a person, also when it is gone.
  std::string StreamName() const;

  size_t transferred = 0;         // Bytes.
  absl::Status status;            // How it ended.
  bool cancel_requested = false;  // A composite starts no further part.
  RunningTask* task = nullptr;
  ByteStream* stream = nullptr;

 private:
  void OnHandedBack() override;

  char* start_;
  size_t wanted_;
};

// A stream's operations of one direction, first come first. Destroying it is
// the stream's way to let go of them.
class StreamOperationList : public IntrusiveList<StreamOperation, StreamTag> {
 public:
  StreamOperationList() = default;
  ~StreamOperationList() {
    while (StreamOperation* operation = PopFront()) operation->stream = nullptr;
  }
};

}  // namespace cloche

#endif  // CLOCHE_NET_STREAM_OPERATION_H_
