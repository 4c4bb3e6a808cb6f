// ReadWithin, WriteWithin: what a connection does with its stream, with an end.
//
//     const size_t size = co_await Try(ReadWithin(stream, room, left));
//
// Main disadvantage: each is a coroutine around another one with a scope, some
// 600 bytes. A part of the wait itself would be cheaper.
//
// Next: tasks/timeout.h.

#ifndef CLOCHE_HTTP_TIMED_IO_H_
#define CLOCHE_HTTP_TIMED_IO_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"

namespace cloche {

// Reads what is there, or comes within `timeout`: DEADLINE_EXCEEDED if nothing
// does.
inline Task<size_t> ReadWithin(ByteStream& stream, absl::Span<char> room,
                               absl::Duration timeout) {
  co_return co_await WithTimeout(timeout, stream.Read(room));
}

// Writes all of it. A peer that has not read enough of it after `timeout` is
// cut off with a reset, since after a plain close the system would go on trying
// for minutes: DEADLINE_EXCEEDED.
inline Task<> WriteWithin(ByteStream& stream, absl::string_view bytes,
                          absl::Duration timeout) {
  absl::Status written = co_await WithTimeout(timeout, stream.Write(bytes));
  if (absl::IsDeadlineExceeded(written)) stream.Abort();
  co_return written;
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_TIMED_IO_H_
