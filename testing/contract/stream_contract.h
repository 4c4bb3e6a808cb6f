// StreamContract: what the tests of streams, listeners and servers share: one
// loop on a kernel, with both ends of a connection in it.
//
//     TEST_P(StreamContract, EndsWhereThePeerEnds) {
//       Connect();
//       far_->Close();
//       EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds(""));
//     }
//     INSTANTIATE_IN_EVERY_WORLD(StreamContract);
//
// Main disadvantage: the ends belong to the fixture, where a program's would
// belong to tasks; a test that ends the loop takes them out first.
//
// Next: the tests; testing/stream_tasks.h.

#ifndef CLOCHE_TESTING_CONTRACT_STREAM_CONTRACT_H_
#define CLOCHE_TESTING_CONTRACT_STREAM_CONTRACT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/loop/loop.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_options.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/contract/contract_kernel.h"
#include "cloche/testing/recording_observer.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "gtest/gtest.h"

namespace cloche {

class StreamContract : public ::testing::TestWithParam<ContractWorld> {
 protected:
  ~StreamContract() override {
    EndLoop();
    EXPECT_EQ(kernel_->CountOpenDescriptors(), open_before_)
        << "a descriptor was left open";
  }

  // As a program that ends: everything that its tasks hold is given back.
  void EndLoop() {
    near_.reset();
    far_.reset();
    listener_.reset();
    loop_.reset();
  }

  // Runs it to its end; DEADLINE_EXCEEDED instead of waiting for ever.
  template <typename Awaitable>
  auto Run(Awaitable awaitable) {
    return cloche::Run(*loop_,
                       WithTimeout(kContractPatience, std::move(awaitable)));
  }

  // Fills in listener_, near_ (which connects) and far_ (which is accepted).
  void Connect(TcpOptions near = {}, TcpListenOptions far = {}) {
    Listen(std::move(far));
    near_ = Run(TcpStream::Connect(listener_->local_endpoint(), near)).value();
    far_ = Run(listener_->Accept()).value();
  }
  void Listen(TcpListenOptions options = {}) {
    listener_ =
        Run(TcpListener::Listen(Endpoint::Loopback(0), options)).value();
  }
  // A connection whose buffers hold much less than a megabyte each way.
  void ConnectSmall() {
    TcpOptions options;
    options.send_buffer_bytes = 65536;
    options.receive_buffer_bytes = 32768;
    TcpListenOptions listen_options;
    listen_options.stream = options;
    Connect(options, listen_options);
  }

  // Each starts what may have to wait.
  TaskHandle<std::string> Reads(ByteStream& stream, size_t most = 100) {
    return Start(*loop_, ReadOnce, std::ref(stream), most);
  }
  TaskHandle<> Writes(ByteStream& stream, std::string bytes) {
    return Start(*loop_, WriteAll, std::ref(stream), std::move(bytes));
  }
  // Lets what was started begin: it runs before what comes later.
  void LetBegin() { EXPECT_TRUE(loop_->RunOnce(absl::InfinitePast()).ok()); }

  const std::unique_ptr<ContractKernel> kernel_ =
      NewContractKernel(GetParam().kernel);
  const size_t open_before_ = kernel_->CountOpenDescriptors();
  RecordingObserver observer_;
  std::optional<Loop> loop_{
      std::in_place, kernel_->NewEnvironment(GetParam().backend, observer_)};
  std::optional<TcpListener> listener_;
  std::optional<TcpStream> near_;
  std::optional<TcpStream> far_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_STREAM_CONTRACT_H_
