// CheckStream: whether a class keeps what net/byte_stream.h promises.
//
//     TEST(MyStream, IsAByteStream) {
//       TestLoop loop;
//       CheckStream(loop.loop(), []() -> Task<StreamPair> {
//         co_return MakeMyStreams();
//       });
//     }
//
// Code that takes a ByteStream works on yours if this passes. Each promise is a
// check of its own, on a new pair, once from each end. A check that fails says
// which promise it was about; the others run all the same.
//
// Not checked: a WaitReadable that has to wait, and with it its limits, since a
// stream without a descriptor (testing/memory_stream.h) has none; Description.
//
// Main disadvantage: it knows nothing of what is special in your class. Faults
// below it, and other orders of events, are for testing/sweep.h and
// testing/explore.h.
//
// Next: testing/stream_checks_flow.cc and testing/stream_checks_end.cc, to read
// what is promised.

#ifndef CLOCHE_TESTING_CHECK_STREAM_H_
#define CLOCHE_TESTING_CHECK_STREAM_H_

#include <cstddef>
#include <functional>

#include "absl/time/time.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/stream_pair.h"

namespace cloche {

// Makes two streams that are connected to each other; runs as a task.
using StreamMaker = std::function<Task<StreamPair>()>;

struct CheckStreamOptions {
  // More than all buffers between the two ends can hold: a writer that nobody
  // reads from must come to a stop before that.
  size_t too_many_bytes = 16 << 20;
  // How long a check may take, in the loop's time; a hang fails it.
  absl::Duration patience = absl::Seconds(30);
};

// Runs every check in `loop`, which runs nothing else meanwhile. Fails the test
// for each that does not hold.
void CheckStream(Loop& loop, const StreamMaker& make,
                 const CheckStreamOptions& options = {});

}  // namespace cloche

#endif  // CLOCHE_TESTING_CHECK_STREAM_H_
