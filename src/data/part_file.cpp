#include "data/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace xgrad::detail {

namespace {
std::string reason(int code) { return std::system_category().message(code); }
}  // namespace

PartFile::PartFile(std::string target, const std::function<void()>& waiting)
    : target_(std::move(target)), path_(target_ + ".part") {
  const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    problem_ = folder.string() + " cannot be made: " + failed.message();
    return;
  }
  for (;;) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd_ < 0 && errno == EINTR) continue;
    if (fd_ < 0) {
      problem_ = path_ + " cannot be written: " + reason(errno);
      return;
    }
    struct stat status {};
    if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      problem_ = path_ + " is no file";
      ::close(std::exchange(fd_, -1));
      return;
    }
    int locked = ::flock(fd_, LOCK_EX | LOCK_NB);
    if (locked != 0 && errno == EWOULDBLOCK) {
      if (waiting) waiting();
      do locked = ::flock(fd_, LOCK_EX);
      while (locked != 0 && errno == EINTR);
    }
    // A file system without locks goes without: the hash still decides what becomes of the part.
    if (is_still_at_its_path()) return;
    ::close(fd_);  // whoever had it has given it its name, or removed it
  }
}

PartFile::~PartFile() {
  if (fd_ < 0) return;
  if (size() == 0 && is_still_at_its_path()) ::unlink(path_.c_str());
  ::close(fd_);
}

bool PartFile::is_still_at_its_path() const {
  struct stat ours {
  }, theirs{};
  return ::fstat(fd_, &ours) == 0 && ::lstat(path_.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

std::int64_t PartFile::size() const {
  struct stat status {};
  return ::fstat(fd_, &status) == 0 ? static_cast<std::int64_t>(status.st_size) : 0;
}

void PartFile::clear() { (void)!::ftruncate(fd_, 0); }

void PartFile::remove() {
  ::unlink(path_.c_str());
  ::close(std::exchange(fd_, -1));
}

std::string PartFile::commit() {
  if (::fsync(fd_) != 0 || ::rename(path_.c_str(), target_.c_str()) != 0)
    return target_ + " cannot be written: " + reason(errno);
  // The new name, too, should outlast a power cut; some file systems cannot promise it.
  const std::string folder = std::filesystem::path(target_).parent_path().string();
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    (void)::fsync(directory);
    ::close(directory);
  }
  ::close(std::exchange(fd_, -1));
  return {};
}

}  // namespace xgrad::detail
