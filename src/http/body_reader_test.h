// BodyReaderTest: two hosts, of which one reads a body that the other says, for
// the tests of BodyReader.
//
// Next: net/tcp_stream_test.h; http/body_reader_test.cc.

#ifndef CLOCHE_HTTP_BODY_READER_TEST_H_
#define CLOCHE_HTTP_BODY_READER_TEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/body_reader.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {

inline constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
inline constexpr size_t kMuch = 1000;

inline constexpr BodyFraming kChunked{BodyKind::kChunked};
inline constexpr BodyFraming kUntilClose{BodyKind::kUntilClose};
inline constexpr BodyFraming Length(uint64_t length) {
  return {BodyKind::kLength, length};
}

// near_ reads a body that far_ says.
class BodyReaderTest : public TcpStreamTest {
 protected:
  // `arrived` has come already, with the head.
  void Begin(const BodyFraming& framing, std::string arrived = "") {
    Connect();
    arrived_ = std::move(arrived);
    reader_.emplace(*near_, arrived_, framing, limits_, before_wait_);
  }

  void Comes(std::string bytes) { EXPECT_THAT(FarWrites(bytes), IsOk()); }
  void Ends() {
    EXPECT_THAT(world_.Run(server_, far_->ShutdownWrite()), IsOk());
  }

  absl::StatusOr<std::string> Part(size_t most = 100) {
    return world_.Run(client_, [&]() -> Task<std::string> {
      std::string room(most, '\0');
      room.resize(co_await Try(reader_->Read(absl::MakeSpan(room))));
      co_return room;
    });
  }
  absl::StatusOr<std::string> All(size_t most = kMuch) {
    return world_.Run(client_, reader_->ReadAll(most));
  }

  // 0 if nothing is wrong.
  int RefusalCode() {
    return reader_->refusal() ? reader_->refusal()->status_code : 0;
  }

  BodyLimits limits_;
  std::string arrived_;
  BeforeBodyWait* before_wait_ = nullptr;
  std::optional<BodyReader> reader_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_BODY_READER_TEST_H_
