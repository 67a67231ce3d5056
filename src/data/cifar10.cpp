#include <array>
#include <cstring>
#include <map>

#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/tar.hpp"
#include "io/file_bytes.hpp"
#include "io/pickle.hpp"
#include "xgrad/data/datasets.hpp"

namespace xgrad::datasets {

namespace {

constexpr std::int64_t side = 32, channels = 3, pixels = side * side;
constexpr std::size_t largest_batch = std::size_t{1} << 27;  // those of CIFAR-10 have 31 MB
const std::vector<std::string> train_batches{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                             "data_batch_5"};
const std::string test_batch = "test_batch";

using Files = std::map<std::string, std::vector<std::byte>>;

/// The six files: of the folder that Keras unpacks, or of the archive.
Files read_files(std::string& where, Loc loc) {
  std::vector<std::string> names = train_batches;
  names.push_back(test_batch);
  const std::vector<std::string> folders{"cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py"};
  where = detail::find_data(folders, true);
  if (where.empty()) {
    where = detail::need_data("cifar10", detail::keras_file("cifar-10-batches-py-target_archive"), loc);
    return detail::read_tar(where, names, largest_batch, loc);
  }
  Files files;
  for (const std::string& name : names) files[name] = detail::file_bytes(where + "/" + name, "cifar10", loc);
  return files;
}

/// Batches one after the other. Stored plane by plane, [n, 3, 32, 32]; returned [n, 32, 32, 3].
Samples joined(const Files& files, const std::vector<std::string>& names, const std::string& where, Loc loc) {
  std::vector<Array> data;
  std::vector<std::uint8_t> labels;
  std::int64_t n = 0;
  for (const std::string& name : names) {
    const std::string path = where + ":" + name;
    const std::vector<std::byte>& bytes = files.at(name);
    const detail::PickleTree tree = detail::read_pickle(bytes, path, loc);
    data.push_back(detail::pickled_bytes(tree, detail::pickled_entry(tree, tree.root, "data", path, loc), path, loc));
    const auto classes =
        detail::pickled_integers(tree, detail::pickled_entry(tree, tree.root, "labels", path, loc), path, loc);
    const Shape need{static_cast<std::int64_t>(classes.size()), channels * pixels};
    if (data.back().shape() != need)
      throw IoError("cifar10",
                    "needs images " + need.to_string() + " for as many labels in " + path + "; got " +
                        data.back().shape().to_string(),
                    loc);
    for (std::int64_t label : classes) {
      if (label < 0 || label > 9)
        throw IoError("cifar10", "needs labels from 0 to 9 in " + path + "; got " + std::to_string(label), loc);
      labels.push_back(static_cast<std::uint8_t>(label));
    }
    n += need[0];
  }
  Samples all{Array::empty({n, side, side, channels}, DType::uint8, loc),
              Array::from(std::span<const std::uint8_t>(labels), {n, 1}, loc)};
  std::uint8_t* to = all.x.mutable_data<std::uint8_t>();
  for (const Array& batch : data) {
    const std::uint8_t* from = batch.data<std::uint8_t>();
    for (std::int64_t i = 0; i < batch.shape(0); ++i, from += channels * pixels)
      for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t c = 0; c < channels; ++c) *to++ = from[c * pixels + p];
  }
  return all;
}

}  // namespace

Split cifar10(Loc loc) {
  std::string where;
  const Files files = read_files(where, loc);
  return {joined(files, train_batches, where, loc), joined(files, {test_batch}, where, loc)};
}

std::span<const std::string_view> cifar10_label_names() {
  static constexpr std::string_view names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                               "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

}  // namespace xgrad::datasets
