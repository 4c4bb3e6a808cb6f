#include "cloche/fakes/fake_call_faults.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

struct CallFacts {
  absl::string_view name;
  std::initializer_list<int> errors;
};

// From the ERRORS sections of the Linux manual pages (kqueue: FreeBSD's), less
// what is a mistake of the caller (EBADF, EINVAL, ...) and less what is a state
// of the network, which must come from there (EAGAIN, ECONNRESET, EPIPE,
// ENOTCONN, ...). In the order of CallKind.
constexpr int kNone = 0;
const CallFacts kFacts[kCallKinds] = {
    {"socket", {EACCES, EAFNOSUPPORT, EMFILE, ENFILE, ENOBUFS, ENOMEM}},
    {"socketpair", {EAFNOSUPPORT, EMFILE, ENFILE, ENOBUFS, ENOMEM}},
    {"bind", {EACCES, EADDRINUSE, EADDRNOTAVAIL, ENOMEM}},
    {"listen", {EADDRINUSE}},
    {"accept4",
     {ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO}},
    {"connect",
     {EACCES, EPERM, EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH, ENOBUFS}},
    {"recv", {EINTR, ENOMEM}},
    {"send", {EINTR, ENOBUFS, ENOMEM}},
    {"recvmsg", {EINTR, ENOMEM}},
    {"sendmsg", {EINTR, ENOBUFS, ENOMEM}},
    {"shutdown", {ENOBUFS}},
    {"close", {EINTR, EIO}},
    {"getsockopt", {ENOPROTOOPT}},
    {"setsockopt", {ENOPROTOOPT, ENOMEM}},
    {"getsockname", {ENOBUFS}},
    {"getpeername", {ENOBUFS}},
    {"eventfd", {EMFILE, ENFILE, ENODEV, ENOMEM}},
    {"write(eventfd)", {EINTR}},
    {"read(eventfd)", {EINTR}},
    {"close(eventfd)", {EINTR, EIO}},
    {"epoll_create1", {EMFILE, ENFILE, ENOMEM}},
    {"epoll_ctl", {ENOMEM, ENOSPC}},
    {"epoll_wait", {EINTR}},
    {"close(epoll)", {EINTR, EIO}},
    {"poll", {EINTR, ENOMEM}},
    {"select", {EINTR, ENOMEM}},
    {"kqueue", {EMFILE, ENFILE, ENOMEM}},
    {"kevent", {EINTR}},
    {"close(kqueue)", {EINTR, EIO}},
};

const CallFacts& FactsOf(CallKind kind) {
  return kFacts[static_cast<size_t>(kind)];
}

// Counts `fault` down by one call of its kind. Whether this is the call.
bool IsItsTurn(FakeFault& fault) {
  if (fault.nth_from_now > 0) --fault.nth_from_now;
  return fault.nth_from_now == 0;
}

}  // namespace

absl::string_view CallName(CallKind kind) { return FactsOf(kind).name; }

bool CanFailWith(CallKind kind, int error) {
  const auto& errors = FactsOf(kind).errors;
  return std::find(errors.begin(), errors.end(), error) != errors.end();
}

void FakeCallFaults::Add(const FakeFault& fault) {
  CLOCHE_CHECK(CanFailWith(fault.kind, fault.error),
               absl::StrCat(CallName(fault.kind), " cannot fail with errno ",
                            fault.error,
                            " by the environment's whim; "
                            "ask for another, or let the network cause it"));
  CLOCHE_CHECK(fault.nth_from_now >= 1, "the next call is number 1");
  faults_.push_back(fault);
}

int FakeCallFaults::Enter(CallKind kind) {
  ++counts_[static_cast<size_t>(kind)];
  int error = kNone;
  for (FakeFault& fault : faults_) {
    if (fault.kind != kind || !IsItsTurn(fault)) continue;
    if (error == kNone) error = fault.error;
  }
  const auto done = [](const FakeFault& fault) {
    return fault.nth_from_now == 0 && !fault.persistent;
  };
  faults_.erase(std::remove_if(faults_.begin(), faults_.end(), done),
                faults_.end());
  return error;
}

}  // namespace cloche
