// The four tasks, run as a user runs them. What they must reach is what the same programs reach in Keras
// (tests/reference/make_tasks.py), or for IMDB and Reuters, which need their data, a little less than its worst run.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "output.hpp"

namespace {

/// Whether Keras's file is where the loaders look for it first.
bool has(const std::string& file) {
  const char* home = std::getenv("KERAS_HOME");
  if (home && std::filesystem::exists(std::string(home) + "/datasets/" + file)) return true;
  MESSAGE("skipped: it needs " << file << " in $KERAS_HOME/datasets");
  return false;
}

}  // namespace

TEST_CASE("mnist: the table, the epochs, and the accuracy of the digits that ship") {
  const std::string text = output_of(without_data + "'" XGRAD_EXAMPLES "mnist'");
  CHECK(text.find("│ dense (Dense)                   │ (None, 512)            │       401,920 │") != std::string::npos);
  CHECK(text.find(" Total params: 407,050 (1.55 MB)") != std::string::npos);
  CHECK(text.find("Epoch 5/5\n64/64 - ") != std::string::npos);
  const auto curves = text.find("best: epoch ");  // drawn, or in a table
  REQUIRE(curves != std::string::npos);
  CHECK(text.find("Epoch 5/5") < curves);
  CHECK(text.find("validation", text.find("Epoch 5/5")) != std::string::npos);
  CHECK(figure_after(text, "test accuracy ") > 0.92);
}

TEST_CASE("mnist_cnn: the table, and what five epochs on the digits that ship reach") {
  const std::string text = output_of(without_data + "'" XGRAD_EXAMPLES "mnist_cnn' 5");
  CHECK(text.find("│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │") != std::string::npos);
  CHECK(text.find("│ max_pooling2d_1 (MaxPooling2D)  │ (None, 5, 5, 64)       │             0 │") != std::string::npos);
  CHECK(text.find(" Total params: 225,034 (879.04 KB)") != std::string::npos);
  CHECK(figure_after(text, "test accuracy ") > 0.95);
}

TEST_CASE("boston_housing: four folds") {
  // Nothing of it hangs on gnuplot: the curves are a table then.
  const std::string text =
      output_of(without_data + "PATH=/nonexistent '" XGRAD_EXAMPLES "boston_housing' 60 2>/dev/null");
  CHECK(text.find("\nmae, mean of 4 folds\nepoch           training         validation\n   11 ") != std::string::npos);
  CHECK(text.find(" ± ") != std::string::npos);
  CHECK(text.find("(gnuplot draws curves here") != std::string::npos);
  // The line stands where the program then stops.
  CHECK(figure_after(text, "<- best: epoch ") == figure_after(text, "held-out error was lowest after "));
  CHECK(text.find("fold 4: mean absolute error ") != std::string::npos);
  const double error = figure_after(text, "\nmean ");
  CHECK(error > 1.5);
  CHECK(error < 3.0);
}

TEST_CASE("imdb: reviews") {
  if (!has("imdb.npz")) return;
  const std::string text = output_of("'" XGRAD_EXAMPLES "imdb'");
  CHECK(text.find("this film was just brilliant casting") != std::string::npos);
  CHECK(figure_after(text, "test accuracy ") > 0.86);
}

TEST_CASE("imdb_lstm: reviews word by word") {  // 10,000 of the 25,000
  if (!has("imdb.npz")) return;
  const std::string text = output_of("'" XGRAD_EXAMPLES "imdb_lstm' 3 10000");
  CHECK(text.find("lstm (LSTM)") != std::string::npos);
  CHECK(figure_after(text, "test accuracy ") > 0.75);
}

TEST_CASE("spoken_digits: strings of digits") {  // 1,500 of the 3,000, fewer epochs: enough to begin to hear
  const char* data = std::getenv("XGRAD_DATA");
  const auto there = [&](const char* name) { return data && std::filesystem::exists(std::string(data) + name); };
  if (!there("/sequences/fsdd/fsdd.npz") && !there("/fsdd.npz") && !there("/free-spoken-digit-dataset/recordings")) {
    MESSAGE("skipped: it needs the Free Spoken Digit Dataset in $XGRAD_DATA");
    return;
  }
  const std::string text = output_of("'" XGRAD_EXAMPLES "spoken_digits' 6 1500");
  CHECK(text.find("bidirectional_1 (Bidirectional)") != std::string::npos);
  CHECK(figure_after(text, "\nlabel error rate ") < 0.5);
  CHECK(text.find("\nsaid ") != std::string::npos);
}

TEST_CASE("reuters: newswires") {
  if (!has("reuters.npz")) return;
  const std::string text = output_of("'" XGRAD_EXAMPLES "reuters'");
  CHECK(figure_after(text, "test accuracy ") > 0.76);
}
