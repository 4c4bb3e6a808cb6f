// Descriptors that somebody else has, too: a duplicate (dup), a child (fork).
//
// Facts (dup(2), fork(2), epoll(7) "Questions and answers")
//   * Either is another name for the same open file. close(2) takes away one
//     name; the file, and with it the connection, ends with the last one.
//   * epoll watches files, not names: it goes on telling of one that we closed,
//     under the token of old.
//
// What this means for us
//   * What is told under an old token meets nobody, and nobody spins on it.
//   * All that the library opens is close-on-exec, so a program that is started
//     has no second names. A child that only forked has all of them, and must
//     not touch the loop: its epoll instance, ring and eventfd are the
//     parent's.

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "absl/time/time.h"
#include "cloche/loop/system_loop_test.h"

namespace cloche {
namespace {

class InheritedDescriptors : public SystemLoopTest {
 protected:
  // From now on the loop knows the descriptor, whatever its backend.
  void GetKnown(int fd, int peer) {
    TestReceive receive(fd);
    ASSERT_FALSE(loop_.Start(receive));
    ASSERT_EQ(system_->sockets().Send(peer, "x", 0), 1);
    RunUntilHandedBack(receive);
  }

  // Closes pair_[0] and gives its number to another connection, whose other end
  // it returns.
  int GiveItsNumberAway() {
    loop_.backend().Close(pair_[0]);
    std::array<int, 2> next;
    EXPECT_EQ(system_->sockets().SocketPair(next.data()), 0);
    EXPECT_EQ(next[0], pair_[0]);
    return next[1];
  }
};

TEST_P(InheritedDescriptors, ADuplicateOfAClosedOneBringsItsSuccessorNothing) {
  GetKnown(pair_[0], pair_[1]);
  const int duplicate = dup(pair_[0]);
  const int new_peer = GiveItsNumberAway();
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  ASSERT_EQ(system_->sockets().Send(pair_[1], "old", 0), 3);
  EXPECT_LE(TurnsIn(absl::Milliseconds(5)), kFewTurns);
  EXPECT_FALSE(receive.handed_back());
  ASSERT_EQ(system_->sockets().Send(new_peer, "new", 0), 3);
  RunUntilHandedBack(receive);
  EXPECT_EQ(receive.bytes(), "new");
  close(duplicate);
  close(new_peer);
}

// A child that does nothing until it hears from us, and then ends.
class Child {
 public:
  Child() {
    EXPECT_EQ(pipe(pipe_.data()), 0);
    pid_ = fork();
    if (pid_ != 0) return;
    close(pipe_[1]);
    char byte;
    _exit(read(pipe_[0], &byte, 1) == 0 ? 0 : 1);
  }
  ~Child() { End(); }
  void End() {
    if (pid_ == 0) return;
    for (const int fd : pipe_) close(fd);
    int status = -1;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_EQ(status, 0);
    pid_ = 0;
  }

 private:
  std::array<int, 2> pipe_;
  pid_t pid_;
};

TEST_P(InheritedDescriptors, AChildThatEndsTakesNothingAway) {
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  Child().End();
  ASSERT_EQ(system_->sockets().Send(pair_[1], "hello", 0), 5);
  RunUntilHandedBack(receive);
  EXPECT_EQ(receive.bytes(), "hello");
}

TEST_P(InheritedDescriptors, AChildKeepsAConnectionOpenThatWasClosed) {
  GetKnown(pair_[0], pair_[1]);
  Child child;
  const int new_peer = GiveItsNumberAway();
  TestReceive end(pair_[1]);
  ASSERT_FALSE(loop_.Start(end));
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  ASSERT_EQ(system_->sockets().Send(new_peer, "new", 0), 3);
  RunUntilHandedBack(receive);
  EXPECT_EQ(receive.bytes(), "new");
  EXPECT_FALSE(end.handed_back());
  child.End();
  RunUntilHandedBack(end);
  EXPECT_EQ(end.result, 0);
  close(new_peer);
}

INSTANTIATE_OVER_BACKENDS(InheritedDescriptors);

}  // namespace
}  // namespace cloche
