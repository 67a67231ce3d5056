// Histories as curves and tables.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "core/json.hpp"
#include "support/scratch.hpp"
#include "support/xml.hpp"
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

/// The numbers in a text before and after a comma, wherever `before` stands in it.
std::vector<std::pair<double, double>> pairs_after(const std::string& text, const std::string& before) {
  std::vector<std::pair<double, double>> all;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    char* end = nullptr;
    const double x = std::strtod(text.c_str() + at + before.size(), &end);
    all.emplace_back(x, std::strtod(end + 1, nullptr));
  }
  return all;
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
  CHECK(xml_fault(svg) == "");
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
  CHECK(has(Scratch::read(folder / "folds.svg"), "training ± sd"));
  CHECK(has(Scratch::read(folder / "folds.svg"), "fill-opacity"));  // the band
  for (const std::string& name : folder.names())
    if (name.ends_with(".svg")) CHECK_MESSAGE(xml_fault(Scratch::read(folder / name)) == "", name);
}

TEST_CASE("plot: the line stands at the best epoch of val_loss, else of loss") {
  if (!gnuplot()) return;
  const Scratch folder;
  const History h = made(1);  // val_loss is lowest in the second epoch
  h.plot(folder / "h.svg", {.figures = {"loss"}});
  const std::string svg = Scratch::read(folder / "h.svg");
  auto points = pairs_after(svg, "<use xlink:href='#gpPt6' transform='translate(");
  REQUIRE(points.size() >= 5);  // those of training, of epochs 1 to 5, then perhaps the legend's
  std::sort(points.begin(), points.begin() + 5);
  const auto stands_at = [&](double x) {
    std::size_t at = 0;
    int found = 0;
    while ((at = svg.find("stroke-dasharray='", at + 1)) != std::string::npos) {
      const auto from = pairs_after(svg.substr(at, 80), " d='M"), to = pairs_after(svg.substr(at, 80), " L");
      if (from.empty() || to.empty() || from[0].first != to[0].first) continue;  // the legend's lies
      ++found;
      CHECK(from[0].first == doctest::Approx(x).epsilon(1e-3));
      CHECK(std::abs(from[0].second - to[0].second) > 200);
    }
    return found;
  };
  CHECK(stands_at(points[1].first) == 1);
  // Counted from 1 and by the epoch's own number: skipping does not move it.
  h.plot(folder / "s.svg", {.figures = {"loss"}, .skip_epochs = 1});
  CHECK(has(Scratch::read(folder / "s.svg"), "best: epoch 2"));
  h.plot(folder / "t.svg", {.figures = {"loss"}, .skip_epochs = 2});
  CHECK_FALSE(has(Scratch::read(folder / "t.svg"), "best"));  // it lies where nothing is drawn
  h.plot(folder / "n.svg", {.best = ""});
  CHECK_FALSE(has(Scratch::read(folder / "n.svg"), "best"));

  History bare;
  for (int epoch = 0; epoch < 4; ++epoch) {
    Logs logs;
    logs.set("loss", epoch == 2 ? 0.5 : 1);
    bare.add(epoch, logs);
  }
  bare.plot(folder / "bare.svg");
  CHECK(has(Scratch::read(folder / "bare.svg"), "best: epoch 3"));
  // Of several runs, each has its own.
  plot({{"a", h}, {"bare", bare}}, folder / "two.svg");
  CHECK(has(Scratch::read(folder / "two.svg"), "a best: epoch 2"));
  CHECK(has(Scratch::read(folder / "two.svg"), "bare best: epoch 3"));
}

TEST_CASE("plot: folds that stopped at different epochs are averaged epoch by epoch") {
  if (!gnuplot()) return;
  const Scratch folder;
  CrossValidation folds;
  for (int length : {2, 5, 3}) {
    History h;
    for (int epoch = 0; epoch < length; ++epoch) {
      Logs logs;
      logs.set("loss", 10 - epoch);
      logs.set("val_loss", epoch == 3 ? 1 : 5);
      h.add(epoch, logs);
    }
    folds.histories.push_back(h);
  }
  folds.plot(folder / "f.svg");  // only the second came to the fourth epoch
  CHECK(has(Scratch::read(folder / "f.svg"), "best: epoch 4"));
  CHECK_THROWS_WITH_AS(folds.plot(folder / "g.svg", {.best = "val_lss"}), doctest::Contains("did you mean 'val_loss'"),
                       ArgError);
}

TEST_CASE("plot: a hostile title or name is drawn, and does nothing") {
  if (!gnuplot()) return;
  const Scratch folder;
  const std::string touch = "touch " + (folder / "owned");
  const std::string hostile[] = {"'; system('" + touch + "') #",           "`" + touch + "`",
                                 "\"; !" + touch + "\n!" + touch,          "EOD\nsystem('" + touch + "')",
                                 "@x_{y}^2 \\ %s\xff</text><script>&amp;", ""};
  for (const std::string& text : hostile) {
    CAPTURE(text);
    History h;
    Logs logs;
    logs.set("loss", 1);
    logs.set(text + "x", 2);
    h.add(0, logs);
    h.plot(folder / "p.svg", {.title = text});
    CHECK(xml_fault(Scratch::read(folder / "p.svg")) == "");
    plot({{text, h}, {"b", h}}, folder / "p.svg", {.title = text});
    CHECK(xml_fault(Scratch::read(folder / "p.svg")) == "");
  }
  made(1).plot(folder / "a'b$(touch owned) .svg");
  CHECK(folder.names() == std::vector<std::string>{"a'b$(touch owned) .svg", "p.svg"});
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
  CHECK_THROWS_WITH_AS(h.plot(folder / "h.svg", {.width = -1}), doctest::Contains("not negative"), ArgError);
  CHECK_THROWS_WITH_AS(h.plot(folder / "h.svg", {.skip_epochs = 5}), doctest::Contains("not skipped"), ArgError);
  History none;
  Logs logs;
  logs.set("loss", std::numeric_limits<double>::quiet_NaN());
  none.add(0, logs);
  CHECK_THROWS_WITH_AS(none.plot(folder / "h.svg"), doctest::Contains("needs a finite figure"), ArgError);
  CHECK_THROWS_WITH_AS(none.plot(folder / "h.png", {.log_scale = true}), doctest::Contains("above 0"), ArgError);
  CHECK(folder.names().empty());
}
