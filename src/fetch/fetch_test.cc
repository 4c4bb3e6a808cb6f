// The program as a user runs it, against the server of `./cloche serve`.
//
// Nothing here waits for time to pass: a program's output is read to its end.

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cloche/testing/child_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  std::string output;
  int exit_code;
};

Outcome Fetch(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "src/fetch/fetch");
  ChildProcess program(std::move(arguments));
  std::string output = program.ReadToEnd();
  return {std::move(output), program.ExitCode()};
}

class FetchTest : public ::testing::Test {
 protected:
  // "http://127.0.0.1:12345" and the path, from the server's first line.
  std::string UrlOf(const std::string& path) const { return origin_ + path; }

 private:
  ChildProcess server_{{"src/serve/serve", "--port=0"}};
  const std::string line_ = server_.ReadLine();
  const size_t begin_ = line_.find("http://");
  const std::string origin_ =
      line_.substr(begin_, line_.find(' ', begin_) - begin_);
};

// --- Answers ----------------------------------------------------------------

TEST_F(FetchTest, PrintsTheBody) {
  const Outcome outcome = Fetch({UrlOf("/hello")});
  EXPECT_EQ(outcome.output, "Hello, world!");
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST_F(FetchTest, PrintsTheHeadTooIfItIsAskedTo) {
  EXPECT_THAT(Fetch({UrlOf("/hello"), "--include"}).output,
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("\r\nContent-Length: 13\r\n"),
                    EndsWith("\r\n\r\nHello, world!")));
}

TEST_F(FetchTest, PrintsAnErrorOfHttpAndHasAnExitCodeForIt) {
  const Outcome outcome = Fetch({UrlOf("/nothing")});
  EXPECT_EQ(outcome.output, "There is nothing at /nothing.\n");
  EXPECT_EQ(outcome.exit_code, 22);
}

TEST_F(FetchTest, SendsAMethod) {
  const Outcome outcome = Fetch({UrlOf("/hello"), "--method=HEAD"});
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST_F(FetchTest, SendsData) {
  EXPECT_EQ(Fetch({UrlOf("/echo"), "--data=one two"}).output, "one two");
}

TEST_F(FetchTest, SendsHeaders) {
  EXPECT_THAT(Fetch({UrlOf("/echo"), "--data=a", "--include", "--header",
                     "Content-Type: text/csv", "--header=X: y"})
                  .output,
              HasSubstr("\r\nContent-Type: text/csv\r\n"));
}

// More than all buffers on the way hold, so it must come back as it goes.
TEST_F(FetchTest, SendsAFileAndPrintsItAsItComesBack) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/much");
  std::string much;
  for (int i = 0; i < 1'000'000; ++i) absl::StrAppend(&much, i, "\n");
  FILE* file = fopen(path.c_str(), "w");
  ASSERT_EQ(fwrite(much.data(), 1, much.size(), file), much.size());
  fclose(file);
  const Outcome outcome = Fetch({UrlOf("/echo"), "--data_file", path});
  EXPECT_TRUE(outcome.output == much) << outcome.output.size();
  EXPECT_EQ(outcome.exit_code, 0);
}

// --- No answers -------------------------------------------------------------

TEST(Fetch, SaysInOneLineThatNobodyListensThere) {
  // Port 1 of this machine, which only root could have taken.
  const Outcome outcome = Fetch({"http://127.0.0.1:1/"});
  EXPECT_THAT(outcome.output,
              AllOf(StartsWith("cloche fetch: connect 127.0.0.1:1: "),
                    HasSubstr("ECONNREFUSED")));
  EXPECT_EQ(outcome.exit_code, 1);
}

struct Misuse {
  std::vector<std::string> arguments;
  std::string explanation;
};

class Refuses : public ::testing::TestWithParam<Misuse> {};

TEST_P(Refuses, InOneLineWithExitCodeTwo) {
  const Outcome outcome = Fetch(GetParam().arguments);
  EXPECT_THAT(outcome.output, AllOf(StartsWith("cloche fetch: "),
                                    HasSubstr(GetParam().explanation)));
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1);
  EXPECT_EQ(outcome.exit_code, 2);
}

constexpr char kUrl[] = "http://127.0.0.1:1/";

INSTANTIATE_TEST_SUITE_P(
    Fetch, Refuses,
    ::testing::Values(
        Misuse{{}, "it takes one URL"},
        Misuse{{kUrl, kUrl}, "it takes one URL"},
        Misuse{{"https://127.0.0.1/"}, "needs TLS"},
        Misuse{{"http://example.org/"}, "cannot be looked up yet"},
        Misuse{{kUrl, "--header", "nonsense"}, "has no colon"},
        Misuse{{kUrl, "--header=Host: a"}, "the client sets this one"},
        Misuse{{kUrl, "--method=A B"}, "request method \"A B\""},
        Misuse{{kUrl, "--data=a", "--data_file=b"}, "exclude each other"},
        Misuse{{kUrl, "--data_file=/no/such"}, "open /no/such"}));

}  // namespace
}  // namespace cloche
