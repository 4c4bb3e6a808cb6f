#include "cloche/calls/windows_errors.h"

#include "cloche/base/errnos.h"

namespace cloche {
namespace {

struct ErrorRow {
  uint32_t windows;
  int error;
};

constexpr ErrorRow kErrorRows[] = {
    {0, 0},
    // The system's.
    {5, EACCES},           // ERROR_ACCESS_DENIED
    {6, EBADF},            // ERROR_INVALID_HANDLE
    {8, ENOMEM},           // ERROR_NOT_ENOUGH_MEMORY
    {50, EOPNOTSUPP},      // ERROR_NOT_SUPPORTED
    {64, ECONNRESET},      // ERROR_NETNAME_DELETED
    {87, EINVAL},          // ERROR_INVALID_PARAMETER
    {121, ETIMEDOUT},      // ERROR_SEM_TIMEOUT: so says a connect in vain.
    {234, EMSGSIZE},       // ERROR_MORE_DATA
    {676, ECONNABORTED},   // Wine 8.0, when a socket is closed under a call.
    {735, EBADF},          // ERROR_ABANDONED_WAIT_0: the port was closed.
    {995, ECANCELED},      // ERROR_OPERATION_ABORTED
    {997, EINPROGRESS},    // ERROR_IO_PENDING
    {1168, ENOENT},        // ERROR_NOT_FOUND
    {1225, ECONNREFUSED},  // ERROR_CONNECTION_REFUSED
    {1231, ENETUNREACH},   // ERROR_NETWORK_UNREACHABLE
    {1232, EHOSTUNREACH},  // ERROR_HOST_UNREACHABLE
    {1234, ECONNREFUSED},  // ERROR_PORT_UNREACHABLE
    {1236, ECONNABORTED},  // ERROR_CONNECTION_ABORTED
    {1450, ENOBUFS},       // ERROR_NO_SYSTEM_RESOURCES
    {1455, ENOMEM},        // ERROR_COMMITMENT_LIMIT
    {1816, ENOBUFS},       // ERROR_NOT_ENOUGH_QUOTA
    // Winsock's.
    {10004, EINTR},
    {10009, EBADF},
    {10013, EACCES},
    {10014, EFAULT},
    {10022, EINVAL},
    {10024, EMFILE},
    {10035, EAGAIN},
    {10036, EBUSY},  // WSAEINPROGRESS: of Winsock 1.1, and nothing goes on.
    {10037, EALREADY},
    {10038, ENOTSOCK},
    {10039, EDESTADDRREQ},
    {10040, EMSGSIZE},
    {10041, EPROTOTYPE},
    {10042, ENOPROTOOPT},
    {10043, EPROTONOSUPPORT},
    {10045, EOPNOTSUPP},
    {10047, EAFNOSUPPORT},
    {10048, EADDRINUSE},
    {10049, EADDRNOTAVAIL},
    {10050, ENETDOWN},
    {10051, ENETUNREACH},
    {10052, ENETRESET},
    {10053, ECONNABORTED},
    {10054, ECONNRESET},
    {10055, ENOBUFS},
    {10056, EISCONN},
    {10057, ENOTCONN},
    {10058, EPIPE},  // WSAESHUTDOWN: what Linux says after the own shutdown.
    {10060, ETIMEDOUT},
    {10061, ECONNREFUSED},
    {10064, EHOSTDOWN},
    {10065, EHOSTUNREACH},
    {10101, EPIPE},  // WSAEDISCON
};

}  // namespace

int ErrnoOfWindowsError(uint32_t error) {
  for (const ErrorRow& row : kErrorRows) {
    if (row.windows == error) return row.error;
  }
  return EIO;
}

}  // namespace cloche
