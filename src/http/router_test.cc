// Router: which handler answers, and what answers where there is none.

#include "cloche/http/router.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/request.h"
#include "cloche/http/request_line.h"
#include "cloche/http/response.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

Handler Says(std::string text) {
  return [text](const Request&) -> Task<Response> {
    co_return TextResponse(200, text);
  };
}

class RouterTest : public ::testing::Test {
 protected:
  Response Ask(absl::string_view method_and_target) {
    const std::string line = absl::StrCat(method_and_target, " HTTP/1.1");
    Request request;
    EXPECT_FALSE(ParseRequestLine(line, request)) << line;
    return loop_.Run(router_.Answer(request)).value();
  }

  Router router_;
  TestLoop loop_;
};

TEST_F(RouterTest, FindsTheHandlerByThePath) {
  router_.Get("/a", Says("this is a"));
  router_.Get("/b", Says("this is b"));
  EXPECT_EQ(Ask("GET /a").body, "this is a");
  EXPECT_EQ(Ask("GET /b").body, "this is b");
}

TEST_F(RouterTest, AnswersHeadAsGet) {
  router_.Get("/a", Says("this is a"));
  EXPECT_EQ(Ask("HEAD /a").body, "this is a");
}

TEST_F(RouterTest, FindsTheHandlerByTheMethodToo) {
  router_.Get("/a", Says("got"));
  router_.Post("/a", Says("posted"));
  router_.Handle("PUT", "/a", Says("put"));
  EXPECT_EQ(Ask("GET /a").body, "got");
  EXPECT_EQ(Ask("POST /a").body, "posted");
  EXPECT_EQ(Ask("PUT /a").body, "put");
}

TEST_F(RouterTest, AnswersHeadByAHandlerOfItsOwnIfThereIsOne) {
  router_.Get("/a", Says("got"));
  router_.Handle("HEAD", "/a", Says("only the head"));
  EXPECT_EQ(Ask("HEAD /a").body, "only the head");
}

TEST_F(RouterTest, LooksAtThePathWithoutItsQuery) {
  router_.Get("/a", Says("this is a"));
  EXPECT_EQ(Ask("GET /a?b").body, "this is a");
  EXPECT_EQ(Ask("GET http://host/a?b").body, "this is a");
}

TEST_F(RouterTest, ComparesPathsByteByByte) {
  router_.Get("/a", Says("this is a"));
  for (const char* target : {"/", "/A", "/a/", "/a/b", "//a", "/%61"}) {
    EXPECT_EQ(Ask(absl::StrCat("GET ", target)).status_code, 404) << target;
  }
}

TEST_F(RouterTest, GivesAPathTwiceToTheLaterHandler) {
  router_.Get("/a", Says("earlier"));
  router_.Get("/a", Says("later"));
  EXPECT_EQ(Ask("GET /a").body, "later");
}

TEST_F(RouterTest, ListsItsPathsSorted) {
  router_.Get("/b", Says(""));
  router_.Get("/", Says(""));
  router_.Get("/a", Says(""));
  EXPECT_THAT(router_.Paths(), ElementsAre("/", "/a", "/b"));
}

TEST_F(RouterTest, LetsTheHandlerTakeItsTime) {
  router_.Get("/slow", [](const Request& request) -> Task<Response> {
    co_await Try(Sleep(absl::Seconds(3)));
    co_return TextResponse(200, std::string(request.path));
  });
  EXPECT_EQ(Ask("GET /slow").body, "/slow");
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(3));
}

TEST_F(RouterTest, PassesTheHandlersFailureOn) {
  router_.Get("/", [](const Request&) -> Task<Response> {
    co_return absl::AbortedError("no luck");
  });
  Request request;
  ASSERT_FALSE(ParseRequestLine("GET / HTTP/1.1", request));
  EXPECT_THAT(loop_.Run(router_.Answer(request)),
              StatusIs(absl::StatusCode::kAborted, "no luck"));
}

TEST_F(RouterTest, IsAHandlerItself) {
  router_.Get("/a", Says("this is a"));
  const Handler handler = router_.AsHandler();
  Request request;
  ASSERT_FALSE(ParseRequestLine("GET /a HTTP/1.1", request));
  EXPECT_EQ(loop_.Run(handler(request)).value().body, "this is a");
}

// --- What has no handler (RFC 9110 sections 9.1 and 15) ---------------------

TEST_F(RouterTest, SaysNotFoundAndWhat) {
  const Response response = Ask("GET /nowhere?query");
  EXPECT_EQ(response.status_code, 404);
  EXPECT_EQ(response.body, "There is nothing at /nowhere.\n");
}

TEST_F(RouterTest, SaysNotFoundToEveryMethodThatHttpHas) {
  for (const char* method :
       {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}) {
    EXPECT_EQ(Ask(absl::StrCat(method, " /nowhere")).status_code, 404)
        << method;
  }
}

TEST_F(RouterTest, AllowsGetAndHeadAndSaysSoToTheOthers) {
  router_.Get("/a", Says("this is a"));
  for (const char* method :
       {"DELETE", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}) {
    const Response response = Ask(absl::StrCat(method, " /a"));
    EXPECT_EQ(response.status_code, 405) << method;
    EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD")));
  }
}

TEST_F(RouterTest, AllowsWhatHasAHandler) {
  router_.Post("/a", Says("posted"));
  EXPECT_EQ(Ask("GET /a").status_code, 405);
  EXPECT_THAT(Ask("GET /a").headers, Contains(Pair("Allow", "POST")));
  EXPECT_EQ(Ask("HEAD /a").status_code, 405);
  router_.Get("/a", Says("got"));
  EXPECT_THAT(Ask("PUT /a").headers,
              Contains(Pair("Allow", "GET, HEAD, POST")));
}

TEST_F(RouterTest, TellsOptionsOfTheWholeServerWhatIsAllowed) {
  const Response response = Ask("OPTIONS *");
  EXPECT_EQ(response.status_code, 405);
  EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD")));
}

TEST_F(RouterTest, DoesNotKnowMethodsThatHttpLacksWhateverThePath) {
  router_.Get("/a", Says("this is a"));
  for (const char* line : {"BREW /a", "BREW /nowhere", "get /a", "Get /a"}) {
    EXPECT_EQ(Ask(line).status_code, 501) << line;
  }
}

TEST_F(RouterTest, IsNoProxyToConnectThrough) {
  router_.Get("/a", Says("this is a"));
  EXPECT_EQ(Ask("CONNECT host:443").status_code, 501);
  EXPECT_EQ(Ask("CONNECT /a").status_code, 501);
}

}  // namespace
}  // namespace cloche
