// CIFAR-10 and Fashion-MNIST on made files; Fashion-MNIST itself where it is installed; mnist.npz.

#include <zlib.h>

#include <algorithm>

#include "data/support.hpp"
#include "xgrad/data/datasets.hpp"

using namespace xgrad;
using namespace std::string_literals;
using support::MadeHome;

namespace {

std::string little_endian32(std::size_t v) {
  std::string s;
  for (int i = 0; i < 4; ++i) s += static_cast<char>(v >> 8 * i & 0xff);
  return s;
}

/// A batch as Python 2 pickled it: {'data': uint8 [n, 3072], 'labels': list}. Image i has 10 i + c at every place of
/// plane c, but i + 1 at row 2, column 5 of plane 1.
std::string batch(const std::vector<int>& labels, int first = 0) {
  std::string data, list;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int image = first + static_cast<int>(i);
    for (int c = 0; c < 3; ++c) data += std::string(1024, static_cast<char>(10 * image + c));
    data[3072 * i + 1024 + 2 * 32 + 5] = static_cast<char>(image + 1);
    list += "K"s + static_cast<char>(labels[i]);
  }
  return "\x80\2}q\1(U\x0b"
         "batch_labelq\2U\4test"
         "U\6labels]("s +
         list +
         "e"
         "U\4datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1K"s +
         static_cast<char>(labels.size()) +
         "M\0\x0c\x86"
         "cnumpy\ndtype\nU\2u1K\0K\1\x87R(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T"s +
         little_endian32(data.size()) + data + "tbu."s;
}

std::vector<std::pair<std::string, std::string>> batches() {
  std::vector<std::pair<std::string, std::string>> files;
  for (int k = 0; k < 5; ++k) files.emplace_back("data_batch_" + std::to_string(k + 1), batch({k, 9 - k}, 2 * k));
  files.emplace_back("test_batch", batch({8}, 10));
  return files;
}

std::string tar_header(const std::string& name, std::size_t size, char type) {
  std::string h(512, '\0');
  h.replace(0, name.size(), name);
  char digits[16];
  std::snprintf(digits, sizeof digits, "%011zo", size);
  h.replace(124, 11, digits);
  h.replace(148, 8, "        ");
  h[156] = type;
  unsigned sum = 0;
  for (unsigned char c : h) sum += c;
  std::snprintf(digits, sizeof digits, "%06o", sum);
  h.replace(148, 6, digits);
  h[154] = '\0';
  return h;
}

std::string tar(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes = tar_header("cifar-10-batches-py/", 0, '5');
  for (const auto& [name, content] : files) {
    bytes += tar_header("cifar-10-batches-py/" + name, content.size(), '0') + content;
    bytes.resize((bytes.size() + 511) / 512 * 512);
  }
  return bytes + std::string(1024, '\0');
}

void write_gz(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file);
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

void check_cifar(const datasets::Split& split) {
  const auto& [train, test] = split;
  CHECK(train.x.shape() == Shape{10, 32, 32, 3});
  CHECK(train.y.shape() == Shape{10, 1});
  CHECK(test.x.shape() == Shape{1, 32, 32, 3});
  const std::vector<int> labels{0, 9, 1, 8, 2, 7, 3, 6, 4, 5};
  const std::uint8_t* x = train.x.data<std::uint8_t>();
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(train.y.data<std::uint8_t>()[i] == labels[i]);
    for (std::size_t c = 0; c < 3; ++c) CHECK(x[i * 3072 + 3 * 700 + c] == 10 * i + c);
    CHECK(x[i * 3072 + 3 * (2 * 32 + 5) + 1] == i + 1);
  }
  CHECK(test.y.data<std::uint8_t>()[0] == 8);
  CHECK(test.x.data<std::uint8_t>()[2] == 102);
}

std::string idx(const std::vector<unsigned char>& shape, const std::string& content) {
  std::string s = "\0\0\x8"s + static_cast<char>(shape.size());
  for (unsigned char extent : shape) s += "\0\0\0"s + static_cast<char>(extent);
  return s + content;
}

}  // namespace

TEST_CASE("cifar10: the folder, and the archive") {
  const MadeHome home;
  CHECK_THROWS_WITH_AS(datasets::cifar10(), doctest::Contains("https://www.cs.toronto.edu"), IoError);
  write_gz(home.path("cifar-10-python.tar.gz"), tar(batches()));
  check_cifar(datasets::cifar10());
  home.write("cifar-10-batches-py-target_archive", tar(batches()));  // not gzipped
  check_cifar(datasets::cifar10());
  std::filesystem::remove(home.path("cifar-10-python.tar.gz"));
  std::filesystem::remove(home.path("cifar-10-batches-py-target_archive"));
  for (const auto& [name, bytes] : batches())
    home.write("cifar-10-batches-py-target/cifar-10-batches-py/" + name, bytes);
  check_cifar(datasets::cifar10());
  CHECK(datasets::cifar10_label_names().size() == 10);
  CHECK(datasets::cifar10_label_names()[6] == "frog");
}

