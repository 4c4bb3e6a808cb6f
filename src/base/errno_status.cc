// ErrnoStatus, ErrnoOf and ErrnoName of errors.h: what an errno is called,
// which canonical code it becomes, and what a person can do about it.
//
// The codes answer the question of whoever handles the error:
//   UNAVAILABLE          the network or the peer: trying again may help
//   RESOURCE_EXHAUSTED   this machine ran out of something: give some back
//   FAILED_PRECONDITION  the object is in the wrong state for this call
//   INVALID_ARGUMENT     this call can never work with these arguments
// A kernel's ETIMEDOUT is UNAVAILABLE, not DEADLINE_EXCEEDED: that code is
// what a cancel scope gives for its own deadline, and nothing else may look
// like it. INTERNAL is left for errnos that only a bug can cause.

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"
#include "cloche/base/errnos.h"
#include "cloche/base/error_records.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

using Code = absl::StatusCode;

struct ErrnoRow {
  int error;
  const char* name;
  Code code;
  const char* explanation;  // what happened, and the remedy if there is one
};

// clang-format off: one errno, one row, whatever its length.
constexpr ErrnoRow kErrnoRows[] = {
    // The peer and the way to it.
    {ECONNREFUSED, "ECONNREFUSED", Code::kUnavailable,
     "nothing listens there; is the server running, and is it this port?"},
    {ECONNRESET, "ECONNRESET", Code::kUnavailable,
     "the peer closed the connection abruptly, or closed it with data unread"},
    {ECONNABORTED, "ECONNABORTED", Code::kUnavailable,
     "the connection was aborted before or while it was used; try again"},
    {EPIPE, "EPIPE", Code::kUnavailable,
     "the peer or this side has closed the connection for writing"},
    {EHOSTUNREACH, "EHOSTUNREACH", Code::kUnavailable,
     "no way to the host; it may be down, or a firewall answers for it"},
    {EHOSTDOWN, "EHOSTDOWN", Code::kUnavailable, "the host is down"},
    {ENETUNREACH, "ENETUNREACH", Code::kUnavailable,
     "no route to the network; check the interface and the routing table"},
    {ENETDOWN, "ENETDOWN", Code::kUnavailable, "the network interface is down"},
    {ENETRESET, "ENETRESET", Code::kUnavailable,
     "the connection was broken by keep-alive or a network reset"},
    {ENONET, "ENONET", Code::kUnavailable,
     "the machine is not on the network"},
    {EPROTO, "EPROTO", Code::kUnavailable,
     "the peer, or something on the way, broke the rules of the protocol"},
    {ETIMEDOUT, "ETIMEDOUT", Code::kUnavailable,
     "the peer did not answer the kernel's retransmissions"},
    {EAGAIN, "EAGAIN", Code::kUnavailable,
     "not ready; wait until it is and try again"},
    {EINTR, "EINTR", Code::kUnavailable, "a signal interrupted it; try again"},
    {EBUSY, "EBUSY", Code::kUnavailable, "it is in use; try again later"},
    // What this machine ran out of.
    {EMFILE, "EMFILE", Code::kResourceExhausted,
     "too many open files in this process; raise ulimit -n or close some"},
    {ENFILE, "ENFILE", Code::kResourceExhausted,
     "too many open files on this machine; raise fs.file-max or close some"},
    {ENOBUFS, "ENOBUFS", Code::kResourceExhausted,
     "no buffer space in the kernel; send less at once or try again later"},
    {ENOMEM, "ENOMEM", Code::kResourceExhausted,
     "out of memory in the kernel, or over a limit on locked memory"},
    {ENOSPC, "ENOSPC", Code::kResourceExhausted,
     "no space left, or over a limit such as fs.epoll.max_user_watches"},
    {ERANGE, "ERANGE", Code::kResourceExhausted,
     "select takes descriptors below 1024 only (on Windows: no more than "
     "1024); use another backend"},
    // The state of the object.
    {ENOTCONN, "ENOTCONN", Code::kFailedPrecondition,
     "the socket is not connected; connect it first"},
    {EISCONN, "EISCONN", Code::kFailedPrecondition,
     "the socket is connected already; use a new one"},
    {EALREADY, "EALREADY", Code::kFailedPrecondition,
     "an earlier connect on this socket is still under way"},
    {EINPROGRESS, "EINPROGRESS", Code::kFailedPrecondition,
     "the connect goes on in the background; wait until it is writable"},
    {EDESTADDRREQ, "EDESTADDRREQ", Code::kFailedPrecondition,
     "the socket has no peer; connect it or name the destination"},
    {EADDRINUSE, "EADDRINUSE", Code::kAlreadyExists,
     "another socket has this address; stop it or choose another port"},
    {EEXIST, "EEXIST", Code::kAlreadyExists, "it exists already"},
    // What was asked for.
    {EADDRNOTAVAIL, "EADDRNOTAVAIL", Code::kInvalidArgument,
     "not an address of this machine, or its local ports are used up"},
    {EINVAL, "EINVAL", Code::kInvalidArgument,
     "an argument is invalid, or does not fit the state of the object"},
    {EMSGSIZE, "EMSGSIZE", Code::kInvalidArgument,
     "the message is too long for one datagram; send smaller ones"},
    {ENAMETOOLONG, "ENAMETOOLONG", Code::kInvalidArgument,
     "the path is too long; a UNIX socket's has at most 107 bytes"},
    {ENOTSOCK, "ENOTSOCK", Code::kInvalidArgument, "it is not a socket"},
    {ENOENT, "ENOENT", Code::kNotFound, "nothing has that name"},
    {EACCES, "EACCES", Code::kPermissionDenied,
     "no permission; ports below 1024 need CAP_NET_BIND_SERVICE"},
    {EPERM, "EPERM", Code::kPermissionDenied,
     "not permitted for this object, or denied by a firewall rule"},
    {EAFNOSUPPORT, "EAFNOSUPPORT", Code::kUnimplemented,
     "this machine does not have the address family (IPv6 turned off?)"},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT", Code::kUnimplemented,
     "this machine does not have the protocol"},
    {EOPNOTSUPP, "EOPNOTSUPP", Code::kUnimplemented,
     "the operation is not supported by this kind of object"},
    {ENOPROTOOPT, "ENOPROTOOPT", Code::kUnimplemented,
     "the kernel does not know this socket option"},
    {ENODEV, "ENODEV", Code::kUnimplemented,
     "the kernel lacks what this kind of descriptor is made of"},
    {ENOSYS, "ENOSYS", Code::kUnimplemented,
     "the kernel does not have this system call, or a sandbox forbids it"},
    {ECANCELED, "ECANCELED", Code::kCancelled, "the operation was cancelled"},
    {EIO, "EIO", Code::kDataLoss, "an input/output error below the kernel"},
    // Only a bug can cause these.
    {EBADF, "EBADF", Code::kInternal,
     "not an open descriptor; it was closed too early, or twice"},
    {EFAULT, "EFAULT", Code::kInternal, "a pointer into unmapped memory"},
};
// clang-format on

