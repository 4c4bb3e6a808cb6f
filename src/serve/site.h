// The pages of `./cloche serve`: small ones, each of which shows something.
//
//   /           a text that says what there is
//   /hello      the 13 bytes "Hello, world!", which is what benchmarks ask for
//   /slow?ms=N  the same, N milliseconds later
//   /echo       POST: the body of the request, streamed back, with its trailers
//   /tasks      what every task of the server waits for, at this moment
//
// Main disadvantage: it is no file server. It serves what is written here.
//
// Next: serve/site.cc; http/router.h; serve/web_server.h, which serves it.

#ifndef CLOCHE_SERVE_SITE_H_
#define CLOCHE_SERVE_SITE_H_

#include "absl/time/time.h"
#include "cloche/http/router.h"

namespace cloche {

// The longest that /slow takes: a client must not be able to ask for a year.
inline constexpr absl::Duration kLongestSlow = absl::Minutes(1);

Router MakeSite();

}  // namespace cloche

#endif  // CLOCHE_SERVE_SITE_H_
