// FakeDescriptorTable: the small integers of one fake host.
//
// Facts about descriptors
//   * A new descriptor is the lowest number that is free (POSIX; open(2)). So
//     a number that was just closed comes back at once, for something else:
//     code that keeps a closed number around talks to a stranger.
//   * There is a limit, RLIMIT_NOFILE; a call that would go over it returns
//     EMFILE and changes nothing (getrlimit(2)).
//   * 0, 1 and 2 are taken when a program starts.
//
// Main disadvantage: no dup(2); each file has at most one descriptor.
//
// Next: fakes/fake_host.h, its owner.

#ifndef CLOCHE_FAKES_FAKE_DESCRIPTOR_TABLE_H_
#define CLOCHE_FAKES_FAKE_DESCRIPTOR_TABLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "cloche/fakes/fake_file.h"

namespace cloche {

// Thread safety: none. Lifetime: a part of its host. It shares its files with
// whatever in the kernel still works on them. What is open when it is destroyed
// is let go without a word to the file, as all of the world ends with it.
//
// Invariants:
//   1. A number below files_.size() is either in use (files_[fd] not null) or
//      in free_, never both.
//   2. Numbers 0, 1 and 2 are never given out.
class FakeDescriptorTable {
 public:
  // What `ulimit -n` says on most systems.
  static constexpr int kDefaultLimit = 1024;

  // Whether a new descriptor may be given out now; if not, it is -EMFILE.
  bool HasRoom() const;

  // The lowest free number, which from now on means `file` (not null), or
  // -EMFILE, and `file` is let go.
  int Open(std::shared_ptr<FakeFile> file);

  // Frees the number and tells the file. 0, or -EBADF.
  int Close(int fd);

  // The same for all that are open, lowest first, as a kernel does for a
  // process that ends (exit(2)).
  void CloseAll();

  // From now on `fd`, which is open, means `file`; AcceptEx alone does that.
  void Replace(int fd, std::shared_ptr<FakeFile> file);

  // Null if `fd` is not open.
  std::shared_ptr<FakeFile> Find(int fd) const;

  // As RLIMIT_NOFILE: one more than the highest number that may be given out.
  // Descriptors above a lowered limit stay open.
  void set_limit(int limit) { limit_ = limit; }
  int limit() const { return limit_; }

  // One line for each open descriptor, lowest first, for leak checks.
  std::vector<std::string> Describe() const;

 private:
  int LowestFree() const;

  int limit_ = kDefaultLimit;
  std::vector<std::shared_ptr<FakeFile>> files_{3};
  absl::btree_set<int> free_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_DESCRIPTOR_TABLE_H_