TEST_CASE("cifar10: damage") {
  const MadeHome home;
  const auto refuses = [&](const std::string& archive, const char* got) {
    CAPTURE(got);
    write_gz(home.path("cifar-10-python.tar.gz"), archive);
    CHECK_THROWS_WITH_AS(datasets::cifar10(), doctest::Contains(got), IoError);
    CHECK_THROWS_WITH_AS(datasets::cifar10(), doctest::Contains("cifar-10-python.tar.gz"), IoError);
  };
  const std::string whole = tar(batches());
  refuses("", "breaks off");
  refuses("hello", "breaks off");
  refuses(std::string(2000, 'x'), "other digits");
  refuses(whole.substr(0, 40000), "breaks off");
  std::string changed = whole;
  changed[3] = 'X';
  refuses(changed, "a wrong sum");
  auto files = batches();
  files.pop_back();
  refuses(tar(files), "test_batch");
  files.emplace_back("test_batch", "not a pickle");
  refuses(tar(files), "something else");
  files.back().second = batch({10});
  refuses(tar(files), "labels from 0 to 9");
  files.back().second = batch({1, 2});
  std::string& bytes = files.back().second;
  bytes.replace(bytes.find("K\1K\2e"), 5, "K\1e");
  refuses(tar(files), "for as many labels");
  refuses(tar({{"test_batch", ""}}).replace(512 + 124, 11, "77777777777").substr(0, 1024), "a wrong sum");
  // A stream that is cut in its gzip layer.
  write_gz(home.path("cifar-10-python.tar.gz"), whole);
  std::filesystem::resize_file(home.path("cifar-10-python.tar.gz"), 300);
  CHECK_THROWS_WITH_AS(datasets::cifar10(), doctest::Contains("breaks off"), IoError);
}

TEST_CASE("fashion_mnist: made files") {
  const MadeHome home;
  const bool installed = std::filesystem::exists("/usr/share/datasets/fashion-mnist");
  if (!installed)
    CHECK_THROWS_WITH_AS(datasets::fashion_mnist(), doctest::Contains("fashion-mnist/train-images-idx3-ubyte.gz"),
                         IoError);
  write_gz(home.path("fashion-mnist/train-images-idx3-ubyte.gz"), idx({2, 28, 28}, std::string(1568, '\7')));
  write_gz(home.path("fashion-mnist/train-labels-idx1-ubyte.gz"), idx({2}, "\3\4"));
  write_gz(home.path("fashion-mnist/t10k-images-idx3-ubyte.gz"), idx({1, 28, 28}, std::string(784, '\5')));
  home.write("fashion-mnist/t10k-labels-idx1-ubyte", idx({1}, "\6"));
  const auto [train, test] = datasets::fashion_mnist();
  CHECK(train.x.shape() == Shape{2, 28, 28});
  CHECK(train.y.data<std::uint8_t>()[1] == 4);
  CHECK(test.x.data<std::uint8_t>()[0] == 5);
  CHECK(test.y.data<std::uint8_t>()[0] == 6);
  CHECK(datasets::fashion_mnist_label_names()[9] == "Ankle boot");
  home.write("fashion-mnist/t10k-labels-idx1-ubyte", idx({2}, "\6\6"));
  CHECK_THROWS_WITH_AS(datasets::fashion_mnist(), doctest::Contains("fashion_mnist: needs one label for each image"),
                       IoError);
}

TEST_CASE("fashion_mnist: the data set itself") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("skipped: needs Debian's package dataset-fashion-mnist");
    return;
  }
  const MadeHome home;
  const auto [train, test] = datasets::fashion_mnist();
  CHECK(train.x.shape() == Shape{60000, 28, 28});
  CHECK(test.x.shape() == Shape{10000, 28, 28});
  const std::vector<int> first{9, 0, 0, 3, 0, 2, 7, 2, 5, 5};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(train.y.data<std::uint8_t>()[i] == first[i]);
}

TEST_CASE("mnist: Keras's file, where the IDX files are not") {
  const MadeHome home;
  CHECK(datasets::mnist_folder().empty());
  CHECK(datasets::mnist().train.x.shape() == Shape{9000, 28, 28});
  const auto images = [](int n) {
    return support::npy("|u1", "(" + std::to_string(n) + ", 28, 28)",
                        std::string(static_cast<std::size_t>(784 * n), '\1'));
  };
  home.write_npz("mnist.npz", {{"x_train", images(2)},
                               {"y_train", support::npy("|u1", "(2,)", "\1\2")},
                               {"x_test", images(1)},
                               {"y_test", support::npy("|u1", "(1,)", "\3")}});
  const auto [train, test] = datasets::mnist();
  CHECK(train.x.shape() == Shape{2, 28, 28});
  CHECK(test.y.data<std::uint8_t>()[0] == 3);
}
