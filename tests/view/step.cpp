#include "xgrad/view/step.hpp"

#include <doctest/doctest.h>

#include <random>
#include <sstream>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

std::string played(const Var& v, const std::string& commands) {
  std::istringstream in(commands);
  std::ostringstream out;
  view::step(v, in, out);
  return out.str();
}
bool contains(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

}  // namespace

TEST_CASE("step: arrays, equal labels, constants, a result that is a leaf's neighbour") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(linspace(0, 1, 20)).label("h");
  Var h = (2 * x).label("h");
  Var y = sum(h).label("total loss");
  const std::string text = played(y, "c\nc\np h\np 0\np #1\np total loss\n");
  CHECK(contains(text, "Several are called \"h\": #0 #2; say its number.\n"));
  CHECK(contains(text, "#0 h   float32[20] ["));
  CHECK(contains(text, "gradient float32[20] from 2 to 2, mean 2, from #2\n"));
  CHECK(contains(text, "float32[20] [2, 2, 2"));  // the gradient, whole
  CHECK(contains(text, "#1 = 2   constant\n  no gradient flows to it\n"));
  CHECK(contains(text, "#3 total loss = Σ h = 20   sum"));
  CHECK(contains(text, "gradient 1, where the sweep starts\n"));
  CHECK_THROWS_AS(x.grad(), GraphError);  // none was kept
}

TEST_CASE("step: any input ends well") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0)).label("x");
  Var s = sin(x);
  Var y = x * x + s;
  std::mt19937 random(7);
  const std::string pieces[] = {"n",
                                "b",
                                "c",
                                "p",
                                "w",
                                "l",
                                "x",
                                "#",
                                "1",
                                " ",
                                "\n",
                                "\n",
                                "\n",
                                "\t",
                                "\xff",
                                "\x1b[",
                                "-",
                                "é",
                                std::string(1, '\0')};
  for (int round = 0; round < 300; ++round) {
    std::string commands;
    for (int i = 0; i < 60; ++i) commands += pieces[random() % std::size(pieces)];
    const std::string text = played(y, commands);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.rfind("The leaves are there; 3 ops and then 3 rules follow.", 0) == 0);
  }
  CHECK(contains(played(y, "n 100\nb 100\nc\nc\n"),
                 "Gradients\n  #0 x   gradient 2 + 2 + (-0.416147) = 3.58385, from #2 twice and #1\n"));
}
