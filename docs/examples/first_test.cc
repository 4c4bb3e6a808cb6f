// A first test: two hosts, a greeting, and nothing that is real.

#include <string>

#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/world_fixture.h"
#include "gtest/gtest.h"

using namespace cloche;

// The program: greets who comes first.
Task<> Greet(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  TcpStream stream = co_await Try(listener.Accept());
  co_return co_await stream.Write("hello");
}

// Who comes.
Task<std::string> Hear(Endpoint where) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_return co_await ReadToEnd(stream);
}

class FirstTest : public WorldTest {};

TEST_F(FirstTest, GreetsWhoComes) {
  const Endpoint where = server_.EndpointAt(7000);
  Background(server_, Greet, where);
  EXPECT_THAT(world_.Run(client_, Hear(where)), IsOkAndHolds("hello"));
}
