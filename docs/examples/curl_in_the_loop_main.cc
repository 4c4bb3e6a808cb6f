// Fetches all URLs of its command line at once, with libcurl, in one loop.

#include <cstdio>
#include <string>

#include "cloche/base/errors.h"
#include "cloche/docs/examples/curl_in_the_loop.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"

using namespace cloche;

Task<> Fetch(CurlClient& curl, std::string url) {
  const CurlAnswer answer =
      co_await Try(WithTimeout(absl::Seconds(30), curl.Get(url)));
  std::printf("%ld, %zu bytes: %s\n", answer.status_code, answer.body.size(),
              url.c_str());
  co_return absl::OkStatus();
}

Task<> FetchAll(CurlClient& curl, int count, char** urls) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    for (int i = 0; i < count; ++i) {
      nursery.Start(Fetch, std::ref(curl), std::string(urls[i]));
    }
    co_return absl::OkStatus();
  });
}

int main(int argc, char** argv) {
  auto system = SystemEnvironment::Create().value();
  Loop loop(system->MakeEnvironment());
  const absl::Status end = Run(loop, WithCurl([&](CurlClient& curl) {
                                 return FetchAll(curl, argc - 1, argv + 1);
                               }));
  if (!end.ok()) std::fprintf(stderr, "%s\n", FormatError(end).c_str());
  return end.ok() ? 0 : 1;
}
