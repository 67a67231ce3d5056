#include <cstdlib>
#include <filesystem>
#include <span>

#include "data/embed.hpp"
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

/// The file's path with or without .gz; empty where there is neither.
std::string found(const std::string& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    const std::string path = folder + "/" + name + ending;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

Samples checked(const char* data_set, Samples s, const std::string& what, Loc loc) {
  if (s.x.rank() != 3 || s.y.rank() != 1 || s.x.shape(0) != s.y.shape(0))
    throw IoError(data_set,
                  "needs one label for each image in " + what + "; got images " + s.x.shape().to_string() +
                      " and labels " + s.y.shape().to_string(),
                  loc);
  return s;
}

Split from_idx(const char* data_set, const std::string& folder, Loc loc) {
  const auto read = [&](const char* file) { return read_idx(found(folder, file), loc); };
  return {checked(data_set, {read(files[0]), read(files[1])}, folder, loc),
          checked(data_set, {read(files[2]), read(files[3])}, folder, loc)};
}

Array embedded(const unsigned char* begin, const unsigned char* end, const char* name, Loc loc) {
  const std::span<const unsigned char> bytes(begin, end);
  return detail::parse_idx(detail::inflated(bytes, name, loc), name, loc);
}

}  // namespace

std::string mnist_folder() {
  std::vector<std::string> folders;
  for (const std::string& base : detail::data_folders()) {
    folders.push_back(base + "/mnist");
    folders.push_back(base);
  }
  for (const std::string& folder : folders) {
    bool all = true;
    for (const char* file : files) all = all && !found(folder, file).empty();
    if (all) return folder;
  }
  return {};
}

Split fashion_mnist(Loc loc) {
  for (const std::string& base : detail::data_folders()) {
    const std::string folder = base + "/fashion-mnist";
    bool all = true;
    for (const char* file : files) all = all && !found(folder, file).empty();
    if (all) return from_idx("fashion_mnist", folder, loc);
  }
  detail::missing_data("fashion_mnist", std::string("fashion-mnist/") + files[0] + ".gz",
                       detail::keras_url(std::string(files[0]) + ".gz") +
                           " (and likewise train-labels-idx1, t10k-images-idx3, t10k-labels-idx1)",
                       loc);
}

std::span<const std::string_view> fashion_mnist_label_names() {
  static constexpr std::string_view names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                               "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

Split mnist(Loc loc) {
  if (const std::string folder = mnist_folder(); !folder.empty()) return from_idx("mnist", folder, loc);
  if (const std::string path = detail::find_data("mnist.npz"); !path.empty())
    return {checked("mnist", {load_npz(path, "x_train", loc), load_npz(path, "y_train", loc)}, path, loc),
            checked("mnist", {load_npz(path, "x_test", loc), load_npz(path, "y_test", loc)}, path, loc)};
  detail::say_shipped("mnist",
                      "the full data set is not on this machine, so these are the 10,000 digits that ship with xgrad: "
                      "9,000 to train, 1,000 to test");
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
