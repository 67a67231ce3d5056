#pragma once
// What has arrived of a file, beside the place where the whole will stand.

#include <cstdint>
#include <functional>
#include <string>

namespace xgrad::detail {

/// TARGET.part, open and locked against other processes and threads; the lock ends with this object, or with the
/// process.
class PartFile {
 public:
  /// Makes the folders and the file where they are not there. Waits where another has the lock, after calling
  /// `waiting`.
  explicit PartFile(std::string target, const std::function<void()>& waiting = {});
  /// Leaves what has arrived, but no empty file.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  /// Why it could not be opened; empty if it could.
  const std::string& problem() const noexcept { return problem_; }
  const std::string& path() const noexcept { return path_; }
  int fd() const noexcept { return fd_; }
  std::int64_t size() const;
  /// Throws away what has arrived.
  void clear();
  /// Removes the file: somebody else has brought the whole.
  void remove();
  /// Synchronises to disk, and gives it its name. @return what went wrong; empty if nothing
  std::string commit();

 private:
  bool is_still_at_its_path() const;

  std::string target_, path_, problem_;
  int fd_ = -1;
};

}  // namespace xgrad::detail
