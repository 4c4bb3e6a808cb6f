// RecordingObserver: fails the test when the program misuses the library.
//
// A real loop prints a misuse and lives on. In a test it is a bug, unless the
// test provoked it and takes it out with Take().
//
// Main disadvantage: it hears only what a Loop reports; a CHECK still ends the
// whole test program.
//
// Next: testing/test_loop.h.

#ifndef CLOCHE_TESTING_RECORDING_OBSERVER_H_
#define CLOCHE_TESTING_RECORDING_OBSERVER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/loop/environment.h"
#include "gtest/gtest.h"

namespace cloche {

// Thread safety: the loop's thread.
class RecordingObserver final : public Observer {
 public:
  RecordingObserver() = default;
  RecordingObserver(const RecordingObserver&) = delete;
  RecordingObserver& operator=(const RecordingObserver&) = delete;
  ~RecordingObserver() override {
    for (const std::string& message : messages_) ADD_FAILURE() << message;
  }

  void OnMisuse(absl::string_view message) override {
    messages_.emplace_back(message);
  }

  bool empty() const { return messages_.empty(); }
  // What was reported so far, which thereby fails nothing any more.
  std::vector<std::string> Take() { return std::exchange(messages_, {}); }

 private:
  std::vector<std::string> messages_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_RECORDING_OBSERVER_H_
