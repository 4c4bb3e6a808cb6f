// ClientOptions: how long a client waits, and for how much.
//
// Next: http/client_connection.h.

#ifndef CLOCHE_HTTP_CLIENT_OPTIONS_H_
#define CLOCHE_HTTP_CLIENT_OPTIONS_H_

#include "absl/time/time.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/head_parser.h"

namespace cloche {

struct ClientOptions {
  HeadLimits limits;  // Of an answer's head.
  BodyLimits body;    // Of an answer's body.

  // From the end of the request to the end of the answer's head.
  absl::Duration head_timeout = absl::Seconds(30);
  // For each part of the request: a server that does not read is cut off.
  absl::Duration write_timeout = absl::Seconds(30);
  // How long a server may be silent before it gets a body that it was asked
  // about (expect_continue): old ones do not know the question.
  absl::Duration continue_timeout = absl::Seconds(1);

  // How many answers before the answer (1xx) are read over.
  int max_interim_responses = 10;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_CLIENT_OPTIONS_H_
