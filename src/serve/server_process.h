// ServerProcess: `cloche serve` as a user runs it: a process with flags, an
// output and signals.
//
//     ServerProcess server({"--port=0"});
//     const Endpoint endpoint = server.ReadEndpoint();
//
// Main disadvantage: it reads the output when it is asked to, so that a server
// that says a great deal may have to wait.
//
// Next: serve/serve_test.cc.

#ifndef CLOCHE_SERVE_SERVER_PROCESS_H_
#define CLOCHE_SERVE_SERVER_PROCESS_H_

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cloche/net/endpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

// The server as a child process. Standard output and error come through one
// pipe, in their order.
class ServerProcess {
 public:
  explicit ServerProcess(const std::vector<std::string>& flags) {
    std::vector<std::string> command = {"src/serve/serve"};
    command.insert(command.end(), flags.begin(), flags.end());
    Spawn(std::move(command));
  }
  // With so many descriptors and no more.
  ServerProcess(const std::vector<std::string>& flags, int descriptor_limit) {
    std::vector<std::string> command = {
        "/bin/sh", "-c",
        absl::StrCat("ulimit -n ", descriptor_limit, " && exec \"$@\""), "sh",
        "src/serve/serve"};
    command.insert(command.end(), flags.begin(), flags.end());
    Spawn(std::move(command));
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
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
    if (absl::EndsWith(text, "\n")) text.pop_back();
    return text;
  }

  // Where it listens, from its first line.
  Endpoint ReadEndpoint() {
    const std::string line = ReadLine();
    EXPECT_THAT(line, testing::StartsWith("cloche: serving http://"));
    const size_t begin = line.find("//") + 2;
    auto endpoint =
        Endpoint::Parse(line.substr(begin, line.find(' ', begin) - begin));
    return endpoint.value();
  }

  void Send(int signal_number) { kill(process_, signal_number); }

  // Waits for its end.
  int ExitCode() {
    int status = 0;
    EXPECT_EQ(waitpid(std::exchange(process_, -1), &status, 0) > 0, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  void Spawn(std::vector<std::string> command) {
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

  pid_t process_ = -1;
  FILE* output_ = nullptr;
};

}  // namespace cloche

#endif  // CLOCHE_SERVE_SERVER_PROCESS_H_
