// One story between a client and HttpServer, interrupted at each of its steps:
// by a cancel, by a stop, by the sudden end of either host. Whatever happens,
// the connection ends, and nothing is left of it (AddressSanitizer and the
// fake kernels look for that).

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr absl::StatusCode kOk = absl::StatusCode::kOk;

// Small buffers, so that a short answer fills those of both hosts.
constexpr int kBufferBytes = 8192;
constexpr size_t kBigBytes = 4 * kBufferBytes;

// What the two sides do.
struct Plot {
  const char* name;
  Handler handler;
  std::function<Task<>(TcpStream&, std::string&)> client;
  // What AnswersIn says of all that the client got.
  std::vector<std::string> answers;
};

Task<Response> Answer(const Request& request) {
  if (request.path == "/big") co_return TextResponse(200, Pattern(kBigBytes));
  if (request.path == "/slow") co_await Try(Sleep(absl::Milliseconds(20)));
  if (request.path == "/echo") co_return co_await Echo(request);
  if (request.path == "/body") co_return co_await SayBody(request);
  co_return co_await SayTarget(request);
}

// A client that reads a little now and then, until the end.
Task<> ReadSlowly(TcpStream& stream, std::string& received) {
  while (true) {
    co_await Try(Sleep(absl::Milliseconds(5)));
    const std::string part = co_await Try(ReadOnce(stream, 4000));
    if (part.empty()) co_return absl::OkStatus();
    received += part;
  }
}

Task<> SayAfter(absl::Duration pause, TcpStream& stream, std::string bytes) {
  co_await Try(Sleep(pause));
  co_return co_await stream.Write(bytes);
}

constexpr absl::Duration kPause = absl::Milliseconds(10);
// Nobody here is as slow as this.
constexpr absl::Duration kSettlingTime = absl::Seconds(10);

// The client has come, waits, sends a request in two parts and reads its
// answer; then three more at once, of which the last is none. It reads slowly,
// finds the end, and leaves. So the server is idle, waits for half a head, runs
// a handler, is in the middle of an answer, refuses, lingers.
Task<> AskAndRead(TcpStream& stream, std::string& received) {
  co_await Try(SayAfter(kPause, stream, "GET /a HTTP/1.1\r\nHo"));
  co_await Try(SayAfter(kPause, stream, "st: h\r\n\r\n"));
  received = co_await Try(ReadOnce(stream, 1000));
  co_await Try(SayAfter(
      kPause, stream, absl::StrCat(Get("/slow"), Get("/big"), "GET\r\n\r\n")));
  co_return co_await ReadSlowly(stream, received);
}

// The client waits to be told to send a body, and sends it in two parts; then
// one in chunks that comes back while it is sent, and one that is malformed. So
// the server sends 100 Continue, waits for a body, is in the middle of an
// answer in parts, of chunks, of a chunk's size.
Task<> SendBodies(TcpStream& stream, std::string& received) {
  const std::string post =
      Post("/body", Pattern(100), "Expect: 100-continue\r\n");
  const size_t head_size = post.size() - 100;
  co_await Try(SayAfter(kPause, stream, post.substr(0, head_size)));
  received = co_await Try(ReadOnce(stream, 1000));
  co_await Try(SayAfter(kPause, stream, post.substr(head_size, 40)));
  co_await Try(SayAfter(kPause, stream, post.substr(head_size + 40)));
  co_await Try(SayAfter(kPause, stream, PostChunks("/echo", "7")));
  for (int i = 0; i < 4; ++i) {
    co_await Try(SayAfter(kPause, stream,
                          absl::StrCat("d0\r\n", Pattern(2000), "\r\n7")));
    received += co_await Try(ReadOnce(stream, 1500));
  }
  co_await Try(SayAfter(kPause, stream, "\r\n1234567\r\n0\r\n\r\n"));
  co_await Try(SayAfter(kPause, stream, PostChunks("/body", "x\r\n")));
  co_return co_await ReadSlowly(stream, received);
}

std::vector<Plot> Plots() {
  const std::string echoed = absl::StrCat(
      Pattern(2000), Pattern(2000), Pattern(2000), Pattern(2000), "1234567");
  return {
      {"Answers",
       Answer,
       AskAndRead,
       {"200 /a", "200 /slow", absl::StrCat("200 ", Pattern(kBigBytes)),
        "400 (close) 400 Bad Request: the request line must be: method, "
        "target, version\n"}},
      {"Bodies",
       Answer,
       SendBodies,
       {"100 ", absl::StrCat("200 ", Pattern(100)),
        absl::StrCat("200 ", echoed),
        "400 (close) 400 Bad Request: a chunk's size is not a hexadecimal "
        "number\n"}},
  };
}

class Story {
 public:
  Story(BackendKind backend, const Plot& plot)
      : plot_(plot), world_(/*seed=*/1, backend) {
    options_.stop = &stop_;
    serving_ = Start(server_.loop(), [this] { return RunServer(); });
    asking_ = Start(client_.loop(), [this] { return RunClient(); });
    EXPECT_THAT(world_.DriveUntil([&] { return accepted_; }), IsOk());
  }

  // Lets so many rounds of all loops happen. False if the story is over.
  bool Drive(int rounds) {
    EXPECT_THAT(world_.DriveUntil([&] { return Over() || rounds-- == 0; }),
                IsOk());
    return !Over();
  }

  absl::Status EndOfServer() { return world_.Run(server_, serving_->Join()); }
  absl::Status EndOfClient() { return world_.Run(client_, asking_->Join()); }

