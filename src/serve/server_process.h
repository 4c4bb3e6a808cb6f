// ServerProcess: `cloche serve` as a user runs it.
//
//     ServerProcess server({"--port=0"});
//     const Endpoint endpoint = server.ReadEndpoint();
//
// Next: testing/child_process.h; serve/serve_test.cc.

#ifndef CLOCHE_SERVE_SERVER_PROCESS_H_
#define CLOCHE_SERVE_SERVER_PROCESS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cloche/net/endpoint.h"
#include "cloche/testing/child_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

class ServerProcess : public ChildProcess {
 public:
  explicit ServerProcess(const std::vector<std::string>& flags)
      : ChildProcess(Command({}, flags)) {}
  // With so many descriptors and no more.
  ServerProcess(const std::vector<std::string>& flags, int descriptor_limit)
      : ChildProcess(Command(
            {"/bin/sh", "-c",
             absl::StrCat("ulimit -n ", descriptor_limit, " && exec \"$@\""),
             "sh"},
            flags)) {}

  // Where it listens, from its first line.
  Endpoint ReadEndpoint() {
    const std::string line = ReadLine();
    EXPECT_THAT(line, testing::StartsWith("cloche: serving http://"));
    const size_t begin = line.find("//") + 2;
    auto endpoint =
        Endpoint::Parse(line.substr(begin, line.find(' ', begin) - begin));
    return endpoint.value();
  }

 private:
  static std::vector<std::string> Command(
      std::vector<std::string> command, const std::vector<std::string>& flags) {
    command.emplace_back("src/serve/serve");
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }
};

}  // namespace cloche

#endif  // CLOCHE_SERVE_SERVER_PROCESS_H_
