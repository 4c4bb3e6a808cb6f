// A test that fails, in a process of its own: what a world prints then is
// looked at by testing/test_world_test.cc.

#include "cloche/net/tcp_stream.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(AWorld, WhereATestFails) {
  TestWorld world(/*seed=*/17);
  TestHost& host = world.AddHost("lonely");
  EXPECT_THAT(world.Run(host, TcpStream::Connect(host.EndpointAt(80))), IsOk());
}

TEST(AWorld, WhereNoneFails) { TestWorld world(/*seed=*/18); }

TEST(AWorld, ThatBeginsWhenTheTestHasFailed) {
  ADD_FAILURE();
  TestWorld world(/*seed=*/19);
}

}  // namespace
}  // namespace cloche