  void Cancel() { serving_->Cancel(); }
  void Stop() { stop_.Stop(); }
  void KillServer() { server_.Kill(); }
  void KillClient() { client_.Kill(); }

  // Those that stay. Over a completion port a send that is pending keeps its
  // descriptor after Close, until the client has taken it or is found dead.
  std::vector<std::string> ServersDescriptors() {
    world_.Pass(kSettlingTime);
    return server_.kernel().OpenDescriptors();
  }
  // What the client has read.
  const std::string& received() const { return received_; }

 private:
  bool Over() const { return serving_->ended() && asking_->ended(); }

  Task<> RunServer() {
    TcpListenOptions options;
    options.stream.send_buffer_bytes = kBufferBytes;
    TcpStream stream = co_await Try(AcceptOne(where_, options));
    accepted_ = true;
    HttpServer http(plot_.handler, options_);
    co_return co_await http.Serve(stream);
  }

  Task<> RunClient() {
    TcpOptions options;
    options.receive_buffer_bytes = kBufferBytes;
    TcpStream stream = co_await Try(TcpStream::Connect(where_, options));
    co_return co_await plot_.client(stream, received_);
  }

  const Plot& plot_;
  bool accepted_ = false;
  std::string received_;
  StopSource stop_;
  HttpOptions options_;
  std::optional<TaskHandle<>> serving_;
  std::optional<TaskHandle<>> asking_;
  TestWorld world_;
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
};

class HttpSweep
    : public ::testing::TestWithParam<std::tuple<BackendKind, size_t>> {
 protected:
  // Tells the story again and again, and each time does `interrupt` a step
  // later; `expect` is given each story after that.
  template <typename Interrupt, typename Expect>
  void Sweep(Interrupt interrupt, Expect expect) {
    int step = 0;
    for (bool over = false; !over && !HasFailure(); ++step) {
      SCOPED_TRACE(absl::StrCat("interrupted at step ", step));
      Story story(std::get<0>(GetParam()), plot_);
      over = !story.Drive(step);
      interrupt(story);
      expect(story);
    }
    EXPECT_GT(step, 50);  // It is a long story.
  }

  const Plot plot_ = Plots()[std::get<1>(GetParam())];

  // How it ended for those who saw it end, to see that there was variety.
  std::set<absl::StatusCode> codes_;
};

TEST_P(HttpSweep, TheStoryByItselfHasAGoodEnd) {
  Story story(std::get<0>(GetParam()), plot_);
  EXPECT_THAT(story.EndOfClient(), IsOk());
  EXPECT_THAT(story.EndOfServer(), IsOk());
  EXPECT_TRUE(AnswersIn(story.received()) == plot_.answers);
}

TEST_P(HttpSweep, CancelledAtAnyStepTheConnectionEndsAndLeavesNothing) {
  Sweep([](Story& story) { story.Cancel(); },
        [&](Story& story) {
          const absl::Status end = story.EndOfServer();
          codes_.insert(end.code());
          EXPECT_THAT(end, AnyOf(IsOk(), StatusIs(kCancelled)));
          EXPECT_THAT(story.ServersDescriptors(),
                      Not(Contains(HasSubstr("TCP"))));
        });
  EXPECT_EQ(codes_, std::set({kOk, kCancelled}));
}

// Its program ends, as by SIGKILL: nothing is resumed, everything destroyed.
TEST_P(HttpSweep, KilledAtAnyStepTheServerLeavesNothing) {
  Sweep([](Story& story) { story.KillServer(); },
        [&](Story& story) {
          EXPECT_THAT(story.ServersDescriptors(), ::testing::IsEmpty());
          codes_.insert(story.EndOfClient().code());
        });
  EXPECT_THAT(codes_, IsSupersetOf({kOk, kUnavailable}));
}

TEST_P(HttpSweep, WhateverTheClientDiesOfTheConnectionEndsByItself) {
  Sweep([](Story& story) { story.KillClient(); },
        [&](Story& story) {
          const absl::Status end = story.EndOfServer();
          codes_.insert(end.code());
          EXPECT_THAT(story.ServersDescriptors(),
                      Not(Contains(HasSubstr("TCP"))));
        });
  // Over a completion port the kernel takes an answer as a whole: whoever dies
  // while he reads it ends a connection that has nothing left to write.
  const bool always_ok = std::get<0>(GetParam()) == BackendKind::kIocp &&
                         std::string(plot_.name) == "Answers";
  EXPECT_EQ(codes_,
            always_ok ? std::set({kOk}) : std::set({kOk, kUnavailable}));
}

// Whoever gets an answer gets all of it.
TEST_P(HttpSweep, StoppedAtAnyStepTheServerCutsOffNoAnswer) {
  Sweep([](Story& story) { story.Stop(); },
        [&](Story& story) {
          EXPECT_THAT(story.EndOfServer(), IsOk());
          (void)story.EndOfClient();
          EXPECT_THAT(AnswersIn(story.received()), Not(Contains("cut off")));
        });
}

std::string NameOf(const ::testing::TestParamInfo<HttpSweep::ParamType>& info) {
  return absl::StrCat(Plots()[std::get<1>(info.param)].name,
                      TestNameOf(std::get<0>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(
    On, HttpSweep,
    ::testing::Combine(::testing::ValuesIn(FewFakeBackends()),
                       ::testing::Range<size_t>(0, 2)),
    NameOf);

}  // namespace
}  // namespace cloche
