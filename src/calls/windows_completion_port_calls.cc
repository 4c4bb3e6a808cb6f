#include "cloche/calls/windows_completion_port_calls.h"

#include <winternl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "cloche/calls/windows_errors.h"
#include "cloche/calls/windows_socket_address.h"

namespace cloche {
namespace {

static_assert(sizeof(Overlapped) == sizeof(OVERLAPPED));
static_assert(alignof(Overlapped) == alignof(OVERLAPPED));

// Taken from the kernel at once; who asks for more gets the rest later.
constexpr size_t kMostEntries = 256;
// Each of AcceptEx's two addresses.
constexpr DWORD kAddressBytes = kAcceptAddressBytes / 2;
static_assert(kAddressBytes >= sizeof(SOCKADDR_STORAGE) + 16);

OVERLAPPED* ToWindows(Overlapped& overlapped) {
  return reinterpret_cast<OVERLAPPED*>(&overlapped);
}

// What an overlapped call says that has stored `bytes` if it is over already.
int64_t ResultOf(bool success, DWORD bytes) {
  if (success) return bytes;
  const int error = LastWindowsError();
  return error == -EAGAIN ? -ENOBUFS : error;
}

// How the call of a packet has ended.
int64_t ResultOf(const OVERLAPPED_ENTRY& entry) {
  const auto status = static_cast<NTSTATUS>(entry.lpOverlapped->Internal);
  if (NT_SUCCESS(status)) return entry.dwNumberOfBytesTransferred;
  return -ErrnoOfWindowsError(RtlNtStatusToDosError(status));
}

CompletionPacket ToPacket(const OVERLAPPED_ENTRY& entry) {
  CompletionPacket packet;
  packet.key = entry.lpCompletionKey;
  if (entry.lpOverlapped == nullptr) return packet;
  packet.overlapped = reinterpret_cast<Overlapped*>(entry.lpOverlapped);
  packet.result = ResultOf(entry);
  return packet;
}

DWORD ToMilliseconds(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return INFINITE;
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)));
  return static_cast<DWORD>(
      std::clamp<int64_t>(milliseconds, 0, int64_t{INFINITE} - 1));
}

template <typename Function>
void Load(SOCKET socket, GUID name, Function& function) {
  DWORD stored = 0;
  const int error = WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &name,
                             sizeof(name), &function, sizeof(function), &stored,
                             /*overlapped=*/nullptr, nullptr);
  if (error != 0) function = nullptr;
}

bool IsDatagram(int socket) {
  int type = 0;
  int length = sizeof(type);
  getsockopt(ToSocket(socket), SOL_SOCKET, SO_TYPE,
             reinterpret_cast<char*>(&type), &length);
  return type == SOCK_DGRAM;
}

// Whether the socket's handle is the kernel's own.
bool IsKernelHandle(int socket) {
  WSAPROTOCOL_INFOW about = {};
  int length = sizeof(about);
  const int error = getsockopt(ToSocket(socket), SOL_SOCKET, SO_PROTOCOL_INFOW,
                               reinterpret_cast<char*>(&about), &length);
  return error == 0 && (about.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
}

}  // namespace

WindowsCompletionPortCalls::Extensions
WindowsCompletionPortCalls::LoadExtensions() {
  Extensions loaded;
  const SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr,
                                   /*group=*/0, WSA_FLAG_OVERLAPPED);
  if (socket == INVALID_SOCKET) return loaded;
  Load(socket, WSAID_ACCEPTEX, loaded.accept_ex);
  Load(socket, WSAID_CONNECTEX, loaded.connect_ex);
  Load(socket, WSAID_GETACCEPTEXSOCKADDRS, loaded.get_accept_ex_sockaddrs);
  closesocket(socket);
  return loaded;
}

int WindowsCompletionPortCalls::CreateIoCompletionPort() {
  const HANDLE port = ::CreateIoCompletionPort(
      INVALID_HANDLE_VALUE, /*ExistingCompletionPort=*/nullptr,
      /*CompletionKey=*/0, /*NumberOfConcurrentThreads=*/1);
  if (port == nullptr) return LastWindowsError();
  const auto handle = reinterpret_cast<uint64_t>(port);
  if (FitsDescriptor(handle)) return static_cast<int>(handle);
  ::CloseHandle(port);
  return -EMFILE;
}

int WindowsCompletionPortCalls::CloseHandle(int port) {
  return ::CloseHandle(ToHandle(port)) ? 0 : LastWindowsError();
}

int WindowsCompletionPortCalls::AssociateWithPort(int port, int socket,
                                                  uint64_t key) {
  const HANDLE same = ::CreateIoCompletionPort(ToHandle(socket), ToHandle(port),
                                               key, /*unused=*/0);
  return same != nullptr ? 0 : LastWindowsError();
}

