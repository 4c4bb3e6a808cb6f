// Each page, asked for without a connection.

#include "cloche/serve/site.h"

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/request.h"
#include "cloche/http/response.h"
#include "cloche/tasks/run.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SiteTest : public ::testing::Test {
 protected:
  // The answer to GET `path`, with `query` after the question mark.
  Response Get(absl::string_view path, absl::string_view query = "") {
    Request request;
    request.method = "GET";
    request.target = request.path = path;
    request.query = query;
    return loop_.Run(site_.Answer(request)).value();
  }

  const Router site_ = MakeSite();
  TestLoop loop_;
};

TEST_F(SiteTest, SaysOnItsFirstPageWhatThereIs) {
  const Response index = Get("/");
  EXPECT_EQ(index.status_code, 200);
  EXPECT_THAT(index.body, AllOf(HasSubstr("/hello"), HasSubstr("/slow"),
                                HasSubstr("/echo"), HasSubstr("/tasks")));
}

TEST_F(SiteTest, SaysHelloInThirteenBytes) {
  EXPECT_EQ(Get("/hello").status_code, 200);
  EXPECT_EQ(Get("/hello").body, "Hello, world!");
}

TEST_F(SiteTest, IsSlowForAsLongAsItIsAskedTo) {
  EXPECT_EQ(Get("/slow", "ms=1500").body, "Hello, world!");
  EXPECT_EQ(loop_.elapsed(), absl::Milliseconds(1500));
}

TEST_F(SiteTest, IsSlowForUpToAMinute) {
  EXPECT_EQ(Get("/slow", "ms=60000").status_code, 200);
  EXPECT_EQ(loop_.elapsed(), kLongestSlow);
}

TEST_F(SiteTest, TellsOfTasksAndWhatTheyWaitFor) {
  const Response tasks = Get("/tasks");
  EXPECT_EQ(tasks.status_code, 200);
  EXPECT_THAT(tasks.body, HasSubstr("main task"));
}

TEST_F(SiteTest, HasNothingElse) {
  EXPECT_EQ(Get("/nothing").status_code, 404);
}

class SlowRefuses : public SiteTest,
                    public ::testing::WithParamInterface<const char*> {};

TEST_P(SlowRefuses, WithoutWaiting) {
  const Response refused = Get("/slow", GetParam());
  EXPECT_EQ(refused.status_code, 400);
  EXPECT_THAT(refused.body, HasSubstr("/slow?ms=N"));
  EXPECT_EQ(loop_.elapsed(), absl::ZeroDuration());
}

INSTANTIATE_TEST_SUITE_P(Delays, SlowRefuses,
                         ::testing::Values("", "ms", "ms=", "ms=x", "ms=-1",
                                           "ms=1.5", "ms=60001",
                                           "ms=4294967297", "seconds=1"));

}  // namespace
}  // namespace cloche
