// UploadFile: a file as the body of a request.
//
// How it works: it is read part by part as it is sent. If the system knows how
// long it is, that is said; else (a pipe, a terminal) it goes in chunks.
//
// Main disadvantage: reading blocks the whole program, which for a program with
// one thing to do matters only if the file is a pipe that stays empty: then the
// answer waits, too.
//
// Next: http/body_writer.h.

#ifndef CLOCHE_FETCH_UPLOAD_H_
#define CLOCHE_FETCH_UPLOAD_H_

#include <string>

#include "absl/status/status.h"
#include "cloche/http/client_request.h"

namespace cloche {

// Makes the file at `path`, or standard input for "-", the body of `request`.
// Errors: as open(2) says, with the path.
absl::Status UploadFile(const std::string& path, ClientRequest& request);

}  // namespace cloche

#endif  // CLOCHE_FETCH_UPLOAD_H_
