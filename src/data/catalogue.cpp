#include "data/catalogue.hpp"

#include <algorithm>
#include <stdexcept>

namespace xgrad::detail {

namespace {

// Keras's own addresses: those of today, and those of its versions up to 2.2, which pinned the same hashes.
std::string google(const std::string& name) {
  return "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + name;
}
std::string amazon(const std::string& bucket, const std::string& name) {
  return "https://s3.amazonaws.com/" + bucket + "/" + name;
}

struct Gzipped {
  const char* name;
  const char* sha256;
  std::int64_t size;
};

std::vector<RemoteFile> files_of(const std::string& folder, std::initializer_list<Gzipped> files,
                                 std::initializer_list<const char*> bases) {
  std::vector<RemoteFile> all;
  for (const Gzipped& file : files) {
    RemoteFile& added = all.emplace_back(RemoteFile{folder + "/" + file.name, file.sha256, file.size, {}});
    for (const char* base : bases) added.urls.push_back(std::string(base) + file.name);
  }
  return all;
}

}  // namespace

const RemoteFile& keras_file(std::string_view name) {
  // Where Keras pins an MD5 (the word indexes), the SHA-256 is that of the bytes which have it.
  static const std::vector<RemoteFile> files{
      {"mnist.npz",
       "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
       11490434,
       {google("mnist.npz"), amazon("img-datasets", "mnist.npz")}},
      {"imdb.npz",
       "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
       17464789,
       {google("imdb.npz"), amazon("text-datasets", "imdb.npz")}},
      {"imdb_word_index.json",
       "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
       1641221,
       {google("imdb_word_index.json"), amazon("text-datasets", "imdb_word_index.json")}},
      {"reuters.npz",
       "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
       2110848,
       {google("reuters.npz"), amazon("text-datasets", "reuters.npz")}},
      {"reuters_word_index.json",
       "9b56000edc4b34a32e89fd5a23b2605594682c74efcf7d8f4e2a5514b771e633",
       550378,
       {google("reuters_word_index.json"), amazon("text-datasets", "reuters_word_index.json")}},
      {"boston_housing.npz",
       "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
       57026,
       {google("boston_housing.npz"), amazon("keras-datasets", "boston_housing.npz")}},
      {"california_housing.npz",
       "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
       743530,
       {google("california_housing.npz")}},
      {"cifar-10-batches-py-target_archive",
       "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
       170498071,
       {"https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"},
       {"cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz"}},
  };
  const auto found = std::find_if(files.begin(), files.end(), [&](const RemoteFile& f) { return f.name == name; });
  if (found == files.end()) throw std::logic_error("no such file in the catalogue: " + std::string(name));
  return *found;
}

const std::vector<RemoteFile>& mnist_idx_files() {
  static const std::vector<RemoteFile> files = files_of(
      "mnist",
      {{"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422},
       {"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881},
       {"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877},
       {"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542}},
      {"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"});
  return files;
}

const std::vector<RemoteFile>& fashion_mnist_files() {
  static const std::vector<RemoteFile> files = files_of(
      "fashion-mnist",
      {{"train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26421880},
       {"train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29515},
       {"t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4422102},
       {"t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5148}},
      {"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
       // The authors' own.
       "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
       "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"});
  return files;
}

}  // namespace xgrad::detail
