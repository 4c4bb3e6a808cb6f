#include "cloche/calls/windows_winsock.h"

#include <cerrno>

#include "cloche/base/check.h"
#include "cloche/calls/windows_errors.h"

namespace cloche {

WinsockUser::WinsockUser() {
  WSADATA about;
  CLOCHE_CHECK(WSAStartup(MAKEWORD(2, 2), &about) == 0,
               "this system has no Winsock 2.2");
}

WinsockUser::~WinsockUser() { WSACleanup(); }

int LastWindowsError() {
  const int error =
      ErrnoOfWindowsError(static_cast<uint32_t>(WSAGetLastError()));
  return error == 0 ? -EIO : -error;
}

}  // namespace cloche
