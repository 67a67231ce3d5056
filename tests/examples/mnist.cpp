// MNIST by hand, run as a user runs it, against the same network in PyTorch on the same digits
// (tests/reference/make_mnist.py).

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "output.hpp"

namespace {

/// "name value" in a file of golden values.
double recorded(const std::string& name) {
  std::ifstream file(XGRAD_REFERENCE_DIR "/mnist.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double value = 0;
    if (words >> key >> value && key == name) return value;
  }
  FAIL("no '" << name << "' in mnist.txt");
  return 0;
}

}  // namespace

TEST_CASE("MNIST by hand learns as well as PyTorch: five seeds, the 10,000 digits that ship") {
  double total = 0;
  for (int seed = 1; seed <= 5; ++seed) {
    const std::string text = output_of(without_data + "'" XGRAD_EXAMPLES "mnist_by_hand' 5 " + std::to_string(seed));
    CAPTURE(text);
    REQUIRE(text.find("9000 digits to train, 1000 to test") != std::string::npos);
    const auto at = text.rfind("test accuracy ");
    REQUIRE(at != std::string::npos);
    total += std::atof(text.c_str() + at + 14);
  }
  const double mean = total / 5;
  MESSAGE("mean accuracy " << mean << ", PyTorch " << recorded("mean") << " ± " << recorded("stddev"));
  CHECK(mean >= recorded("mean") - recorded("stddev"));
  CHECK(mean < 1);
}
