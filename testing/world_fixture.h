// WorldTest: a GoogleTest fixture with a server, a client, and an end at which
// nothing may be left.
//
//     class EchoTest : public WorldTest {
//      protected:
//       EchoTest() {
//         Background(server_, EchoServer, where_, std::ref(stop_));
//       }
//       Endpoint where_ = server_.EndpointAt(7000);
//       StopSource stop_;
//     };
//
//     TEST_F(EchoTest, SendsBackWhatItGets) {
//       EXPECT_THAT(world_.Run(client_, Ask(where_)), IsOk());
//     }
//
// How it works: when the body of a test is over,
//
//   1. what runs in the background is cancelled, and awaited;
//   2. unless the test has failed by then, no host may have a task, a timer, an
//      operation or a descriptor left (TestWorld::ExpectNothingIsLeft);
//   3. all hosts are killed. Only now do the members of the fixtures that are
//      derived from this one die: nothing refers to them any more.
//   4. When those and the world are gone, no byte of the pool (base/pool.h) may
//      be left that was not in use before: no buffer, no frame of a task.
//
// Main disadvantage: local variables of a test's body die before 1., so what
// background tasks refer to must be a member of the fixture. And whoever has a
// TearDown of their own has to call this one first.
//
// Next: testing/test_world.h; docs/examples/chat_server_test.cc; for every
// disturbance instead of one, testing/sweep.h.

#ifndef CLOCHE_TESTING_WORLD_FIXTURE_H_
#define CLOCHE_TESTING_WORLD_FIXTURE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "cloche/backend/backends.h"
#include "cloche/base/pool.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {

// Fails the test at its end, unless it has failed by then, if more or less of
// the pool is in use than at the beginning. Under AddressSanitizer, which finds
// leaks itself, the pool counts nothing.
class PoolWatch {
 public:
  PoolWatch() = default;
  PoolWatch(const PoolWatch&) = delete;
  PoolWatch& operator=(const PoolWatch&) = delete;
  ~PoolWatch();

 private:
  const size_t bytes_before_ = PoolBytesInUse();
};

// Thread safety: one thread.
class WorldTest : public ::testing::Test {
 protected:
  explicit WorldTest(BackendKind backend = BackendKind::kEpoll)
      : world_(SeedOfTest(), backend) {}

  // Steps 1 to 3 above; 4 is pool_.
  void TearDown() override;

  // Starts function(arguments...), a Task<>, on `host`; it is cancelled at the
  // end of the test, and must then end. What it returns is seen by whoever asks
  // the handle, and by nobody else.
  template <typename Function, typename... Arguments>
  TaskHandle<> Background(TestHost& host, Function function,
                          Arguments... arguments) {
    background_.emplace_back(
        host, Start(host.loop(), std::move(function), std::move(arguments)...));
    return background_.back().handle();
  }

  const PoolWatch pool_;  // Before all else: it dies last.
  TestWorld world_;
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");

 private:
  bool BackgroundIsOver() const;
  void CancelBackground();

  std::vector<ProgramTask> background_;
};

// The same on each backend, with
//
//     INSTANTIATE_ON_FAKE_BACKENDS(EchoTest);  // testing/backend_kinds.h
//
// and TEST_P instead of TEST_F.
class WorldTestOnBackends : public WorldTest,
                            public ::testing::WithParamInterface<BackendKind> {
 protected:
  WorldTestOnBackends() : WorldTest(GetParam()) {}
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_WORLD_FIXTURE_H_
