#include <atomic>
#include <filesystem>
#include <span>

#include "core/embed.hpp"
#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/idx.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/io/npz.hpp"

// The digits that ship, as bytes in the library.
XGRAD_EMBED(xgrad_mnist_images, "mnist_10k/train10k-images-idx3-ubyte.gz")
XGRAD_EMBED(xgrad_mnist_labels, "mnist_10k/train10k-labels-idx1-ubyte.gz")

namespace xgrad::datasets {

namespace {

constexpr const char* files[4] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                  "t10k-labels-idx1-ubyte"};
using Paths = std::vector<std::string>;

/// The four files of a folder, each with or without .gz; none where one is missing.
Paths found(const std::string& folder) {
  Paths paths;
  for (const char* name : files) {
    for (const char* ending : {"", ".gz"}) {
      const std::string path = folder + "/" + name + ending;
      std::error_code ignored;
      if (!std::filesystem::is_regular_file(path, ignored)) continue;
      paths.push_back(path);
      break;
    }
  }
  return paths.size() == std::size(files) ? paths : Paths();
}

/// The four files, fetched where they are not there; none where one is not to be had, for the reason `why`.
Paths obtained(const char* data_set, const std::vector<detail::RemoteFile>& needed, detail::Obtained& why) {
  Paths paths;
  for (const detail::RemoteFile& file : needed) {
    why = detail::obtain(data_set, file);
    if (why.path().empty()) return {};
    paths.push_back(why.path());
  }
  return paths;
}

Samples checked(const char* data_set, Samples s, const std::string& what, Loc loc) {
  if (s.x.rank() != 3 || s.y.rank() != 1 || s.x.shape(0) != s.y.shape(0))
    throw IoError(data_set,
                  "needs one label for each image in " + what + "; got images " + s.x.shape().to_string() +
                      " and labels " + s.y.shape().to_string(),
                  loc);
  return s;
}

Split from_idx(const char* data_set, const Paths& paths, Loc loc) {
  const std::string folder = std::filesystem::path(paths[0]).parent_path().string();
  return {checked(data_set, {read_idx(paths[0], loc), read_idx(paths[1], loc)}, folder, loc),
          checked(data_set, {read_idx(paths[2], loc), read_idx(paths[3], loc)}, folder, loc)};
}

Array embedded(const unsigned char* begin, const unsigned char* end, const char* name, Loc loc) {
  const std::span<const unsigned char> bytes(begin, end);
  return detail::parse_idx(detail::inflated(bytes, name, loc), name, loc);
}

}  // namespace

std::string mnist_folder() {
  for (const detail::DataFolder& base : detail::data_folders())
    for (const std::string& folder : {base.path + "/mnist", base.path})
      if (!found(folder).empty()) return folder;
  return {};
}

Split fashion_mnist(Loc loc) {
  const auto& needed = detail::fashion_mnist_files();
  detail::Obtained why;
  for (const detail::DataFolder& base : detail::data_folders()) {
    const Paths paths = found(base.path + "/fashion-mnist");
    if (paths.empty()) continue;
    if (!base.cache) return from_idx("fashion_mnist", paths, loc);
    try {  // Keras pins no hash here, and others have packed the same pieces differently: whatever unpacks is right
      return from_idx("fashion_mnist", paths, loc);
    } catch (const IoError&) {
      const Paths anew = obtained("fashion_mnist", needed, why);
      if (anew.empty()) throw;
      return from_idx("fashion_mnist", anew, loc);
    }
  }
  const Paths paths = obtained("fashion_mnist", needed, why);
  if (!paths.empty()) return from_idx("fashion_mnist", paths, loc);
  for (const detail::RemoteFile& file : needed)
    if (detail::find_file(file).path.empty()) detail::missing_data("fashion_mnist", file, why, loc);
  detail::missing_data("fashion_mnist", needed.back(), why, loc);
}

std::span<const std::string_view> fashion_mnist_label_names() {
  static constexpr std::string_view names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                               "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

Split mnist(Loc loc) {
  if (const std::string folder = mnist_folder(); !folder.empty()) return from_idx("mnist", found(folder), loc);
  // One process sees one data set: where the full one could not be had, it is not asked for again.
  static std::atomic<bool> gave_up{false};
  const detail::RemoteFile& archive = detail::keras_file("mnist.npz");
  const bool asks = !gave_up;
  const detail::Obtained whole =
      asks ? detail::obtain("mnist", archive) : detail::Obtained{detail::find_file(archive), {}};
  if (const std::string& path = whole.path(); !path.empty())
    return {checked("mnist", {load_npz(path, "x_train", loc), load_npz(path, "y_train", loc)}, path, loc),
            checked("mnist", {load_npz(path, "x_test", loc), load_npz(path, "y_test", loc)}, path, loc)};
  if (asks && !whole.fetched.no_network) {
    detail::Obtained why;
    const Paths paths = obtained("mnist", detail::mnist_idx_files(), why);
    if (!paths.empty()) return from_idx("mnist", paths, loc);
  }
  if (!whole.found.damaged.empty()) detail::missing_data("mnist", archive, whole, loc);
  if (!gave_up.exchange(true)) {
    const std::vector<std::string>& problems = whole.fetched.problems;
    const std::string because = problems.empty() ? "" : " (" + problems.front() + ")";
    detail::say_once("mnist",
                     "the full data set is not on this machine and could not be fetched" + because +
                         ", so these are the 10,000 digits that ship with xgrad: 9,000 to train, 1,000 to test");
  }
  return mnist_10k(loc);
}

Split mnist_10k(Loc loc) {
  const Samples all = checked("mnist",
                              {embedded(xgrad_mnist_images, xgrad_mnist_images_end, "the embedded images", loc),
                               embedded(xgrad_mnist_labels, xgrad_mnist_labels_end, "the embedded labels", loc)},
                              "the embedded digits", loc);
  const std::int64_t n = all.x.shape(0), held_out = 1000;
  return {{all.x.rows(0, n - held_out), all.y.rows(0, n - held_out)},
          {all.x.rows(n - held_out, n), all.y.rows(n - held_out, n)}};
}

}  // namespace xgrad::datasets
