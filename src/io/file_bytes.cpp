#include "io/file_bytes.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "xgrad/core/error.hpp"

namespace xgrad::detail {

std::vector<std::byte> file_bytes(const std::string& path, const char* operation, Loc loc) {
  const auto refuse = [&](const std::string& why) {
    throw IoError(operation, "needs a file that can be read; got " + path + " (" + why + ")", loc);
  };
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) refuse(code ? code.message() : "there is none");
  if (std::filesystem::is_directory(status)) refuse("a folder");
  if (!std::filesystem::is_regular_file(status)) refuse("something that is no file");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) refuse(std::system_category().message(errno));
  std::vector<std::byte> bytes;
  const std::uintmax_t size = std::filesystem::file_size(path, code);
  if (!code) bytes.reserve(size);
  std::byte block[1 << 16];
  while (const std::size_t got = std::fread(block, 1, sizeof block, file.get()))
    bytes.insert(bytes.end(), block, block + got);
  if (std::ferror(file.get())) refuse("reading broke off");
  return bytes;
}

}  // namespace xgrad::detail
