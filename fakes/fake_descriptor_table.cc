#include "cloche/fakes/fake_descriptor_table.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace cloche {

int FakeDescriptorTable::LowestFree() const {
  return free_.empty() ? static_cast<int>(files_.size()) : *free_.begin();
}

bool FakeDescriptorTable::HasRoom() const { return LowestFree() < limit_; }

int FakeDescriptorTable::Open(std::shared_ptr<FakeFile> file) {
  if (!HasRoom()) return -EMFILE;
  const int fd = LowestFree();
  if (free_.empty()) files_.emplace_back();
  free_.erase(fd);
  files_[fd] = std::move(file);
  return fd;
}

int FakeDescriptorTable::Close(int fd) {
  // The number is free before the file hears of it, as in a kernel, and the
  // file stays alive until it has finished hearing.
  const std::shared_ptr<FakeFile> file = Find(fd);
  if (file == nullptr) return -EBADF;
  files_[fd] = nullptr;
  free_.insert(fd);
  file->OnClosed();
  return 0;
}

void FakeDescriptorTable::CloseAll() {
  for (int fd = 0; fd < static_cast<int>(files_.size()); ++fd) Close(fd);
}

void FakeDescriptorTable::Replace(int fd, std::shared_ptr<FakeFile> file) {
  const std::shared_ptr<FakeFile> before =
      std::exchange(files_[fd], std::move(file));
  before->OnClosed();
}

std::shared_ptr<FakeFile> FakeDescriptorTable::Find(int fd) const {
  if (fd < 0 || fd >= static_cast<int>(files_.size())) return nullptr;
  return files_[fd];
}

std::vector<std::string> FakeDescriptorTable::Describe() const {
  std::vector<std::string> lines;
  for (size_t fd = 0; fd < files_.size(); ++fd) {
    if (files_[fd] == nullptr) continue;
    lines.push_back(absl::StrCat("fd ", fd, ": ", files_[fd]->Describe()));
  }
  return lines;
}

}  // namespace cloche