int WindowsCompletionPortCalls::SkipCompletionPortOnSuccess(int socket) {
  if (!IsKernelHandle(socket) || IsDatagram(socket)) return -EOPNOTSUPP;
  const bool set = SetFileCompletionNotificationModes(
      ToHandle(socket), FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
  return set ? 0 : LastWindowsError();
}

int64_t WindowsCompletionPortCalls::WsaRecv(int socket, absl::Span<char> buffer,
                                            Overlapped& overlapped) {
  if (buffer.empty() && IsDatagram(socket)) return -EOPNOTSUPP;
  WSABUF piece = {ToWindowsLength(buffer.size()), buffer.data()};
  DWORD bytes = 0;
  DWORD flags = 0;
  const int error = WSARecv(ToSocket(socket), &piece, 1, &bytes, &flags,
                            ToWindows(overlapped), nullptr);
  return ResultOf(error == 0, bytes);
}

int64_t WindowsCompletionPortCalls::WsaSend(int socket, absl::string_view data,
                                            Overlapped& overlapped) {
  // WSASend only reads; WSABUF has no const form.
  WSABUF piece = {ToWindowsLength(data.size()), const_cast<char*>(data.data())};
  DWORD bytes = 0;
  const int error = WSASend(ToSocket(socket), &piece, 1, &bytes, /*flags=*/0,
                            ToWindows(overlapped), nullptr);
  return ResultOf(error == 0, bytes);
}

int64_t WindowsCompletionPortCalls::AcceptEx(int listener, int accepted,
                                             absl::Span<char> addresses,
                                             Overlapped& overlapped) {
  if (extensions_.accept_ex == nullptr) return -EOPNOTSUPP;
  DWORD bytes = 0;
  const bool done = extensions_.accept_ex(
      ToSocket(listener), ToSocket(accepted), addresses.data(),
      /*dwReceiveDataLength=*/0, kAddressBytes, kAddressBytes, &bytes,
      ToWindows(overlapped));
  return ResultOf(done, bytes);
}

int64_t WindowsCompletionPortCalls::ConnectEx(int socket,
                                              const SocketAddress& address,
                                              Overlapped& overlapped) {
  if (extensions_.connect_ex == nullptr) return -EOPNOTSUPP;
  WindowsSocketAddress to = cloche::ToWindows(address);
  DWORD bytes = 0;
  const bool done = extensions_.connect_ex(
      ToSocket(socket), to.pointer(), to.length, /*lpSendBuffer=*/nullptr,
      /*dwSendDataLength=*/0, &bytes, ToWindows(overlapped));
  return ResultOf(done, bytes);
}

void WindowsCompletionPortCalls::GetAcceptExSockaddrs(
    absl::Span<const char> addresses, SocketAddress* peer) {
  if (extensions_.get_accept_ex_sockaddrs == nullptr) return;
  sockaddr* local = nullptr;
  sockaddr* remote = nullptr;
  int local_length = 0;
  int remote_length = 0;
  extensions_.get_accept_ex_sockaddrs(const_cast<char*>(addresses.data()),
                                      /*dwReceiveDataLength=*/0, kAddressBytes,
                                      kAddressBytes, &local, &local_length,
                                      &remote, &remote_length);
  if (remote != nullptr) *peer = FromWindows(remote, remote_length);
}

int WindowsCompletionPortCalls::UpdateAcceptContext(int accepted,
                                                    int listener) {
  const SOCKET from = ToSocket(listener);
  return OrWindowsError(
      setsockopt(ToSocket(accepted), SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                 reinterpret_cast<const char*>(&from), sizeof(from)));
}

int WindowsCompletionPortCalls::UpdateConnectContext(int socket) {
  return OrWindowsError(setsockopt(ToSocket(socket), SOL_SOCKET,
                                   SO_UPDATE_CONNECT_CONTEXT,
                                   /*value=*/nullptr, 0));
}

int WindowsCompletionPortCalls::CancelIoEx(int socket, Overlapped& overlapped) {
  const bool asked = ::CancelIoEx(ToHandle(socket), ToWindows(overlapped));
  return asked ? 0 : LastWindowsError();
}

int WindowsCompletionPortCalls::GetQueuedCompletionStatusEx(
    int port, absl::Span<CompletionPacket> packets, absl::Duration timeout) {
  std::array<OVERLAPPED_ENTRY, kMostEntries> entries;
  const size_t room = std::min(packets.size(), entries.size());
  ULONG count = 0;
  const bool taken = ::GetQueuedCompletionStatusEx(
      ToHandle(port), entries.data(), static_cast<ULONG>(room), &count,
      ToMilliseconds(timeout), /*fAlertable=*/FALSE);
  if (!taken && GetLastError() == WAIT_TIMEOUT) return 0;
  if (!taken) return LastWindowsError();
  for (ULONG i = 0; i < count; ++i) packets[i] = ToPacket(entries[i]);
  return static_cast<int>(count);
}

int WindowsCompletionPortCalls::PostQueuedCompletionStatus(int port,
                                                           uint64_t key) {
  const bool posted =
      ::PostQueuedCompletionStatus(ToHandle(port), /*bytes=*/0, key, nullptr);
  return posted ? 0 : LastWindowsError();
}

}  // namespace cloche
