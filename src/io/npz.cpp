#include "xgrad/io/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/atomic_file.hpp"
#include "io/file_bytes.hpp"
#include "io/names.hpp"
#include "io/npy.hpp"

// A .npz is a zip archive of .npy files.

namespace xgrad {

namespace {

class Archive {
 public:
  Archive(const std::string& path, Loc loc) : path_(path), loc_(loc), zip_(nullptr, zip_discard) {
    int code = 0;
    zip_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (zip_) {
      std::error_code ignored;
      length_ = std::filesystem::file_size(path, ignored);
      return;
    }
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    refuse("a zip archive that can be read", path_ + " (" + why + ")");
  }

  zip_uint64_t size() const {
    return static_cast<zip_uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(zip_.get(), 0)));
  }

  /// The entry's name in the archive, "x_train.npy".
  std::string name(zip_uint64_t index) const { return stat(index).name; }

  /// For errors: the archive and the entry.
  std::string where(zip_uint64_t index) const { return path_ + ":" + name(index); }

  std::vector<std::byte> read(zip_uint64_t index) const {
    const zip_stat_t claimed = stat(index);
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen_index(zip_.get(), index, 0), zip_fclose);
    if (!file) refuse("entry '" + name(index) + "' of " + path_, zip_strerror(zip_.get()));
    // The sizes that the archive claims are not to be trusted with memory beyond what deflate can make of a file of
    // this length (1032 for 1); what is more is grown as it is read.
    std::vector<std::byte> bytes;
    const zip_uint64_t packed = (claimed.valid & ZIP_STAT_COMP_SIZE) ? claimed.comp_size : 0;
    if (claimed.size / 1032 <= std::min(packed, length_)) bytes.reserve(claimed.size);
    std::byte block[1 << 16];
    for (zip_int64_t got; (got = zip_fread(file.get(), block, sizeof block)) != 0;) {
      if (got < 0) refuse("a whole entry '" + name(index) + "' in " + path_, zip_file_strerror(file.get()));
      bytes.insert(bytes.end(), block, block + got);
    }
    return bytes;
  }

  /// The place of the array of that name. @throws IoError that lists the names there are
  zip_uint64_t find(const std::string& array) const {
    std::string names;
    for (zip_uint64_t i = 0; i < size(); ++i) {
      const std::string entry = array_name(i);
      if (entry == array) return i;
      if (names.size() < 400) names += (i == 0 ? "" : ", ") + entry;
    }
    refuse("an array '" + array + "' in " + path_, names.empty() ? "none" : names);
  }

  /// The entry's name without .npy.
  std::string array_name(zip_uint64_t index) const {
    std::string entry = name(index);
    if (entry.ends_with(".npy")) entry.resize(entry.size() - 4);
    return entry;
  }

 private:
  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const {
    throw IoError("load_npz", "needs " + needs + "; got " + got, loc_);
  }

  zip_stat_t stat(zip_uint64_t index) const {
    zip_stat_t stat;
    if (zip_stat_index(zip_.get(), index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) ||
        !(stat.valid & ZIP_STAT_NAME))
      refuse("a whole archive", path_ + " (" + zip_strerror(zip_.get()) + ")");
    return stat;
  }

  std::string path_;
  Loc loc_;
  zip_uint64_t length_ = 0;  // of the file
  std::unique_ptr<zip_t, decltype(&zip_discard)> zip_;
};

}  // namespace

Array load_npy(const std::string& path, Loc loc) {
  return detail::parse_npy(detail::file_bytes(path, "load_npy", loc), path, loc);
}

IntLists load_npy_lists(const std::string& path, Loc loc) {
  return detail::parse_npy_lists(detail::file_bytes(path, "load_npy_lists", loc), path, loc);
}

std::map<std::string, Array> load_npz(const std::string& path, Loc loc) {
  const Archive archive(path, loc);
  std::map<std::string, Array> arrays;
  for (zip_uint64_t i = 0; i < archive.size(); ++i)
    if (!arrays.emplace(archive.array_name(i), detail::parse_npy(archive.read(i), archive.where(i), loc)).second)
      throw IoError("load_npz",
                    "needs arrays of different names in " + path + "; got '" + archive.array_name(i) + "' twice", loc);
  return arrays;
}

Array load_npz(const std::string& path, const std::string& name, Loc loc) {
  const Archive archive(path, loc);
  const zip_uint64_t at = archive.find(name);
  return detail::parse_npy(archive.read(at), archive.where(at), loc);
}

void save_npz(const std::string& path, const NamedArrays& arrays, Loc loc) {
  detail::check_names("save_npz", arrays, loc);
  for (const auto& [name, array] : arrays)
    if (name.find('\0') != std::string::npos)
      throw ArgError("save_npz", "needs names without zero bytes; got " + detail::shown(name), loc);

  detail::AtomicFile file(path, "save_npz", loc);
  if (arrays.empty()) {  // libzip would leave no file; this is an archive's end, and all of an empty one
    file.write("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    file.commit();
    return;
  }
  std::vector<std::string> headers;  // libzip reads these, and the arrays, when it closes
  for (const auto& [name, array] : arrays) headers.push_back(detail::npy_header(array));
  int code = 0;
  std::unique_ptr<zip_t, decltype(&zip_discard)> zip(zip_open(file.temporary().c_str(), ZIP_TRUNCATE, &code),
                                                     zip_discard);
  if (!zip) file.refuse("no archive could be begun");
  const auto refuse = [&] { file.refuse(zip_strerror(zip.get())); };
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& [name, array] = arrays[i];
    const zip_buffer_fragment_t parts[] = {
        {reinterpret_cast<zip_uint8_t*>(headers[i].data()), headers[i].size()},
        {static_cast<zip_uint8_t*>(const_cast<void*>(array.raw())), array.bytes()},
    };
    zip_source_t* source = zip_source_buffer_fragment(zip.get(), parts, array.bytes() > 0 ? 2 : 1, 0);
    if (!source) refuse();
    const zip_int64_t entry = zip_file_add(zip.get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (entry < 0) {
      zip_source_free(source);
      refuse();
    }
    const auto index = static_cast<zip_uint64_t>(entry);
    constexpr zip_uint16_t first_of_1980 = 1 << 5 | 1;  // the same arrays give the same bytes
    if (zip_set_file_compression(zip.get(), index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip.get(), index, 0, first_of_1980, 0) != 0)
      refuse();
  }
  if (zip_close(zip.get()) != 0) refuse();
  (void)zip.release();
  file.commit();
}

IntLists load_npz_lists(const std::string& path, const std::string& name, Loc loc) {
  const Archive archive(path, loc);
  const zip_uint64_t at = archive.find(name);
  return detail::parse_npy_lists(archive.read(at), archive.where(at), loc);
}

}  // namespace xgrad
