// ReadinessBackendTest: a backend over one host of the fake kernel, for the
// tests of src/backend, run over every poller.
//
//     TEST_P(ReadinessBackendStart, WaitsForTheFirstByte) {
//       const Ends ends = Connect();
//       Receiving reader(ends.client);
//       EXPECT_EQ(Start(reader), "in flight");
//       calls_.Send(ends.server, "x", 0);
//       EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
//     }
//     INSTANTIATE_ON_FAKE_POLLERS(ReadinessBackendStart);
//
// What no kernel does on demand (a false alarm, an event that comes too late)
// is reported by a ScriptedPoller instead: ScriptedReadinessTest.
//
// Main disadvantage: results are compared as text, which is good to read and
// says of a descriptor only its number.

#ifndef CLOCHE_BACKEND_READINESS_BACKEND_TEST_H_
#define CLOCHE_BACKEND_READINESS_BACKEND_TEST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/backends.h"
#include "cloche/backend/operation.h"
#include "cloche/backend/readiness_backend.h"
#include "cloche/base/errors.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/poller/poller.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

// An operation with all that it refers to.
class TestOperation : public Operation {
 public:
  TestOperation(OperationKind operation_kind, int descriptor,
                std::string bytes = "")
      : bytes_(std::move(bytes)) {
    kind = operation_kind;
    fd = descriptor;
    if (kind != OperationKind::kReceive && kind != OperationKind::kSend) return;
    buffer = bytes_.data();
    size = bytes_.size();
  }
  void OnHandedBack() override {}  // The loop's business.

  // "receive: hello", "send: 5", "accept: EMFILE".
  std::string Text() const {
    return absl::StrCat(KindText(), ": ", ResultText(),
                        closed_locally ? ", closed locally" : "");
  }

 private:
  std::string KindText() const {
    switch (kind) {
      case OperationKind::kAccept:
        return "accept";
      case OperationKind::kConnect:
        return "connect";
      case OperationKind::kReceive:
        return "receive";
      case OperationKind::kSend:
        return "send";
      case OperationKind::kWaitReadable:
        return "wait-readable";
      case OperationKind::kWaitWritable:
        return "wait-writable";
    }
    return "";
  }
  std::string ResultText() const {
    if (result < 0) return ErrnoName(static_cast<int>(result));
    if (kind != OperationKind::kReceive) return absl::StrCat(result);
    return result == 0 ? "end" : bytes_.substr(0, result);
  }

  std::string bytes_;
};

class Receiving final : public TestOperation {
 public:
  explicit Receiving(int fd, size_t most = 100)
      : TestOperation(OperationKind::kReceive, fd, std::string(most, '\0')) {}
};

class Sending final : public TestOperation {
 public:
  explicit Sending(int fd, std::string bytes = "x")
      : TestOperation(OperationKind::kSend, fd, std::move(bytes)) {}
};

class Accepting final : public TestOperation {
 public:
  explicit Accepting(int fd) : TestOperation(OperationKind::kAccept, fd) {
    address = &peer_;
  }
  const SocketAddress& peer() const { return peer_; }

 private:
  SocketAddress peer_;
};

class Connecting final : public TestOperation {
 public:
  Connecting(int fd, SocketAddress peer)
      : TestOperation(OperationKind::kConnect, fd), peer_(std::move(peer)) {
    address = &peer_;
  }

 private:
  SocketAddress peer_;
};

class WaitingReadable final : public TestOperation {
 public:
  explicit WaitingReadable(int fd, bool foreign = false)
      : TestOperation(OperationKind::kWaitReadable, fd) {
    foreign_descriptor = foreign;
  }
};

class WaitingWritable final : public TestOperation {
 public:
  explicit WaitingWritable(int fd, bool foreign = false)
      : TestOperation(OperationKind::kWaitWritable, fd) {
    foreign_descriptor = foreign;
  }
};

// What the two fixtures below have in common.
class BackendTestBase : public FakeKernelTest {
 protected:
  using Texts = std::vector<std::string>;

  // "in flight", or what it finished with at once.
  std::string Start(TestOperation& operation) {
    return backend_->Start(operation) ? operation.Text() : "in flight";
  }

  // One Wait: what it handed back, in order; its error, if any, is in status_.
  Texts WaitOnce(absl::Duration timeout = absl::ZeroDuration()) {
    OperationList done;
    status_ = backend_->Wait(timeout, done);
    Texts texts;
    while (Operation* operation = done.PopFront()) {
      EXPECT_EQ(operation->state, OperationState::kHandedBack);
      texts.push_back(static_cast<TestOperation*>(operation)->Text());
    }
    return texts;
  }

  // Waits until something is handed back. Nothing, if nothing ever will be:
  // the fake kernel knows when it has come to rest.
  Texts HandedBack() {
    // It may well return with nothing, now and then. More often, it spins.
    for (int turns = 0; turns < 10; ++turns) {
      Texts texts = WaitOnce(absl::InfiniteDuration());
      if (!texts.empty() || !status_.ok()) return texts;
    }
    ADD_FAILURE() << "the backend spins";
    return {};
  }

