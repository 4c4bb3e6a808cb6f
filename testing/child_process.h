// ChildProcess: a program as a user runs it, with an output and an exit code.
//
//     ChildProcess program({"src/fetch/fetch", "http://127.0.0.1:8080/"});
//     EXPECT_EQ(program.ReadToEnd(), "Hello, world!");
//     EXPECT_EQ(program.ExitCode(), 0);
//
// Main disadvantage: it reads the output when it is asked to, so that a program
// that says a great deal may have to wait.
//
// Next: serve/server_process.h.

#ifndef CLOCHE_TESTING_CHILD_PROCESS_H_
#define CLOCHE_TESTING_CHILD_PROCESS_H_

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace cloche {

// Standard output and error come through one pipe, in their order. Lifetime: a
// program that has not ended by itself is killed.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    EXPECT_EQ(posix_spawn(&process_, arguments[0], &actions, nullptr,
                          arguments.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    fclose(output_);
  }

  // The next line of output without its newline; "" at the end.
  std::string ReadLine() {
    char line[1000];
    if (fgets(line, sizeof(line), output_) == nullptr) return "";
    std::string text = line;
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  // All that is still to come.
  std::string ReadToEnd() {
    std::string all;
    char room[10000];
    while (const size_t size = fread(room, 1, sizeof(room), output_)) {
      all.append(room, size);
    }
    return all;
  }

  void Send(int signal_number) { kill(process_, signal_number); }

  // Waits for its end.
  int ExitCode() {
    int status = 0;
    EXPECT_GT(waitpid(std::exchange(process_, -1), &status, 0), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t process_ = -1;
  FILE* output_ = nullptr;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CHILD_PROCESS_H_
