// ClientTest: a ClientConnection on one host, and on another a server that says
// whatever the test has it say; run over edge- and level-triggered epoll.
//
//     TEST_P(ClientExchange, GivesTheAnswer) {
//       Begin();
//       auto asking = Asks(Get("/a"));
//       EXPECT_EQ(Heard(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
//       Says("HTTP/1.1 204 \r\n\r\n");
//       EXPECT_EQ(OutcomeOf(asking), "204 ");
//     }
//     INSTANTIATE_OVER_TRIGGERS(ClientExchange);
//
// Next: net/tcp_stream_test.h, the two hosts; http/client_connection_test.cc.

#ifndef CLOCHE_HTTP_CLIENT_TEST_H_
#define CLOCHE_HTTP_CLIENT_TEST_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/client_request.h"
#include "cloche/http/client_response.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {

inline constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
inline constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;

inline ClientRequest Get(std::string target) {
  ClientRequest request;
  request.host = "h";
  request.target = std::move(target);
  return request;
}

inline ClientRequest Post(std::string target, std::string body) {
  ClientRequest request = Get(std::move(target));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// An answer of 200 with this body.
inline std::string Ok(absl::string_view body) {
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

// "200 body [trailer=value]", or the error.
inline std::string Describe(const absl::StatusOr<ClientResponse>& response) {
  if (!response.ok()) return response.status().ToString();
  std::string text = absl::StrCat(response->status_code, " ", response->body);
  for (const auto& [name, value] : response->trailers) {
    absl::StrAppend(&text, " [", name, "=", value, "]");
  }
  return text;
}

class ClientTest : public TcpStreamTest {
 protected:
  // The tasks go before what they refer to.
  void TearDown() override { End(); }

  // May be called again, for another connection.
  void Begin() {
    connection_.reset();
    near_.reset();
    far_.reset();
    Connect();
    connection_.emplace(*near_, options_);
  }
  void End() {
    near_.reset();
    far_.reset();
    world_.Pass(kWhile);
    server_.Kill();
    client_.Kill();
  }

  TaskHandle<ClientResponse> Asks(ClientRequest request) {
    return Start(
        client_.loop(),
        [this](ClientRequest what) {
          return connection_->Ask(std::move(what));
        },
        std::move(request));
  }
  std::string OutcomeOf(const TaskHandle<ClientResponse>& asking) {
    return Describe(EndOf(asking));
  }
  absl::Status FailureOf(const TaskHandle<ClientResponse>& asking) {
    return EndOf(asking).status();
  }

  // What the server has got since it was asked last, after a while.
  std::string Heard() {
    world_.Pass(kWhile);
    return world_.Run(server_, ReadOnce(*far_, 1000000)).value_or("an error");
  }
  // The server says this, and a while passes.
  void Says(std::string bytes) {
    EXPECT_THAT(FarWrites(std::move(bytes)), IsOk());
    world_.Pass(kWhile);
  }
  void FinishesSaying() {
    EXPECT_THAT(world_.Run(server_, far_->ShutdownWrite()), IsOk());
    world_.Pass(kWhile);
  }

  // One exchange, of which the server's part is said at once.
  std::string Exchange(ClientRequest request, std::string answer) {
    auto asking = Asks(std::move(request));
    Heard();
    Says(std::move(answer));
    return OutcomeOf(asking);
  }

  ClientOptions options_;
  std::optional<ClientConnection> connection_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_CLIENT_TEST_H_
