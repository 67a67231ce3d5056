#pragma once
// Files fetched from the net: from the first of several sources that has the right one, whole and verified, or not at
// all.

#include <cstdint>
#include <string>
#include <vector>

#include "data/transfer.hpp"

namespace xgrad::detail {

/// A file that is the same everywhere.
struct RemoteFile {
  std::string name;                           ///< in a folder of data sets; may have a folder of its own
  std::string sha256;                         ///< of its bytes, in hexadecimal
  std::int64_t size = 0;                      ///< in bytes; 0 where it is not known
  std::vector<std::string> urls;              ///< where it is had, the best first
  std::vector<std::string> other_names = {};  ///< under which it may be found as well
};

/// A file that is there now, or why it is not.
struct Fetched {
  std::string path;                   ///< empty where it could not be fetched
  std::vector<std::string> problems;  ///< a line for each source that was tried, and what it said
  bool no_network = false;            ///< nobody could be reached, or nobody may be asked
};

/// Whether `XGRAD_OFFLINE` is set to something but 0: then only this machine's own addresses are asked.
bool offline();

/// What is wrong with a file that should be this one; empty where it is this one.
std::string fault_of(const std::string& path, const RemoteFile& file);

/// Puts the file into the folder, which is made if need be.
///
/// `XGRAD_MIRROR`, a URL under which a folder of data sets is served, is asked first, then the file's own sources in
/// turn. What has arrived stays beside the target as NAME.part, from where a later call goes on, with whatever source;
/// a part that leads to wrong bytes is thrown away, and the file fetched from its start. Only when all is there and its
/// hash is right does the file get its name, at once. A lock on the part lets only one process, and one thread, fetch
/// it; the others wait, and find it. A host that could not be reached is not asked again for a minute.
///
/// On the standard error stream: one line that is redrawn on a terminal, else one at the beginning and one at the end.
/// @param operation the data set, for those lines
Fetched fetch_file(const char* operation, const RemoteFile& file, const std::string& folder,
                   const DownloadLimits& limits = {});

}  // namespace xgrad::detail
