// ClientConnection and HttpServer with each other: what one of them writes, the
// other reads.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/client_test.h"
#include "cloche/http/http_server.h"
#include "cloche/http/request.h"
#include "cloche/http/response.h"

namespace cloche {
namespace {

constexpr size_t kMuch = 200000;

// Sends the body back as it comes, in chunks, and its trailers behind it.
Task<Response> Echo(const Request& request) {
  Response response;
  BodyReader& from = *request.body;
  response.stream = [&from](BodyWriter& to) -> Task<> {
    std::string room(10000, '\0');
    while (const size_t size = co_await Try(from.Read(absl::MakeSpan(room)))) {
      co_await Try(to.Write(absl::string_view(room).substr(0, size)));
    }
    for (const auto& [name, value] : from.trailers()) {
      co_await Try(to.SetTrailer(name, value));
    }
    co_return absl::OkStatus();
  };
  co_return response;
}

Task<Response> SayMethod(const Request& request) {
  co_return TextResponse(200, std::string(request.method));
}

class ClientAndServer : public ClientTest {
 protected:
  void Serve(Handler handler) {
    http_.emplace(std::move(handler), HttpOptions{});
    Begin();
    Start(server_.loop(), [this] { return http_->Serve(*far_); });
  }
  std::string Ask(ClientRequest request) {
    return OutcomeOf(Asks(std::move(request)));
  }

  std::optional<HttpServer> http_;
};

TEST_P(ClientAndServer, ExchangeOneRequestAfterTheOther) {
  Serve(SayMethod);
  for (const char* method : {"GET", "POST", "DELETE", "X"}) {
    ClientRequest request = Get("/");
    request.method = method;
    EXPECT_EQ(Ask(request), absl::StrCat("200 ", method));
    EXPECT_TRUE(connection_->reusable());
  }
}

TEST_P(ClientAndServer, ExchangeBodiesOfEverySizeAroundABuffer) {
  Serve(Echo);
  for (const size_t size : {1, 2047, 2048, 16000, 16383, 16384, 16385, 40000}) {
    const std::string body = Pattern(size);
    const std::string outcome = Ask(Post("/", body));
    EXPECT_TRUE(outcome == absl::StrCat("200 ", body))
        << size << ": " << outcome.substr(0, 200);
    EXPECT_TRUE(connection_->reusable()) << size;
  }
}

TEST_P(ClientAndServer, ExchangeMuchBothWaysAndTrailers) {
  Serve(Echo);
  ClientRequest request = Post("/", "");
  request.stream = [](BodyWriter& body) -> Task<> {
    const std::string much = Pattern(kMuch);
    for (size_t at = 0; at < kMuch; at += 1000) {
      co_await Try(body.Write(absl::string_view(much).substr(at, 1000)));
    }
    co_return body.SetTrailer("Sum", "7");
  };
  EXPECT_TRUE(Ask(std::move(request)) ==
              absl::StrCat("200 ", Pattern(kMuch), " [Sum=7]"));
  EXPECT_TRUE(connection_->reusable());
}

TEST_P(ClientAndServer, AgreeThatABodyIsWanted) {
  Serve(Echo);
  ClientRequest request = Post("/", "wanted");
  request.expect_continue = true;
  EXPECT_EQ(Ask(request), "200 wanted");
  EXPECT_TRUE(connection_->reusable());
}

TEST_P(ClientAndServer, AgreeThatABodyIsNotWanted) {
  Serve(SayMethod);
  ClientRequest request = Post("/", "not wanted");
  request.expect_continue = true;
  EXPECT_EQ(Ask(request), "200 POST");
  EXPECT_FALSE(connection_->reusable());
}

TEST_P(ClientAndServer, AgreeThatThereIsNoBodyToHead) {
  Serve(SayMethod);
  ClientRequest request = Get("/");
  request.method = "HEAD";
  EXPECT_EQ(Ask(request), "200 ");
  EXPECT_TRUE(connection_->reusable());
}

INSTANTIATE_ON_FAKE_BACKENDS(ClientAndServer);

}  // namespace
}  // namespace cloche
