// Errnos: those of <cerrno>, and the few that not every system has.
//
// Cloche's errnos are names. Which number a name stands for is the system's
// business: ECONNRESET is 104 on Linux, 108 in Windows' C runtime, and nothing
// here depends on either. Texts, traces and replays say the name.
//
// Facts about the C runtime of Windows (mingw-w64 10, errno.h):
//
//   * Of the errnos of POSIX that Cloche names it has all but EDQUOT, sockets
//     included, with numbers of its own.
//   * EAGAIN and EWOULDBLOCK are two numbers there; Cloche says EAGAIN.
//   * It lacks the five below. POSIX lacks them too, but for EDQUOT (<errno.h>:
//     reserved there, so a system may have no use for it). 10064 and 10069 are
//     what Winsock calls the same things (WSAEHOSTDOWN, WSAEDQUOT); the others
//     nobody there knows: their numbers are Linux's, put where no others are.
//
// Main disadvantage: a number that was written down on one system means
// something else, or nothing, on another.
//
// Next: base/errno_status.cc, what each means; docs/decisions/0017.

#ifndef CLOCHE_BASE_ERRNOS_H_
#define CLOCHE_BASE_ERRNOS_H_

#include <cerrno>

#ifndef EHOSTDOWN
#define EHOSTDOWN 10064
#endif

#ifndef EDQUOT
#define EDQUOT 10069
#endif

#ifndef ENONET
#define ENONET 20064
#endif

#ifndef EBADR
#define EBADR 20053
#endif

#ifndef EBADFD
#define EBADFD 20077
#endif

#endif  // CLOCHE_BASE_ERRNOS_H_
