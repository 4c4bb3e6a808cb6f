// The main function of a fuzz target as an ordinary test: each file of the
// corpus, which is the folder in argv[1], is a test case, named after the file.
//
// Main disadvantage: it shows that what was found once is not back, and finds
// nothing new: that is what `./cloche fuzz` is for.
//
// Next: testing/fuzz/fuzz_target.h.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "cloche/base/check.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/sorted_files.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using Path = std::filesystem::path;

class Replay : public ::testing::Test {
 public:
  explicit Replay(Path file) : file_(std::move(file)) {}

  void TestBody() override {
    std::ifstream stream(file_, std::ios::binary);
    ASSERT_TRUE(stream.is_open()) << file_;
    const std::string input((std::istreambuf_iterator<char>(stream)), {});
    // In a block of its own size, so that ASan sees a read behind its end.
    const std::vector<char> block(input.begin(), input.end());
    FuzzOne(absl::string_view(block.data(), block.size()));
  }

 private:
  const Path file_;
};

void Register(const Path& folder) {
  const std::vector<Path> files = SortedFiles(folder);
  CLOCHE_CHECK(!files.empty(), "the corpus has no files");
  for (const Path& file : files) {
    ::testing::RegisterTest("Corpus", file.filename().string().c_str(), nullptr,
                            nullptr, __FILE__, __LINE__,
                            [file]() -> Replay* { return new Replay(file); });
  }
}

}  // namespace
}  // namespace cloche

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  CLOCHE_CHECK(argc == 2, "give the folder of the corpus");
  cloche::Register(argv[1]);
  return RUN_ALL_TESTS();
}
