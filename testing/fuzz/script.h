// Script: the input of a fuzz target, read as what a sender of bytes does.
//
//     GET / HTTP/1.1 CR LF NUL | Host: h CR LF CR LF NUL F
//                          ^^^^^                     ^^^^^ and then a FIN
//                          these bytes go by themselves
//
// How it works: the bytes are those of the protocol, except that a NUL, which
// no protocol of ours has any use for, makes an order of the byte behind it if
// that is one of the letters of Then; otherwise both are bytes like others. So
// every input is a script, and a fuzzer that moves, drops or adds bytes makes a
// script of which the rest means the same as before.
//
// Main disadvantage: an editor must be able to write a NUL. (printf can.)
//
// Next: http/fuzz/request_parser_fuzz.cc.

#ifndef CLOCHE_TESTING_FUZZ_SCRIPT_H_
#define CLOCHE_TESTING_FUZZ_SCRIPT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace cloche {

// What comes after some bytes. A target for which time does not pass takes all
// of them as a cut between two pieces.
enum class Then : char {
  kGoOn = '|',         // Nothing but the next bytes, by themselves.
  kPause = '.',        // For a moment: what was sent has arrived.
  kLongPause = '~',    // Longer than anybody is patient.
  kFinish = 'F',       // A FIN: nothing is sent from here on.
  kClose = 'C',        // The sender closes the connection.
  kReset = 'R',        // The sender resets the connection.
  kStop = 'S',         // The receiver is asked to stop.
  kStopReading = 'N',  // The sender reads no answer from here on.
};

struct ScriptStep {
  std::string bytes;  // May be empty.
  Then then = Then::kGoOn;
};

using Script = std::vector<ScriptStep>;

// The last step has what no order follows; it may be empty.
Script ReadScript(absl::string_view input);

// What is sent altogether.
std::string AllBytes(const Script& script);

}  // namespace cloche

#endif  // CLOCHE_TESTING_FUZZ_SCRIPT_H_
