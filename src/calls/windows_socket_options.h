// The options of Winsock's sockets: which stands for which, and what there is
// none for. What is missing, and why, says calls/windows_socket_calls.h.
//
// Main disadvantage: none beyond SocketCalls' own.
//
// Next: calls/windows_socket_calls.cc, the one user.

#ifndef CLOCHE_CALLS_WINDOWS_SOCKET_OPTIONS_H_
#define CLOCHE_CALLS_WINDOWS_SOCKET_OPTIONS_H_

#include "cloche/calls/socket_calls.h"

namespace cloche {

// As SocketCalls::GetSockOpt and SetSockOpt.
int GetWindowsOption(int fd, SocketOption option, int* value);
int SetWindowsOption(int fd, SocketOption option, int value);

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_SOCKET_OPTIONS_H_
