// ServerTest: Serve on one host, and clients that visit it from another.
//
//     TEST_P(Server, Echoes) {
//       Serves(Obey);
//       EXPECT_THAT(Visits("hello"), IsOkAndHolds("hello"));
//     }
//
// Main disadvantage: one server per test; the second needs a stop of its own.
//
// Next: net/tcp_stream_test.h, on which it stands.

#ifndef CLOCHE_NET_SERVER_TEST_H_
#define CLOCHE_NET_SERVER_TEST_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {

// A handler that does what it is told: ends badly, or else echoes.
inline Task<> Obey(TcpStream stream) {
  while (true) {
    const std::string text = co_await Try(ReadOnce(stream));
    if (text.empty()) co_return absl::OkStatus();
    if (text == "fail") co_return absl::DataLossError("failed as told");
    if (text == "cancel") co_return absl::CancelledError("cancelled by hand");
    if (text == "throw") throw std::runtime_error("thrown as told");
    co_await Try(stream.Write(text));
  }
}

// Says something and gives the answer; "" if the connection ended instead.
inline Task<std::string> Exchange(ByteStream& stream, std::string text) {
  co_await Try(stream.Write(text));
  co_return co_await ReadOnce(stream);
}

// The same in a connection of its own.
inline Task<std::string> Visit(Endpoint where, std::string text) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_return co_await Exchange(stream, std::move(text));
}

class ServerTest : public TcpStreamTest {
 protected:
  ServerTest() {
    options_.on_error = [this](const absl::Status& status) {
      errors_.push_back(status);
    };
  }
  // The server's tasks refer to what is in here.
  ~ServerTest() override {
    listener_.reset();
    server_.Kill();
  }

  void Listens() {
    listener_ = world_.Run(server_, TcpListener::Listen(where_)).value();
  }
  // Begins to serve at where_, with options_.
  void Serves(ConnectionHandler handler) {
    if (!listener_.has_value()) Listens();
    serving_ = Start(server_.loop(), Serve, std::ref(*listener_),
                     std::ref(stop_), options_, std::move(handler));
  }
  // Waits until the server has ended.
  absl::Status EndOfServing() { return world_.Run(server_, serving_->Join()); }

  // A client's connection, and what is said in it.
  TcpStream Connects() {
    return world_.Run(client_, TcpStream::Connect(where_)).value();
  }
  absl::StatusOr<std::string> Says(TcpStream& stream, std::string text) {
    return world_.Run(client_, Exchange(stream, std::move(text)));
  }
  absl::StatusOr<std::string> Hears(TcpStream& stream) {
    return world_.Run(client_, ReadOnce(stream));
  }
  // A visit, and one that may have to wait.
  absl::StatusOr<std::string> Visits(std::string text) {
    return world_.Run(client_, Visit(where_, std::move(text)));
  }
  TaskHandle<std::string> BeginsAVisit(std::string text) {
    return Start(client_.loop(), Visit, where_, std::move(text));
  }

  // From now on the server can have so many connections and no more.
  void LimitConnectionsTo(int count) {
    constexpr int kStandard = 3;  // 0, 1 and 2 are not in the list.
    const size_t others = server_.kernel().OpenDescriptors().size();
    server_.kernel().SetDescriptorLimit(kStandard + static_cast<int>(others) +
                                        count);
  }

  uint64_t Accepts() { return server_.kernel().CallCount(CallKind::kAccept4); }

  StopSource stop_;
  ServeOptions options_;
  std::vector<absl::Status> errors_;  // As reported by Serve.
  std::optional<TcpListener> listener_;
  std::optional<TaskHandle<>> serving_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_SERVER_TEST_H_
