#pragma once
// Where data sets are found on the user's disk, and put when they are fetched.

#include <string>
#include <vector>

#include "data/download.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::detail {

/// A folder with data sets.
struct DataFolder {
  std::string path;
  bool cache;  ///< Keras's, and so ours: what is there under a known name must have the known hash
};

/// The folders that are searched, in this order: $KERAS_HOME/datasets, ~/.keras/datasets and .keras/datasets in the
/// folder for temporary files (where Keras keeps what it has downloaded); $XGRAD_DATA and /usr/share/datasets (where
/// Debian's packages put them), whose files are taken as they are.
std::vector<DataFolder> data_folders();

/// Where fetched files go, as in Keras: $KERAS_HOME/datasets, or ~/.keras/datasets where KERAS_HOME is not set; and if
/// nothing can be written there, .keras/datasets in the folder for temporary files.
std::string cache_folder();

/// The first that exists of `folder/name` for all folders and names; empty where there is none.
std::string find_data(const std::vector<std::string>& names, bool folder = false);

/// What a search found.
struct Found {
  std::string path;     ///< empty where there is none, or none that is whole
  std::string damaged;  ///< a file of that name that is not what it should be …
  std::string fault;    ///< … and why
};
Found find_file(const RemoteFile& file);

/// A file that is there, perhaps since now, or what stood in the way.
struct Obtained {
  Found found;
  Fetched fetched;
  const std::string& path() const { return found.path; }
};
/// Looks for a file, and fetches it where there is none that is whole; where one is damaged, says so.
Obtained obtain(const char* data_set, const RemoteFile& file);
/// The error that says what file is needed, where it was looked for, who was asked for it, and how to get it by hand.
[[noreturn]] void missing_data(const char* data_set, const RemoteFile& file, const Obtained& obtained, Loc loc);
/// `obtain`, or that error. @throws IoError
std::string need_data(const char* data_set, const RemoteFile& file, Loc loc);

/// Says a sentence on the standard error stream, once in a process for each data set.
void say_once(const char* data_set, const std::string& sentence);

}  // namespace xgrad::detail
