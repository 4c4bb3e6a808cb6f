// What tests do with byte streams, as tasks.
//
//     EXPECT_THAT(loop.Run(ReadToEnd(stream)), IsOkAndHolds(Pattern(50000)));
//
// Main disadvantage: each has a frame and copies its bytes, which the library
// itself takes care not to do.
//
// Next: net/byte_stream.h.

#ifndef CLOCHE_TESTING_STREAM_TASKS_H_
#define CLOCHE_TESTING_STREAM_TASKS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {

// Bytes among which none can be lost, doubled or swapped unnoticed.
inline std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

// One Read; "" at the end of the stream.
inline Task<std::string> ReadOnce(ByteStream& stream, size_t most = 100) {
  std::string room(most, '\0');
  room.resize(co_await Try(stream.Read(absl::MakeSpan(room.data(), most))));
  co_return room;
}

// Reads until it has `size` bytes or the stream ends, `most` at a time.
inline Task<std::string> ReadAll(ByteStream& stream, size_t size,
                                 size_t most = 10000) {
  std::string all;
  while (all.size() < size) {
    const std::string part =
        co_await Try(ReadOnce(stream, std::min(most, size - all.size())));
    if (part.empty()) break;
    all += part;
  }
  co_return all;
}

inline Task<std::string> ReadToEnd(ByteStream& stream) {
  std::string all;
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream, 10000));
    if (part.empty()) co_return all;
    all += part;
  }
}

inline Task<> WriteAll(ByteStream& stream, std::string bytes) {
  co_return co_await stream.Write(bytes);
}

inline Task<> ShutDownWriting(ByteStream& stream) {
  co_return co_await stream.ShutdownWrite();
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_STREAM_TASKS_H_
