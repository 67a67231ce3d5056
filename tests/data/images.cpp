// CIFAR-10 and Fashion-MNIST on made files; Fashion-MNIST itself where it is installed; mnist.npz.

#include <algorithm>

#include "data/made_files.hpp"
#include "xgrad/data/datasets.hpp"

using namespace xgrad;
using namespace std::string_literals;
using namespace support;

namespace {

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
