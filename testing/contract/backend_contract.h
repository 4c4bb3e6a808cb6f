// BackendContract: what the tests of backends share: operations, and a backend
// over the epoll of each kernel, edge- and level-triggered.
//
//     TEST_P(BackendContract, ReceiveWaits) {
//       const Ends ends = Connect();
//       TestOperation receive(OperationKind::kReceive, ends.client);
//       EXPECT_FALSE(backend_->Start(receive));
//       Send(ends.server, "one");
//       EXPECT_EQ(EndOf(receive), 3);
//       CloseAll(ends);
//     }
//
// A test closes what it opened, through the backend, and the fixture sees to it
// that nothing is left.
//
// Main disadvantage: a failed ASSERT leaves operations in flight that are about
// to be destroyed, and the CHECK that follows hides the other tests' results.
//
// Next: the tests; backend/backend.h for the words.

#ifndef CLOCHE_TESTING_CONTRACT_BACKEND_CONTRACT_H_
#define CLOCHE_TESTING_CONTRACT_BACKEND_CONTRACT_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/contract_kernel.h"
#include "gtest/gtest.h"

namespace cloche {

// An operation with room for its data, and nobody who is told of its end.
class TestOperation final : public Operation {
 public:
  TestOperation(OperationKind what, int descriptor) {
    kind = what;
    fd = descriptor;
    if (kind != OperationKind::kReceive && kind != OperationKind::kSend) return;
    buffer = data.data();
    size = data.size();
  }
  void OnHandedBack() override {}

  // What a receive brought.
  std::string received() const {
    return result < 0 ? "" : data.substr(0, static_cast<size_t>(result));
  }
  bool handed_back() const { return state == OperationState::kHandedBack; }

  std::string data = std::string(100, '\0');
};

class BackendContract : public ::testing::TestWithParam<ContractWorld> {
 protected:
  struct Ends {
    int client = -1;
    int server = -1;
  };

  ~BackendContract() override {
    backend_.reset();
    EXPECT_EQ(kernel_->CountOpenDescriptors(), open_before_)
        << "the test or the backend left a descriptor open";
  }

  int NewTcp() {
    return calls_.Socket(AddressFamily::kIpv4, SocketType::kStream);
  }
  int NewBound() {
    const int fd = NewTcp();
    EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback(0)), 0);
    return fd;
  }
  int NewListener() {
    const int fd = NewBound();
    EXPECT_EQ(calls_.Listen(fd, 16), 0);
    return fd;
  }
  SocketAddress AddressOf(int fd) {
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
    return address;
  }

  // Waits until `operation` has been handed back; its result. A wait may end
  // without anything: a false alarm.
  int64_t EndOf(TestOperation& operation) {
    const absl::Time patience = kernel_->clock().Now() + kContractPatience;
    while (!operation.handed_back() && kernel_->clock().Now() < patience) {
      WaitOnce(kContractPatience);
    }
    EXPECT_TRUE(operation.handed_back());
    return operation.result;
  }
  // Starts it. Whether that is all it takes: a completion backend needs a look
  // at the kernel for what another one does at once, and no more than that.
  bool EndsAtOnce(TestOperation& operation) {
    if (backend_->Start(operation)) return true;
    WaitOnce(absl::ZeroDuration());
    return operation.handed_back();
  }
  // Starts it, and waits if it has to.
  int64_t Run(TestOperation& operation) {
    return backend_->Start(operation) ? operation.result : EndOf(operation);
  }
  // One Wait. False if it brought nothing.
  bool WaitOnce(absl::Duration timeout) {
    OperationList done;
    EXPECT_TRUE(backend_->Wait(timeout, done).ok());
    bool any = false;
    while (done.PopFront() != nullptr) any = true;
    return any;
  }

  // Connected by the backend itself.
  Ends Connect() { return ConnectTo(NewListener()); }
  // From `client` to `server` fits little: see system_call_contract.h.
  Ends ConnectSmall() {
    const int listener = NewBound();
    Set(listener, SocketOption::kReceiveBuffer, 4096);
    EXPECT_EQ(calls_.Listen(listener, 16), 0);
    const Ends ends = ConnectTo(listener);
    Set(ends.client, SocketOption::kSendBuffer, 65536);
    return ends;
  }
  Ends ConnectTo(int listener) {
    SocketAddress address = AddressOf(listener);
    TestOperation connect(OperationKind::kConnect, NewTcp());
    connect.address = &address;
    EXPECT_EQ(Run(connect), 0);
    TestOperation accept(OperationKind::kAccept, listener);
    const Ends ends = {connect.fd, static_cast<int>(Run(accept))};
    EXPECT_GE(ends.server, 0);
    backend_->Close(listener);
    return ends;
  }
  void Set(int fd, SocketOption option, int value) {
    EXPECT_EQ(calls_.SetSockOpt(fd, option, value), 0);
  }
  void CloseAll(const Ends& ends) {
    backend_->Close(ends.client);
    backend_->Close(ends.server);
  }
  // Somebody connects to the listener that `accept` waits at, and is accepted.
  // Closes the listener as well.
  void ExpectItTakesTheNext(TestOperation& accept) {
    const int client = NewTcp();
    EXPECT_EQ(calls_.Connect(client, AddressOf(accept.fd)), -EINPROGRESS);
    const int64_t accepted = EndOf(accept);
    EXPECT_GE(accepted, 0);
    backend_->Close(accept.fd);
    CloseAll({client, static_cast<int>(accepted)});
  }
  void Send(int fd, absl::string_view bytes) {
    EXPECT_EQ(calls_.Send(fd, bytes, 0), static_cast<int64_t>(bytes.size()));
  }
  // Starts `send` again and again until it waits; returns how many bytes went
  // before. With the buffers of ConnectSmall it waits until somebody reads.
  size_t FillUp(TestOperation& send) {
    size_t total = 0;
    while (EndsAtOnce(send) && send.result > 0) total += send.result;
    EXPECT_EQ(send.state, OperationState::kInFlight);
    return total;
  }
  // And not a byte more: what waits may send meanwhile.
  void Drain(int fd, size_t size) {
    while (size > 0) {
      TestOperation receive(OperationKind::kReceive, fd);
      receive.size = std::min(receive.size, size);
      const int64_t count = Run(receive);
      ASSERT_GT(count, 0);
      size -= count;
    }
  }
  // Closes, so that the peer is reset.
  void Reset(int fd) {
    Set(fd, SocketOption::kLinger, 0);
    backend_->Close(fd);
  }

  const std::unique_ptr<ContractKernel> kernel_ =
      NewContractKernel(GetParam().kernel);
  SocketCalls& calls_ = kernel_->sockets();
  const size_t open_before_ = kernel_->CountOpenDescriptors();
  std::unique_ptr<Backend> backend_ = kernel_->NewBackend(GetParam().backend);
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_BACKEND_CONTRACT_H_
