// Linger: how a connection ends after its last answer.
//
// Closing a socket while the peer still sends resets the connection, and a
// reset may throw away the answer before the peer has read it. So we send a FIN
// and read on for a moment, throwing away what comes (RFC 9112 section 9.6).
//
//   last answer --> FIN --> read, read, ... --> their FIN, or enough --> close
//
// Main disadvantage: a client that goes on for longer is reset all the same.
//
// Next: http/burst.h.

#ifndef CLOCHE_HTTP_LINGER_H_
#define CLOCHE_HTTP_LINGER_H_

#include "cloche/http/byte_buffer.h"
#include "cloche/http/http_options.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Ends our direction of `stream` and waits for the end of theirs, within the
// limits that `options` have for that. `scratch` loses what it has. OK however
// the client takes it, or CANCELLED. Lifetime: all three outlive the task.
Task<> Linger(ByteStream& stream, ByteBuffer& scratch,
              const HttpOptions& options);

}  // namespace cloche

#endif  // CLOCHE_HTTP_LINGER_H_
