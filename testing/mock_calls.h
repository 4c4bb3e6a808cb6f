// Mocks of the call interfaces, for tests that want a script of system calls.
//
//     StrictMock<MockEpollCalls> epoll;
//     EXPECT_CALL(epoll, EpollCreate1).WillOnce(Return(-EMFILE));
//
// Good for an answer that no kernel, not even the fake one, could be brought to
// give, and for the exact arguments of a call. What a kernel does of itself is
// better left to fakes/fake_host.h, which knows the rules.
//
// Main disadvantage: a mock knows no rules, so a test can script what never
// happens, and it repeats the code that it tests.
//
// Next: testing/mock_calls_test.cc, for examples; testing/mock_backend.h.

#ifndef CLOCHE_TESTING_MOCK_CALLS_H_
#define CLOCHE_TESTING_MOCK_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/ring_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/signal_calls.h"
#include "cloche/calls/socket_address.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"
#include "gmock/gmock.h"

namespace cloche {

class MockSocketCalls : public SocketCalls {
 public:
  MOCK_METHOD(int, Socket, (AddressFamily, SocketType), (override));
  MOCK_METHOD(int, SocketPair, (int*), (override));
  MOCK_METHOD(int, Bind, (int, const SocketAddress&), (override));
  MOCK_METHOD(int, Listen, (int, int), (override));
  MOCK_METHOD(int, Accept4, (int, SocketAddress*), (override));
  MOCK_METHOD(int, Connect, (int, const SocketAddress&), (override));
  MOCK_METHOD(int64_t, Recv, (int, absl::Span<char>, int), (override));
  MOCK_METHOD(int64_t, Send, (int, absl::string_view, int), (override));
  MOCK_METHOD(int64_t, RecvMsg, (int, ReceiveMessage&), (override));
  MOCK_METHOD(int64_t, SendMsg, (int, const SendMessage&), (override));
  MOCK_METHOD(int, Shutdown, (int, ShutdownHow), (override));
  MOCK_METHOD(int, Close, (int), (override));
  MOCK_METHOD(int, GetSockOpt, (int, SocketOption, int*), (override));
  MOCK_METHOD(int, SetSockOpt, (int, SocketOption, int), (override));
  MOCK_METHOD(int, GetSockName, (int, SocketAddress*), (override));
  MOCK_METHOD(int, GetPeerName, (int, SocketAddress*), (override));
};

class MockEpollCalls : public EpollCalls {
 public:
  MOCK_METHOD(int, EpollCreate1, (), (override));
  MOCK_METHOD(int, EpollCtl, (int, EpollCtlOp, int, const EpollEvent*),
              (override));
  MOCK_METHOD(int, EpollWait, (int, absl::Span<EpollEvent>, int), (override));
  MOCK_METHOD(int, EpollClose, (int), (override));
};

class MockPollCalls : public PollCalls {
 public:
  MOCK_METHOD(int, Poll, (absl::Span<PollEntry>, absl::Duration), (override));
};

class MockSelectCalls : public SelectCalls {
 public:
  MOCK_METHOD(int, Select, (SelectSets&, absl::Duration), (override));
};

class MockKqueueCalls : public KqueueCalls {
 public:
  MOCK_METHOD(int, Kqueue, (), (override));
  MOCK_METHOD(int, Kevent,
              (int, absl::Span<const KernelEvent>, absl::Span<KernelEvent>,
               absl::Duration),
              (override));
  MOCK_METHOD(int, KqueueClose, (int), (override));
};

class MockRing : public Ring {
 public:
  MOCK_METHOD(bool, Push, (const RingSubmission&), (override));
  MOCK_METHOD(int, Enter, (absl::Duration), (override));
  MOCK_METHOD(size_t, Reap, (absl::Span<RingCompletion>), (override));
};

class MockRingCalls : public RingCalls {
 public:
  MOCK_METHOD(int, Open, (unsigned, std::unique_ptr<Ring>&), (override));
};

class MockCompletionPortCalls : public CompletionPortCalls {
 public:
  MOCK_METHOD(int, CreateIoCompletionPort, (), (override));
  MOCK_METHOD(int, CloseHandle, (int), (override));
  MOCK_METHOD(int, AssociateWithPort, (int, int, uint64_t), (override));
  MOCK_METHOD(int, SkipCompletionPortOnSuccess, (int), (override));
  MOCK_METHOD(int64_t, WsaRecv, (int, absl::Span<char>, Overlapped&),
              (override));
  MOCK_METHOD(int64_t, WsaSend, (int, absl::string_view, Overlapped&),
              (override));
  MOCK_METHOD(int64_t, AcceptEx, (int, int, absl::Span<char>, Overlapped&),
              (override));
  MOCK_METHOD(int64_t, ConnectEx, (int, const SocketAddress&, Overlapped&),
              (override));
  MOCK_METHOD(void, GetAcceptExSockaddrs,
              (absl::Span<const char>, SocketAddress*), (override));
  MOCK_METHOD(int, UpdateAcceptContext, (int, int), (override));
  MOCK_METHOD(int, UpdateConnectContext, (int), (override));
  MOCK_METHOD(int, CancelIoEx, (int, Overlapped&), (override));
  MOCK_METHOD(int, GetQueuedCompletionStatusEx,
              (int, absl::Span<CompletionPacket>, absl::Duration), (override));
  MOCK_METHOD(int, PostQueuedCompletionStatus, (int, uint64_t), (override));
};

class MockWakeCalls : public WakeCalls {
 public:
  MOCK_METHOD(int, OpenWake, (), (override));
  MOCK_METHOD(int, SignalWake, (int), (override));
  MOCK_METHOD(int, DrainWake, (int), (override));
  MOCK_METHOD(int, CloseWake, (int), (override));
};

class MockSignalCalls : public SignalCalls {
 public:
  MOCK_METHOD(int, OpenSignals, (), (override));
  MOCK_METHOD(int, TakeSignal, (int, Signal*), (override));
  MOCK_METHOD(int, CloseSignals, (int), (override));
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_MOCK_CALLS_H_
