// Histories as curves and tables.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "core/json.hpp"
#include "support/scratch.hpp"
#include "view/child.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Five epochs; validation in every other.
History made(double from) {
  History h;
  for (int epoch = 0; epoch < 5; ++epoch) {
    Logs logs;
    logs.set("loss", from / (epoch + 1));
    logs.set("accuracy", 1 - from / (epoch + 2));
    if (epoch % 2 == 1) logs.set("val_loss", epoch == 1 ? 0.1 : 0.3);
    if (epoch == 4) logs.set("odd, \"name\"", std::numeric_limits<double>::quiet_NaN());
    h.add(epoch, logs);
  }
  return h;
}

bool gnuplot() {
  static const bool there = detail::run_child({"gnuplot", "--version"}, "", 10).found;
  if (!there) MESSAGE("skipped: gnuplot is not installed");
  return there;
}

}  // namespace

TEST_CASE("plot: a table holds every figure to the last bit, where it belongs") {
  const Scratch folder;
  const History h = made(1.0 / 3);
  h.plot(folder / "h.csv");
  std::istringstream csv(Scratch::read(folder / "h.csv"));
  std::string line;
  std::getline(csv, line);
  CHECK(line == "epoch,loss,accuracy,val_loss,\"odd, \"\"name\"\"\"\r");
  for (int epoch = 0; epoch < 5; ++epoch) {
    std::getline(csv, line);
    std::istringstream fields(line);
    std::vector<std::string> field(5);
    for (std::string& f : field) std::getline(fields, f, ',');
    CHECK(field[0] == std::to_string(epoch));
    CHECK(std::strtod(field[1].c_str(), nullptr) == h["loss"][static_cast<std::size_t>(epoch)]);
    CHECK(std::strtod(field[2].c_str(), nullptr) == h["accuracy"][static_cast<std::size_t>(epoch)]);
    CHECK(field[3] == (epoch == 1 ? "0.1" : epoch == 3 ? "0.3" : ""));
    CHECK(field[4] == (epoch == 4 ? "nan\r" : "\r"));
  }
  CHECK(h.epochs("val_loss") == std::vector<int>{1, 3});

  h.plot(folder / "h.json");
  detail::Json json =
      detail::parse_json(Scratch::read(folder / "h.json"),
                         [](const std::string& a, const std::string& b) { throw std::runtime_error(a + b); });
  detail::Json& figures = *json.find("runs")->items[0].find("figures");
  for (int i = 0; i < 5; ++i)
    CHECK(figures.find("loss")->find("values")->items[static_cast<std::size_t>(i)].real ==
          h["loss"][static_cast<std::size_t>(i)]);
  CHECK(figures.find("val_loss")->find("epochs")->items[1].integer == 3);
  CHECK(figures.find("odd, \"name\"")->find("values")->items[0].kind == detail::Json::Kind::null);

  plot({{"a", h}, {"b", made(2)}}, folder / "two.csv");
  CHECK(has(Scratch::read(folder / "two.csv"), "run,epoch,loss"));
  CHECK(has(Scratch::read(folder / "two.csv"), "\r\nb,0,2.0,"));
}

TEST_CASE("plot: pictures have every curve, the bands of folds, and a line at the best epoch") {
  if (!gnuplot()) return;
  const Scratch folder;
  const History h = made(1);
  h.plot(folder / "h.svg", {.title = "<script>&"});
  const std::string svg = Scratch::read(folder / "h.svg");
  CHECK(has(svg, "<svg"));
  CHECK(has(svg, "</svg>"));
  CHECK(has(svg, "&lt;script"));
  CHECK_FALSE(has(svg, "<script"));
  CHECK(has(svg, "training"));
  CHECK(has(svg, "validation"));
  CHECK(has(svg, "best: epoch 2"));
  h.plot(folder / "h.png");
  CHECK(Scratch::read(folder / "h.png").substr(1, 3) == "PNG");
  h.plot(folder / "up.svg", {.figures = {"accuracy"}, .best = "accuracy"});
  CHECK(has(Scratch::read(folder / "up.svg"), "best: epoch 5"));
  CHECK_FALSE(has(Scratch::read(folder / "up.svg"), ">loss<"));
  plot({{"small", h}, {"big", made(2)}}, folder / "two.svg");
  CHECK(has(Scratch::read(folder / "two.svg"), "big training"));
  CrossValidation folds;
  folds.histories = {made(1), made(3)};
  folds.plot(folder / "folds.svg", {.skip_epochs = 1});
  CHECK(has(Scratch::read(folder / "folds.svg"), "mean of 2 folds"));
  CHECK(has(Scratch::read(folder / "folds.svg"), "fill-opacity"));  // the band
}

TEST_CASE("plot: what cannot be drawn is said") {
  const Scratch folder;
  const History h = made(1);
  CHECK_THROWS_WITH_AS(h.plot(folder / "h.pdf"), doctest::Contains(".svg, .png, .csv or .json"), ArgError);
  CHECK_THROWS_WITH_AS(History().plot(folder / "h.csv"), doctest::Contains("at least one epoch"), ArgError);
  CHECK_THROWS_WITH_AS(h.plot(folder / "no/h.csv"), doctest::Contains("can be written"), IoError);
  CHECK_THROWS_WITH_AS(h.plot(folder / "h.svg", {.figures = {"los"}}), doctest::Contains("did you mean 'loss'"),
                       ArgError);
  CHECK_THROWS_WITH_AS(h.plot(folder / "h.svg", {.best = "val_lss"}), doctest::Contains("plots.cpp"), ArgError);
  CHECK_THROWS_WITH_AS(plot({}, folder / "h.csv"), doctest::Contains("at least one history"), ArgError);
  CHECK(folder.names().empty());
}
