// SortedFiles: the files of a folder that a test goes through.
//
// Next: testing/fuzz/replay_corpus.cc and testing/scenario/corpus_test.cc.

#ifndef CLOCHE_TESTING_SORTED_FILES_H_
#define CLOCHE_TESTING_SORTED_FILES_H_

#include <algorithm>
#include <filesystem>
#include <vector>

namespace cloche {

// In the order of their names, which is not the order of the folder.
inline std::vector<std::filesystem::path> SortedFiles(
    const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_SORTED_FILES_H_
