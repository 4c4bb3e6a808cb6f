#include "cloche/testing/memory_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"

namespace cloche {

StreamPair NewMemoryStreams(size_t capacity_bytes) {
  const auto there = std::make_shared<MemoryPipe>(capacity_bytes);
  const auto back = std::make_shared<MemoryPipe>(capacity_bytes);
  return {std::make_unique<MemoryStream>("memory (near end)", back, there),
          std::make_unique<MemoryStream>("memory (far end)", there, back)};
}

MemoryStream::MemoryStream(std::string name,
                           std::shared_ptr<MemoryPipe> incoming,
                           std::shared_ptr<MemoryPipe> outgoing)
    : name_(std::move(name)),
      incoming_(std::move(incoming)),
      outgoing_(std::move(outgoing)) {}

// --- Reading ----------------------------------------------------------------

absl::Status MemoryStream::ReadObstacle() const {
  if (closed_) return ClosedLocally("read from ");
  if (!incoming_->HasReader()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "read from ", Description(), ": another task is reading already"));
}

absl::StatusOr<std::optional<size_t>> MemoryStream::ReadNow(
    absl::Span<char> room) {
  const absl::Status obstacle = ReadObstacle();
  if (!obstacle.ok()) return obstacle;
  return incoming_->Read(room);
}

bool MemoryStream::StartRead(StreamOperation& operation) {
  const absl::StatusOr<std::optional<size_t>> read =
      ReadNow(absl::MakeSpan(operation.start(), operation.wanted()));
  operation.status = read.status();
  if (!read.ok()) return true;
  operation.transferred = read->value_or(0);
  if (*read) return true;
  incoming_->AwaitBytes(operation);
  return false;
}

int MemoryStream::WaitableDescriptor() const {
  const bool something =
      closed_ || incoming_->HasUnread() || incoming_->ended();
  CLOCHE_CHECK(something,
               "WaitReadable of a memory stream, which has no descriptor to "
               "wait for; Read from it, or use a TcpStream on a fake host");
  return -1;
}

// --- Writing ----------------------------------------------------------------

absl::Status MemoryStream::WriteObstacle() const {
  if (closed_) return ClosedLocally("write to ");
  if (!outgoing_->HasWriter() && !outgoing_->ended()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("write to ", Description(), ": ",
                   outgoing_->ended() ? "ShutdownWrite was called before"
                                      : "another task is writing already"));
}

absl::StatusOr<size_t> MemoryStream::WriteNow(absl::string_view bytes) {
  const absl::Status obstacle = WriteObstacle();
  if (!obstacle.ok()) return obstacle;
  return outgoing_->Write(bytes);
}

bool MemoryStream::StartWrite(StreamOperation& operation) {
  const absl::StatusOr<size_t> written =
      WriteNow(absl::string_view(operation.start(), operation.wanted()));
  operation.status = written.status();
  if (!written.ok()) return true;
  operation.transferred = *written;
  if (*written == operation.wanted()) return true;
  outgoing_->AwaitRoom(operation);
  return false;
}

bool MemoryStream::StartShutdownWrite(StreamOperation& operation) {
  if (closed_) {
    operation.status = ClosedLocally("shutdown of ");
  } else if (outgoing_->HasWriter()) {
    outgoing_->AwaitRoom(operation);
    return false;
  } else {
    outgoing_->End();
  }
  return true;
}

// --- Ending -----------------------------------------------------------------

absl::Status MemoryStream::ClosedLocally(absl::string_view what) const {
  return absl::AbortedError(
      absl::StrCat(what, Description(), ": closed locally"));
}

void MemoryStream::Cancel(StreamOperation& operation) {
  operation.Finish(operation.CutShort(operation.task->CancellationStatus()));
}

void MemoryStream::OnHandedBack(StreamOperation&) {
  CLOCHE_CHECK(false, "no backend has anything of a memory stream in hand");
}

void MemoryStream::Close() {
  if (closed_) return;
  // As in TCP: what the peer has sent for nothing, it is told of by a reset.
  const bool resets = incoming_->HasUnread();
  LetGo(absl::OkStatus());
  if (resets) {
    outgoing_->Break(absl::UnavailableError(
        "the peer closed its memory stream with bytes unread: a reset"));
  } else {
    outgoing_->End();
  }
}

void MemoryStream::Abort() {
  if (closed_) return;
  const absl::Status reset =
      absl::UnavailableError("the peer has reset the memory stream");
  LetGo(reset);
  outgoing_->Break(reset);
}

// Our own operations end, and nobody will read any more.
void MemoryStream::LetGo(const absl::Status& of_peer) {
  closed_ = true;
  incoming_->EndReads(ClosedLocally("read from "));
  outgoing_->EndWrites(ClosedLocally("write to "));
  incoming_->Break(of_peer.ok() ? absl::UnavailableError(
                                      "the peer has closed its memory stream")
                                : of_peer);
}

std::string MemoryStream::Description() const {
  return closed_ ? absl::StrCat(name_, " (closed)") : name_;
}

}  // namespace cloche
