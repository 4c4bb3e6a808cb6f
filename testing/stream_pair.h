// StreamPair: the two ends of one connection, of whatever kind.
//
// Main disadvantage: both ends live in one loop, which real peers rarely do.
//
// Next: testing/memory_stream.h makes pairs; testing/check_stream.h wants them.

#ifndef CLOCHE_TESTING_STREAM_PAIR_H_
#define CLOCHE_TESTING_STREAM_PAIR_H_

#include <memory>

#include "cloche/net/byte_stream.h"

namespace cloche {

// What one end writes, the other reads.
struct StreamPair {
  std::unique_ptr<ByteStream> near;
  std::unique_ptr<ByteStream> far;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_STREAM_PAIR_H_
