#pragma once
// A file that is there whole, or not at all.

#include <string>

#include "xgrad/core/location.hpp"

namespace xgrad::detail {

/// A temporary file beside its target. `commit` puts it in the target's place; without that, it goes.
class AtomicFile {
 public:
  /// @param operation for errors @throws IoError where the folder takes no file, or the target is none that a file may
  /// replace
  AtomicFile(const std::string& path, const char* operation, Loc loc);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where it is until then; others may write it, too.
  const std::string& temporary() const noexcept { return temporary_; }
  /// Appends. @throws IoError
  void write(const void* bytes, std::size_t size);
  /// Synchronises to disk, and replaces the target. @throws IoError
  void commit();
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  void close() noexcept;
  std::string path_, target_, temporary_;
  const char* operation_;
  Loc loc_;
  int fd_ = -1;
};

}  // namespace xgrad::detail
