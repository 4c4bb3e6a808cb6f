// ContractKernel: a kernel that is held to the contract, fake or real.
//
// The contract suite is one text that runs on both. Where they agree, a test
// that passes on the fake kernel says something about the real one.
//
//     suite (TEST_P) ──► ContractKernel ──► fake: one host, virtual time
//                                      └──► Linux, or Windows: loopback, real
//                                           time
//
// How a test waits. On the fake, what one socket does to another has happened
// when the call returns. On Linux's loopback that is so in practice, but no
// rule says it: a busy machine hands the work to a kernel thread. So no test
// looks at once for what came from the other side; it waits for the readiness
// that must come, for up to kContractPatience, which only a failing test
// spends. That something does NOT come cannot be waited for. There the text
// waits for something later first, or takes the look at once for enough.
//
// Main disadvantage: the descriptor limit of the real kernel is the whole
// process's, so the tests of one program must not run in threads.
//
// Next: testing/contract/system_call_contract.h, the lowest height;
// docs/fidelity.md for what is known to differ.

#ifndef CLOCHE_TESTING_CONTRACT_CONTRACT_KERNEL_H_
#define CLOCHE_TESTING_CONTRACT_CONTRACT_KERNEL_H_

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kernel_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/loop/environment.h"
#include "cloche/time/clock.h"
#include "gtest/gtest.h"

namespace cloche {

// How long a test waits for what must come. No test that passes waits so long.
inline constexpr absl::Duration kContractPatience = absl::Seconds(30);

// Thread safety: one thread.
class ContractKernel {
 public:
  ContractKernel() = default;
  ContractKernel(const ContractKernel&) = delete;
  ContractKernel& operator=(const ContractKernel&) = delete;
  // Gives the descriptor limit back.
  virtual ~ContractKernel() = default;

  // All that it has. The next ones are those, and CHECK that it has them.
  virtual KernelCalls kernel_calls() = 0;
  SocketCalls& sockets() { return *kernel_calls().sockets; }
  WakeCalls& wake() { return *kernel_calls().wake; }
  EpollCalls& epoll();
  PollCalls& poll();
  SelectCalls& select();
  virtual Clock& clock() = 0;

  // Wine 8.0 instead of Windows. It differs in what a test of this skips:
  // a reset that comes while no receive is pending reads as the end of the
  // stream, and the times of keep-alive cannot be set (docs/windows.md).
  virtual bool IsWine() const { return false; }

  // Whether there is what the next ones change. If not, a test skips itself.
  virtual bool CanLimitDescriptors() const { return true; }
  // As `ulimit -n`: no descriptor of this number or above is given out.
  virtual void SetDescriptorLimit(int limit) = 0;
  // Back to what it was at first.
  virtual void ResetDescriptorLimit() = 0;
  // Whether the limit can be raised to that.
  virtual bool Allows(int limit) const = 0;
  virtual size_t CountOpenDescriptors() = 0;

  // A path that nothing has, for a UNIX socket to be bound to. The file goes
  // when the kernel does.
  std::string NewPath();
  // unlink(2).
  virtual int Unlink(const std::string& path) = 0;

  // From now on there is room for `count` descriptors more.
  void LimitDescriptorsTo(int count);

  std::unique_ptr<Poller> NewPoller(BackendKind kind);
  std::unique_ptr<Backend> NewBackend(BackendKind kind);
  // For a Loop that reports misuse to `observer`.
  Environment NewEnvironment(BackendKind kind, Observer& observer);

 protected:
  // Where NewPath's paths are.
  virtual std::string Folder() = 0;
  std::vector<std::string> paths_;  // All that NewPath has given out.
};

// kFakeMacOs: the fake one, whose kqueue gives receipts as macOS does, and not
// as the BSDs (fakes/kqueue_receipt.h).
enum class KernelKind { kFake, kFakeMacOs, kSystem };

// Those that have the system calls of Linux, by which tests of system calls and
// of pollers look at sockets: on Linux both, elsewhere the fake one.
std::vector<KernelKind> EveryKernel();
std::unique_ptr<ContractKernel> NewContractKernel(KernelKind kind);

// "Fake", or "Linux" or "Windows", for the names of tests.
std::string NameOfKernel(const ::testing::TestParamInfo<KernelKind>& info);
void PrintTo(KernelKind kind, std::ostream* out);

// What a test above the system calls runs on.
struct ContractWorld {
  KernelKind kernel;
  BackendKind backend;
};
// Each kernel with each backend that it has.
std::vector<ContractWorld> EveryWorld();
// Those of them that have a poller, each on one of EveryKernel; and kqueue on
// the fake macOS besides.
std::vector<ContractWorld> EveryWorldOfPollers();
// "Fake_EpollLevel" and so on.
std::string NameOfWorld(const ::testing::TestParamInfo<ContractWorld>& info);
void PrintTo(const ContractWorld& world, std::ostream* out);

// For a test in which a connection is reset while no receive is pending.
#define SKIP_IF_RESETS_ARE_LOST() \
  if (kernel_->IsWine()) GTEST_SKIP() << "to Wine this is the end"
// Where a receive waits. A poller's is not pending in the kernel.
#define SKIP_IF_RESETS_ARE_LOST_ON_POLLERS()              \
  if (kernel_->IsWine() && HasPoller(GetParam().backend)) \
  GTEST_SKIP() << "to Wine this is the end"

#define INSTANTIATE_ON_EVERY_KERNEL(Suite)                                \
  INSTANTIATE_TEST_SUITE_P(On, Suite, ::testing::ValuesIn(EveryKernel()), \
                           NameOfKernel)

#define INSTANTIATE_IN_EVERY_WORLD(Suite)                                \
  INSTANTIATE_TEST_SUITE_P(On, Suite, ::testing::ValuesIn(EveryWorld()), \
                           NameOfWorld)

#define INSTANTIATE_IN_EVERY_WORLD_OF_POLLERS(Suite) \
  INSTANTIATE_TEST_SUITE_P(                          \
      On, Suite, ::testing::ValuesIn(EveryWorldOfPollers()), NameOfWorld)

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_CONTRACT_KERNEL_H_
