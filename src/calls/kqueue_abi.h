// What <sys/event.h> declares, for systems that do not have it.
//
// The calls of the BSDs (calls/bsd_kqueue_calls.cc) are compiled everywhere, so
// that they do not rot on the machine on which Cloche is written. Where the
// header is there it is used; elsewhere the same names stand here, with
// FreeBSD's values (kqueue(2)), and nothing defines the two functions: who
// links them gets an error, and a test brings its own.
//
// EVFILT_USER and NOTE_TRIGGER are macros, as they are in the real header, so
// that #ifdef sees them. With CLOCHE_KQUEUE_WITHOUT_USER they are missing, as
// they are on old NetBSD and OpenBSD: so that way does not rot either.
//
// Main disadvantage: that the code compiles with these names says nothing of
// the systems themselves. It has never been compiled on one.
//
// Next: calls/bsd_kqueue_calls.h.

#ifndef CLOCHE_CALLS_KQUEUE_ABI_H_
#define CLOCHE_CALLS_KQUEUE_ABI_H_

#if __has_include(<sys/event.h>)

#include <sys/event.h>

#else

#include <cstdint>
#include <ctime>

// NOLINTBEGIN(readability-identifier-naming): the system's names.
inline constexpr int16_t EVFILT_READ = -1;
inline constexpr int16_t EVFILT_WRITE = -2;
inline constexpr uint16_t EV_ADD = 0x0001;
inline constexpr uint16_t EV_DELETE = 0x0002;
inline constexpr uint16_t EV_ENABLE = 0x0004;
inline constexpr uint16_t EV_DISABLE = 0x0008;
inline constexpr uint16_t EV_ONESHOT = 0x0010;
inline constexpr uint16_t EV_CLEAR = 0x0020;
inline constexpr uint16_t EV_RECEIPT = 0x0040;
inline constexpr uint16_t EV_ERROR = 0x4000;
inline constexpr uint16_t EV_EOF = 0x8000;
#ifndef CLOCHE_KQUEUE_WITHOUT_USER
#define EVFILT_USER (-11)
#define NOTE_TRIGGER 0x01000000u
#endif

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  int64_t data;
  void* udata;
};
extern "C" {
int kqueue();
int kevent(int kq, const struct kevent* changes, int change_count,
           struct kevent* events, int event_count, const timespec* timeout);
}
// NOLINTEND(readability-identifier-naming)

#endif

#endif  // CLOCHE_CALLS_KQUEUE_ABI_H_
