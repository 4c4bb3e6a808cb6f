#include "cloche/net/byte_stream.h"

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/stream_operation.h"

namespace cloche {

void StreamOperation::OnHandedBack() {
  if (stream != nullptr) return stream->OnHandedBack(*this);
  // Cancelled before the stream was destroyed, and nothing had happened yet.
  const bool cancelled = result == -ECANCELED && !closed_locally;
  if (cancelled && transferred == 0) return Finish(task->CancellationStatus());
  Finish(absl::AbortedError(
      "closed locally: the stream was destroyed while in use"));
}

absl::Status StreamOperation::CutShort(const absl::Status& cause) const {
  if (transferred == 0) return cause;
  const std::string message = absl::StrCat(
      "write to ", StreamName(), ": ended after ", transferred, " of ", wanted_,
      " bytes; the stream is fit only to be closed");
  // The scope's name goes along, or nobody would know whose cancel it was.
  const uint64_t scope = CancelledScopeOf(cause);
  return WithCause(scope != 0 ? CancelledBy(scope, message)
                              : absl::Status(cause.code(), message),
                   cause);
}

std::string StreamOperation::StreamName() const {
  return stream != nullptr ? stream->Description() : "a stream that is gone";
}

ReadLeaf ByteStream::Read(absl::Span<char> room) { return {*this, room}; }
WriteLeaf ByteStream::Write(absl::string_view bytes) { return {*this, bytes}; }
ShutdownLeaf ByteStream::ShutdownWrite() { return ShutdownLeaf(*this); }

absl::StatusOr<size_t> ReadLeaf::TakeResult() {
  if (!status.ok()) return status;
  return transferred;
}

std::string ReadLeaf::Describe() const {
  return absl::StrCat("reads from ", StreamName(),
                      ", until data or end of stream arrives");
}

std::string WriteLeaf::Describe() const {
  return absl::StrCat("writes to ", StreamName(), ", until the peer ",
                      "has read enough of the ", wanted() - transferred,
                      " bytes left");
}

std::string ShutdownLeaf::Describe() const {
  return absl::StrCat("shuts down ", StreamName(),
                      ", when the write in flight has finished");
}

}  // namespace cloche
