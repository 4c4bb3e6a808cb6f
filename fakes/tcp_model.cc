#include "cloche/fakes/tcp_model.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "cloche/base/errors.h"

namespace cloche {

// A letter that says little of its neighbours: a segment in the wrong place
// shows, however long it is.
char TcpModel::ByteOf(TcpEnd end, size_t at) const {
  const uint64_t key = (at * 2 + end) * 64 + static_cast<uint64_t>(number_);
  return static_cast<char>('a' + (key * 0x9e3779b97f4a7c15 >> 40) % 26);
}

std::string TcpModel::NextBytes(TcpEnd end, size_t size) const {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += ByteOf(end, ends_[end].sent + i);
  return bytes;
}

// --- Causes -----------------------------------------------------------------

// An end that neither reads nor sends any more, and that has not got all.
bool TcpModel::MayBreak() const {
  if (may_time_out_ || may_be_refused_) return true;
  for (const TcpEnd end : {kClientEnd, kServerEnd}) {
    if (ends_[end].hung_up || (Deaf(end) && !HasAll(end))) return true;
  }
  return false;
}

bool TcpModel::May(int error) const {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
      return MayBreak();
    case ETIMEDOUT:
      return may_time_out_ || loses_;
    case ECONNREFUSED:
      return may_be_refused_;
    default:
      return false;
  }
}

std::string TcpModel::OnError(TcpEnd end, int error) {
  if (!May(error)) return absl::StrCat(ErrnoName(error), " without a cause");
  if (ends_[end].error_told) return "an error is told twice";
  ends_[end].error_told = true;
  return "";
}

// --- Calls ------------------------------------------------------------------

std::string TcpModel::OnSend(TcpEnd end, size_t size, int64_t result) {
  End& self = ends_[end];
  if (result > 0) {
    if (self.write_ended) return "sends after it was told that it cannot";
    if (static_cast<size_t>(result) > size) return "sends more than there was";
    self.connected = true;
    self.sent += result;
    return "";
  }
  if (result == -EAGAIN) {
    if (self.write_ended) return "is to wait for what has ended";
    const bool full = self.sent > 0 || !self.connected;
    return full ? "" : "is to wait, although there is room";
  }
  self.write_ended = true;
  const bool known = self.sends_no_more || self.error_told;
  if (result == -EPIPE && (known || MayBreak())) return "";
  return OnError(end, static_cast<int>(-result));
}

std::string TcpModel::OnReceive(TcpEnd end, absl::string_view bytes,
                                int64_t result, bool peeks) {
  if (result > 0) return OnBytes(end, bytes, peeks);
  if (result == 0) return OnEnd(end);
  if (result == -EAGAIN) return OnNothingYet(end);
  if (ends_[end].read_ended) return "an error comes behind the end";
  ends_[end].read_ended = true;
  return OnError(end, static_cast<int>(-result));
}

std::string TcpModel::OnBytes(TcpEnd end, absl::string_view bytes, bool peeks) {
  End& self = ends_[end];
  const TcpEnd other = OtherEnd(end);
  if (self.read_ended) return "bytes come behind the end";
  if (self.received + bytes.size() > ends_[other].sent) {
    return "bytes come that were not sent, or come twice";
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == ByteOf(other, self.received + i)) continue;
    return absl::StrCat("byte ", self.received + i, " is another");
  }
  self.connected = true;
  if (!peeks) self.received += bytes.size();
  return "";
}

std::string TcpModel::OnEnd(TcpEnd end) {
  End& self = ends_[end];
  // Of its own doing: more may come yet, and be read.
  if (self.reads_no_more) return "";
  self.read_ended = true;
  const bool finished = ends_[OtherEnd(end)].sends_no_more && HasAll(end);
  // A broken connection may have told its error to a send, as EPIPE.
  const bool broken = self.error_told || (self.write_ended && MayBreak());
  return finished || broken ? "" : "the stream ends too early";
}

std::string TcpModel::OnNothingYet(TcpEnd end) const {
  if (ends_[end].read_ended) return "is to wait for what has ended";
  return ends_[end].reads_no_more ? "is to wait for what it has shut" : "";
}

std::string TcpModel::OnErrorTaken(TcpEnd end, int error) {
  return error == 0 ? "" : OnError(end, error);
}

std::string TcpModel::OnShutdown(TcpEnd end, ShutdownHow how, int result) {
  End& self = ends_[end];
  self.sends_no_more |= how != ShutdownHow::kRead;
  self.reads_no_more |= how != ShutdownHow::kWrite;
  self.write_ended |= how != ShutdownHow::kRead;
  if (result == 0) return "";
  // Both ends have finished, or it broke.
  const bool over = ends_[OtherEnd(end)].sends_no_more && self.sends_no_more;
  if (result == -ENOTCONN && (over || MayBreak())) return "";
  return "cannot be shut down";
}

void TcpModel::OnClose(TcpEnd end, bool hangs_up) {
  End& self = ends_[end];
  self.closed = self.sends_no_more = self.reads_no_more = true;
  self.hung_up |= hangs_up || !self.connected;
}

// --- At the end -------------------------------------------------------------

std::string TcpModel::AtRest(TcpEnd end) const {
  const End& self = ends_[end];
  const End& other = ends_[OtherEnd(end)];
  if (MayBreak()) {
    // A reset tells, unless it was lost.
    const bool told = self.read_ended || self.reads_no_more || loses_;
    if (!other.closed || told || may_time_out_) return "";
    return "the peer is gone, and nothing tells of it";
  }
  if (self.error_told) return "";
  if (!HasAll(end)) {
    return absl::StrCat("has received ", self.received, " bytes of ",
                        other.sent);
  }
  const bool ended = self.read_ended || self.reads_no_more;
  return !other.sends_no_more || ended ? "" : "the end does not come";
}

}  // namespace cloche
