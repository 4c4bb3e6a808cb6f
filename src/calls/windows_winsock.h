// Winsock, as all real calls of Windows use it: that it is there, how its
// handles are descriptors, and how its errors are errnos.
//
// Facts about Winsock (Microsoft's documentation: WSAStartup, WSAGetLastError;
// "Interprocess communication between 32-bit and 64-bit applications")
//   * No call works before WSAStartup, and there must be one WSACleanup for
//     each. The last of those ends every socket that is left.
//   * A SOCKET is a HANDLE: a multiple of 4 that has 64 bits, of which Windows
//     uses the lower 32.
//   * One thread's last error is WSAGetLastError's, which is GetLastError.
//   * There is no EINTR, for there are no signals.
//
// What this means for us
//   * Whoever makes calls has a WinsockUser among its members. A process may
//     have many of them, and no order of their ends matters.
//   * Descriptors are int here as everywhere. That a handle fits is looked at
//     when it is made, and never again.
//   * A descriptor that is closed is -ENOTSOCK, which elsewhere is -EBADF: a
//     handle that is nothing, and one that is no socket, are one error.
//
// Main disadvantage: a handle of 2^31 or more is refused, though it might do.
// They are given out from below, like descriptors.
//
// Next: calls/windows_errors.h; calls/windows_socket_calls.cc.

#ifndef CLOCHE_CALLS_WINDOWS_WINSOCK_H_
#define CLOCHE_CALLS_WINDOWS_WINSOCK_H_

#include <winsock2.h>

#include <cstddef>
#include <cstdint>

// A macro of <windows.h>, and a struct of calls/socket_calls.h.
#undef SendMessage

namespace cloche {

// From its beginning to its end there is Winsock. CHECKs that there is: a
// Windows without version 2.2 of it is older than Windows 98.
class WinsockUser {
 public:
  WinsockUser();
  WinsockUser(const WinsockUser&) = delete;
  WinsockUser& operator=(const WinsockUser&) = delete;
  ~WinsockUser();
};

// The last error of this thread, as a negative errno: never 0.
int LastWindowsError();

// What a call of Winsock came to that returns 0 or SOCKET_ERROR.
inline int OrWindowsError(int result) {
  return result == 0 ? 0 : LastWindowsError();
}

// No handle has a negative descriptor, INVALID_SOCKET excepted.
inline SOCKET ToSocket(int fd) {
  return static_cast<SOCKET>(static_cast<int64_t>(fd));
}
inline HANDLE ToHandle(int fd) {
  return reinterpret_cast<HANDLE>(ToSocket(fd));
}

// The length of a buffer as WSABUF has it. Of a longer one a part is as good: a
// call takes as much as it likes.
inline ULONG ToWindowsLength(size_t size) {
  constexpr size_t kMost = INT32_MAX;
  return static_cast<ULONG>(size < kMost ? size : kMost);
}

// Whether `handle` fits into an int.
inline bool FitsDescriptor(uint64_t handle) { return handle <= INT32_MAX; }

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_WINSOCK_H_
