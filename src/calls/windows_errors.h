// Errors of Windows as errnos: which number here stands for which one there.
//
// Windows has three families of them for one event. A connection that was reset
// is WSAECONNRESET (10054) to who asks Winsock, ERROR_NETNAME_DELETED (64) to
// who asks the system, and STATUS_CONNECTION_RESET (0xC000020D) in the
// kernel's own notes. The calls of Winsock and of completion ports say one of
// the first two, and this table makes one number of them.
//
// EINPROGRESS is ERROR_IO_PENDING (997) alone: a call that goes on.
// WSAEINPROGRESS (10036) has the name and not the meaning. It is a call that
// was refused, because another one of its thread blocks, and becomes EBUSY. Of
// a connect that goes on Winsock says WSAEWOULDBLOCK (connect).
//
// Sources: "Windows Sockets Error Codes" and "System Error Codes" of
// Microsoft's documentation; for 64, 676 and 1225 also what was seen under Wine
// 8.0.
//
// Main disadvantage: what is not in the table is EIO, and its number is lost.
//
// Next: calls/completion_port_calls.h.

#ifndef CLOCHE_CALLS_WINDOWS_ERRORS_H_
#define CLOCHE_CALLS_WINDOWS_ERRORS_H_

#include <cstdint>

namespace cloche {

// The positive errno for what WSAGetLastError or GetLastError said; 0 for 0.
int ErrnoOfWindowsError(uint32_t error);

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_ERRORS_H_
