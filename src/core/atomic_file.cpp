#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "xgrad/core/error.hpp"

namespace xgrad::detail {

namespace {

std::string reason(int code) { return std::system_category().message(code); }

/// Nobody else's name in that folder; O_EXCL decides.
std::string fresh_name() {
  static std::atomic<unsigned> count{0};
  return ".xgrad-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path, const char* operation, Loc loc)
    : path_(path), target_(path), operation_(operation), loc_(loc) {
  std::error_code failed;
  if (std::filesystem::is_symlink(target_, failed)) {
    target_ = std::filesystem::weakly_canonical(target_, failed).string();
    if (failed) refuse(failed.message());
  }
  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  if (replaces && S_ISDIR(old.st_mode)) refuse("a folder");
  if (replaces && !S_ISREG(old.st_mode)) refuse("something that is no file");
  const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
  do {
    temporary_ = (folder / fresh_name()).string();
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd_ < 0 && (errno == EEXIST || errno == EINTR));
  if (fd_ < 0) {
    const int code = errno;
    temporary_.clear();
    refuse(reason(code));
  }
  if (replaces) (void)!::fchmod(fd_, old.st_mode & 07777);  // best effort: a file of somebody else's
}

AtomicFile::~AtomicFile() {
  close();
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void AtomicFile::refuse(const std::string& why) const {
  throw IoError(operation_, "needs a file that can be written; got " + path_ + " (" + why + ")", loc_);
}

void AtomicFile::write(const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t done = ::write(fd_, at, std::min(size, std::size_t{1} << 30));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) refuse(reason(errno));
    at += done;
    size -= static_cast<std::size_t>(done);
  }
}

void AtomicFile::commit() {
  // Whoever wrote it by name may have replaced it: what is synchronised is what stands there now.
  const int written = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  if (written < 0) refuse(reason(errno));
  int code = ::fsync(written) == 0 ? 0 : errno;
  if (code == 0 && fd_ >= 0 && ::fsync(fd_) != 0) code = errno;
  ::close(written);
  close();
  if (code == 0 && ::rename(temporary_.c_str(), target_.c_str()) != 0) code = errno;
  if (code != 0) refuse(reason(code));
  temporary_.clear();
  // The new name, too, should outlast a power cut; some file systems cannot promise it.
  const std::string folder = std::filesystem::path(target_).parent_path().string();
  const int directory = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  (void)::fsync(directory);
  ::close(directory);
}

}  // namespace xgrad::detail