  uint64_t Calls(CallKind kind) const { return host_.CallCount(kind); }
  bool IsOpen(int fd) const { return host_.descriptors().Find(fd) != nullptr; }
  // Sends until nothing more goes in.
  void FillUp(int fd) {
    while (calls_.Send(fd, sink_, 0) > 0) {
    }
  }
  // The peer, `fd`, takes all that there is.
  void ReadAll(int fd) {
    while (calls_.Recv(fd, absl::MakeSpan(sink_), 0) > 0) {
    }
  }
  // The peer, `fd`, goes with an RST.
  void Reset(int fd) {
    SetOption(fd, SocketOption::kLinger, 0);
    EXPECT_EQ(calls_.Close(fd), 0);
  }

  std::unique_ptr<Backend> backend_;
  absl::Status status_;

 private:
  std::string sink_ = std::string(100'000, '\0');
};

// Over every backend of the fake kernel.
class ReadinessBackendTest : public BackendTestBase,
                             public ::testing::WithParamInterface<BackendKind> {
 protected:
  ReadinessBackendTest() {
    backend_ = std::make_unique<ReadinessBackend>(
        calls_, NewPoller(GetParam(), host_.kernel_calls()).value());
  }
  static bool edge() { return IsEdgeTriggered(GetParam()); }
  // Where the kernel keeps the set and is told of changes one by one.
  static bool epoll() {
    return GetParam() == BackendKind::kEpoll ||
           GetParam() == BackendKind::kEpollLevel;
  }
};

enum class Trigger : uint8_t { kEdge, kLevel };

// A poller that reports what the test tells it to, true or not.
class ScriptedPoller final : public Poller {
 public:
  explicit ScriptedPoller(Trigger trigger) : trigger_(trigger) {}

  absl::string_view name() const override { return "scripted"; }
  bool edge_triggered() const override { return trigger_ == Trigger::kEdge; }
  bool reports_priority() const override { return reports_priority_; }
  int Add(int fd, uint8_t interest, uint64_t token) override {
    return Note("add", fd, interest, token);
  }
  int Modify(int fd, uint8_t interest, uint64_t token) override {
    return Note("modify", fd, interest, token);
  }
  int Remove(int fd) override {
    calls_.push_back(absl::StrCat("remove ", fd));
    return 0;
  }
  int Wait(absl::Span<PollEvent> events, absl::Duration) override {
    if (wait_error_ != 0) return wait_error_;
    std::copy(events_.begin(), events_.end(), events.begin());
    const int count = static_cast<int>(events_.size());
    if (!repeats_) events_.clear();
    return count;
  }
  void Wake() override {}

  // The next Wait reports `flags` of `fd`, with the token it was last given.
  void Report(int fd, uint8_t flags) {
    events_.push_back({tokens_[fd], flags});
  }
  uint64_t TokenOf(int fd) { return tokens_[fd]; }
  void ReportToken(uint64_t token, uint8_t flags) {
    events_.push_back({token, flags});
  }
  // What has been reported is so at every Wait.
  void RepeatReports() { repeats_ = true; }
  // From now on, until it is set to 0.
  void FailChanges(int error) { change_error_ = error; }
  void FailWait(int error) { wait_error_ = error; }
  void HidePriority() { reports_priority_ = false; }

  // "add 7 r", "modify 7 rw", "remove 7" since the last time.
  std::vector<std::string> TakeCalls() { return std::exchange(calls_, {}); }

 private:
  int Note(const char* name, int fd, uint8_t interest, uint64_t token) {
    calls_.push_back(absl::StrCat(name, " ", fd, " ",
                                  (interest & kPollReadable) != 0 ? "r" : "",
                                  (interest & kPollWritable) != 0 ? "w" : ""));
    if (change_error_ == 0) tokens_[fd] = token;
    return change_error_;
  }

  const Trigger trigger_;
  std::map<int, uint64_t> tokens_;
  std::vector<PollEvent> events_;
  std::vector<std::string> calls_;
  int change_error_ = 0;
  int wait_error_ = 0;
  bool reports_priority_ = true;
  bool repeats_ = false;
};

class ScriptedReadinessTest : public BackendTestBase,
                              public ::testing::WithParamInterface<Trigger> {
 protected:
  ScriptedReadinessTest() {
    auto poller = std::make_unique<ScriptedPoller>(GetParam());
    poller_ = poller.get();
    backend_ = std::make_unique<ReadinessBackend>(calls_, std::move(poller));
  }
  static bool edge() { return GetParam() == Trigger::kEdge; }

  ScriptedPoller* poller_;  // The backend's.
};

#define INSTANTIATE_OVER_TRIGGERS(Suite)                                   \
  INSTANTIATE_TEST_SUITE_P(                                                \
      Scripted, Suite, ::testing::Values(Trigger::kEdge, Trigger::kLevel), \
      [](const auto& info) {                                               \
        return info.param == Trigger::kEdge ? "EdgeTriggered"              \
                                            : "LevelTriggered";            \
      })

}  // namespace cloche

#endif  // CLOCHE_BACKEND_READINESS_BACKEND_TEST_H_