const ErrnoRow* FindRow(int error) {
  for (const ErrnoRow& row : kErrnoRows) {
    if (row.error == error) return &row;
  }
  return nullptr;
}

}  // namespace

absl::Status ErrnoStatus(int negative_errno, absl::string_view operation) {
  CLOCHE_CHECK(negative_errno < 0,
               "ErrnoStatus is for failures: give the negative errno");
  const ErrnoRow* row = FindRow(-negative_errno);
  const Code code = row == nullptr ? Code::kUnknown : row->code;
  const char* explanation =
      row == nullptr ? "an errno that Cloche does not know; see errno(3)"
                     : row->explanation;
  absl::Status status(
      code, absl::StrCat(operation, ": ", ErrnoName(negative_errno), ": ",
                         explanation));
  AppendRecord(status, {RecordTag::kErrno,
                        EncodeNumber(static_cast<uint64_t>(-negative_errno))});
  return status;
}

int ErrnoOf(const absl::Status& status) {
  const std::vector<Record> records = ReadRecords(status);
  const Record* record = FindRecord(records, RecordTag::kErrno);
  return record == nullptr ? 0 : static_cast<int>(DecodeNumber(record->bytes));
}

std::string ErrnoName(int error) {
  const int positive = std::abs(error);
  const ErrnoRow* row = FindRow(positive);
  return row == nullptr ? absl::StrCat("errno ", positive) : row->name;
}

}  // namespace cloche
