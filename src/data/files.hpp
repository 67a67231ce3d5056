#pragma once
// Where data sets are found on the user's disk.

#include <string>
#include <vector>

#include "xgrad/core/error.hpp"

namespace xgrad::detail {

/// The folders that are searched, in this order: $KERAS_HOME/datasets, ~/.keras/datasets (where Keras keeps what it has
/// downloaded), $XGRAD_DATA, /usr/share/datasets (where Debian's packages put them).
std::vector<std::string> data_folders();

/// The first that exists of `folder/name` for all folders and names; empty where there is none.
std::string find_data(const std::vector<std::string>& names, bool folder = false);
inline std::string find_data(const std::string& name) { return find_data(std::vector{name}); }

/// The file, or an error that says where it was looked for and how to get it.
/// @throws IoError
std::string need_data(const char* data_set, const std::string& name, const std::string& url, Loc loc);
[[noreturn]] void missing_data(const char* data_set, const std::string& name, const std::string& url, Loc loc);

/// Where Keras gets a file from.
inline std::string keras_url(const std::string& file) {
  return "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + file;
}

/// Says a sentence on the standard error stream, once in a process for each data set.
void say_shipped(const char* data_set, const std::string& sentence);

}  // namespace xgrad::detail
