#include "cloche/fetch/upload.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_writer.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

constexpr size_t kPartBytes = 64 * 1024;

struct File {
  std::string path;
  FILE* stream = nullptr;

  ~File() {
    if (stream != nullptr && stream != stdin) std::fclose(stream);
  }
};

absl::Status Failure(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

std::optional<uint64_t> SizeOf(FILE* stream) {
  struct stat status;
  if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  // Standard input may have been read from already.
  const off_t at = ftello(stream);
  if (at < 0 || at > status.st_size) return std::nullopt;
  return status.st_size - at;
}

Task<> Upload(const File& file, BodyWriter& body) {
  std::vector<char> part(kPartBytes);
  while (true) {
    const size_t size = std::fread(part.data(), 1, part.size(), file.stream);
    if (size == 0) break;
    co_await Try(body.Write(absl::string_view(part.data(), size)));
  }
  if (std::ferror(file.stream)) co_return Failure("read", file.path);
  co_return absl::OkStatus();
}

}  // namespace

absl::Status UploadFile(const std::string& path, ClientRequest& request) {
  auto file = std::make_shared<File>();
  file->path = path;
  file->stream = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file->stream == nullptr) return Failure("open", path);
  request.content_length = SizeOf(file->stream);
  request.stream = [file](BodyWriter& body) { return Upload(*file, body); };
  return absl::OkStatus();
}

}  // namespace cloche
