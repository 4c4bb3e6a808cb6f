// Between libFuzzer, whose main function this is linked with, and a target.
//
// libFuzzer knows a failure only as a crash, hence the listener that makes one
// of a failed EXPECT, after GoogleTest has printed what was wrong.
//
// Next: testing/fuzz/fuzz_target.h.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "gtest/gtest.h"

namespace {

class AbortOnFailure final : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (result.failed()) std::abort();
  }
};

}  // namespace

// libFuzzer prescribes the names.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  // Behind the listener that prints, which is there already.
  ::testing::UnitTest::GetInstance()->listeners().Append(new AbortOnFailure);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cloche::FuzzOne(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
// NOLINTEND(readability-identifier-naming)
