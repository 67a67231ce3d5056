#include <cstdlib>
#include <filesystem>
#include <span>

#include "data/idx.hpp"
#include "xgrad/data/datasets.hpp"

// The digits that ship, as bytes in the library.
#if defined(__APPLE__)
#define XGRAD_SECTION ".const_data"
#define XGRAD_SYMBOL(name) "_" #name
#else
#define XGRAD_SECTION ".section .rodata"
#define XGRAD_SYMBOL(name) #name
#endif
#define XGRAD_EMBED(name, path)                                                                                     \
  __asm__(XGRAD_SECTION "\n.balign 16\n" XGRAD_SYMBOL(name) ":\n.incbin \"" path                                    \
                                                            "\"\n" XGRAD_SYMBOL(name##_end) ":\n.byte 0\n.text\n"); \
  extern "C" __attribute__((visibility("hidden"))) const unsigned char name[], name##_end[];

XGRAD_EMBED(xgrad_mnist_images, XGRAD_MNIST_10K "/train10k-images-idx3-ubyte.gz")
XGRAD_EMBED(xgrad_mnist_labels, XGRAD_MNIST_10K "/train10k-labels-idx1-ubyte.gz")

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

Samples checked(Samples s, const std::string& what, Loc loc) {
  if (s.x.rank() != 3 || s.y.rank() != 1 || s.x.shape(0) != s.y.shape(0))
    throw IoError("mnist",
                  "needs one label for each image in " + what + "; got images " + s.x.shape().to_string() +
                      " and labels " + s.y.shape().to_string(),
                  loc);
  return s;
}

Array embedded(const unsigned char* begin, const unsigned char* end, const char* name, Loc loc) {
  const std::span<const unsigned char> bytes(begin, end);
  return detail::parse_idx(detail::inflated(bytes, name, loc), name, loc);
}

}  // namespace

std::string mnist_folder() {
  std::vector<std::string> folders;
  if (const char* data = std::getenv("XGRAD_DATA")) {
    folders.push_back(std::string(data) + "/mnist");
    folders.push_back(data);
  }
  if (const char* keras = std::getenv("KERAS_HOME")) folders.push_back(std::string(keras) + "/datasets/mnist");
  for (const std::string& folder : folders) {
    bool all = true;
    for (const char* file : files) all = all && !found(folder, file).empty();
    if (all) return folder;
  }
  return {};
}

Split mnist(Loc loc) {
  const std::string folder = mnist_folder();
  if (folder.empty()) return mnist_10k(loc);
  const auto read = [&](const char* file) { return read_idx(found(folder, file), loc); };
  return {checked({read(files[0]), read(files[1])}, folder, loc),
          checked({read(files[2]), read(files[3])}, folder, loc)};
}

Split mnist_10k(Loc loc) {
  const Samples all = checked({embedded(xgrad_mnist_images, xgrad_mnist_images_end, "the embedded images", loc),
                               embedded(xgrad_mnist_labels, xgrad_mnist_labels_end, "the embedded labels", loc)},
                              "the embedded digits", loc);
  const std::int64_t n = all.x.shape(0), held_out = 1000;
  return {{all.x.rows(0, n - held_out), all.y.rows(0, n - held_out)},
          {all.x.rows(n - held_out, n), all.y.rows(n - held_out, n)}};
}

}  // namespace xgrad::datasets
