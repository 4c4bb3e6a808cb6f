#include "cloche/testing/memory_pipe.h"

#include <algorithm>

#include "cloche/backend/operation.h"

namespace cloche {

// --- The reading end --------------------------------------------------------

absl::StatusOr<std::optional<size_t>> MemoryPipe::Read(absl::Span<char> room) {
  if (!broken_.ok()) return broken_;
  Pull(room.size());
  const size_t size = bytes_.copy(room.data(), room.size());
  bytes_.erase(0, size);
  Pull(0);  // There may be room now for more than this reader wanted.
  if (size == 0 && !ended_ && !room.empty()) return std::nullopt;
  return size;
}

void MemoryPipe::AwaitBytes(StreamOperation& read) { reads_.PushBack(read); }

// Something has come: bytes, the end, a failure.
void MemoryPipe::ServeReader() {
  StreamOperation* const read = reads_.Front();
  if (read == nullptr) return;
  const absl::StatusOr<std::optional<size_t>> got =
      Read(absl::MakeSpan(read->start(), read->wanted()));
  if (got.ok() && !*got) return;
  if (got.ok()) read->transferred = **got;
  read->Finish(got.status());
}

// --- The writing end --------------------------------------------------------

absl::StatusOr<size_t> MemoryPipe::Write(absl::string_view bytes) {
  if (!broken_.ok()) return broken_;
  const size_t size = Put(bytes, WaitingRoom());
  ServeReader();
  // The reader has made room, unless its own was all there was.
  return size + Put(bytes.substr(size), 0);
}

size_t MemoryPipe::WaitingRoom() const {
  return reads_.empty() ? 0 : reads_.Front()->wanted();
}

size_t MemoryPipe::Put(absl::string_view bytes, size_t reader_room) {
  const size_t most = capacity_ + reader_room;
  const size_t room = most - std::min(most, bytes_.size());
  const size_t size = std::min(room, bytes.size());
  bytes_.append(bytes.substr(0, size));
  return size;
}

// Takes from the write that waits, and ends it when it has given everything.
void MemoryPipe::Pull(size_t reader_room) {
  StreamOperation* const write = writes_.Front();
  if (write == nullptr) return;
  const absl::string_view bytes(write->start(), write->wanted());
  write->transferred += Put(bytes.substr(write->transferred), reader_room);
  if (write->transferred < write->wanted()) return;
  write->Finish(absl::OkStatus());
  if (!writes_.empty()) End();
}

void MemoryPipe::End() {
  ended_ = true;
  EndWrites(absl::OkStatus());  // The shutdowns.
  ServeReader();
}

// --- Either -----------------------------------------------------------------

void MemoryPipe::Break(const absl::Status& why) {
  if (!broken_.ok()) return;
  broken_ = why;
  bytes_.clear();
  EndReads(why);
  EndWrites(why);
}

void MemoryPipe::EndReads(const absl::Status& why) {
  while (StreamOperation* read = reads_.Front()) read->Finish(why);
}

void MemoryPipe::EndWrites(const absl::Status& why) {
  while (StreamOperation* write = writes_.Front()) {
    write->Finish(why.ok() ? why : write->CutShort(why));
  }
}

}  // namespace cloche
