// Contract: a TcpStream is a ByteStream, on every kernel, as anybody's stream
// has to be (testing/check_stream.h).

#include <memory>
#include <utility>

#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/check_stream.h"
#include "cloche/testing/contract/stream_contract.h"

namespace cloche {
namespace {

TEST_P(StreamContract, ATcpStreamKeepsEveryPromiseOfAByteStream) {
  SKIP_IF_RESETS_ARE_LOST();
  Listen();
  CheckStream(*loop_, [this]() -> Task<StreamPair> {
    TcpStream near =
        co_await Try(TcpStream::Connect(listener_->local_endpoint()));
    TcpStream far = co_await Try(listener_->Accept());
    co_return StreamPair{std::make_unique<TcpStream>(std::move(near)),
                         std::make_unique<TcpStream>(std::move(far))};
  });
}

INSTANTIATE_IN_EVERY_WORLD(StreamContract);

}  // namespace
}  // namespace cloche
