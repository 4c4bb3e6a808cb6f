// A fuzz target: a function that holds what it promises for any input at all.
//
//     void cloche::FuzzOne(absl::string_view input) {
//       EXPECT_EQ(Decode(Encode(input)), input);
//     }
//
// How it works: the macro cloche_fuzz_test makes two programs of it.
//
//   corpus/*  --> replay_corpus.cc --+         an ordinary test: each file once
//                                    +--> FuzzOne
//   libFuzzer --> fuzzer.cc ---------+         `./cloche fuzz`: millions of
//     ^                              |         inputs, changed at random, and
//     +---- which code was run ------+         kept if they run new code
//
// What is not as it should be is a failed EXPECT in both. The fuzzer stops at
// the first, and writes the input to a file.
//
// Main disadvantage: it finds what the EXPECTs and the sanitizers can see, and
// nothing else. A target is as good as the promises that it checks.
//
// Next: testing/fuzz/script.h; http/fuzz/request_parser_fuzz.cc.

#ifndef CLOCHE_TESTING_FUZZ_FUZZ_TARGET_H_
#define CLOCHE_TESTING_FUZZ_FUZZ_TARGET_H_

#include "absl/strings/string_view.h"

namespace cloche {

// Each target defines it. It must do the same for the same input, and leave
// nothing behind. Lifetime: `input` lives for the call.
void FuzzOne(absl::string_view input);

}  // namespace cloche

#endif  // CLOCHE_TESTING_FUZZ_FUZZ_TARGET_H_
