#include "xgrad/view/trace.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "view/telling.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool contains(const std::string& text, const std::string& piece) {
  CAPTURE(text);
  CAPTURE(piece);
  const bool found = text.find(piece) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("trace: a graph of scalars, every line in names and numbers") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0)).label("x"), y = tape.variable(Array::scalar(-3.0)).label("y");
  Var s = x + y;
  Var f = s * y;
  f.label("f");
  // The source is read where it is compiled from; seen from another folder, it may not be there.
  const bool readable = std::ifstream(NodeView(s.node()).loc().file).good();
  const auto told = [&](const Var& v, const char* source) {
    return "  " + to_string(NodeView(v.node()).loc()) + (readable ? source : "") + "\n";
  };
  const std::string line = told(s, "   Var s = x + y;"), next = told(f, "   Var f = s * y;");
  CHECK(view::trace_text(f) ==
        "Forward\n"
        "  #0 x = 2   variable\n"
        "  #1 y = -3   variable\n"
        "\n" +
            line +
            "  #2 = x + y = 2 + (-3) = -1   add\n"
            "\n" +
            next +
            "  #3 f = #2 · y = (-1) · (-3) = 3   multiply\n"
            "\n"
            "Backward\n"
            "  #3 f = #2 · y   gradient 1, where the sweep starts\n"
            "    ā = ȳ · b = 1 · (-3) = -3   to #2\n"
            "    b̄ = ȳ · a = 1 · (-1) = -1   to #1 y\n"
            "  #2 = x + y   gradient -3, from #3\n"
            "    ā = ȳ = -3   to #0 x\n"
            "    b̄ = ȳ = -3   to #1 y\n"
            "\n"
            "Gradients\n"
            "  #0 x   gradient -3, from #2\n"
            "  #1 y   gradient -1 + (-3) = -4, from #3 and #2\n");
}

TEST_CASE("trace: arrays, several results, broadcasting, values read twice") {
  Parameter w("w", ones({3, 2}));
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const std::vector<Var> parts = split(w, 2, 1);
  const Array row = Array(xt::xarray<float>{1, 2});
  const Var product = parts[1] * row;
  const std::string text = view::trace_text(sum(product * product));
  contains(text, "#0 w = [[1 1] [1 1] [1 1]]   parameter\n");
  contains(text, "a part of w along the axis = [[1] [1] [1]]   split (2 parts axis 1)\n");
  contains(text, "= #4 · #4 = [[1 4] [1 4] [1 4]]   multiply\n");
  contains(text, "gradient [[1 2] [1 2] [1 2]] + [[1 2] [1 2] [1 2]] = [[2 4] [2 4] [2 4]], from #5 twice\n");
  contains(text, "    ā = ȳ · b, summed to [3,1], = [[10] [10] [10]]   to #2\n");
  contains(text, "  and #2   gradient [[10] [10] [10]], from #4\n");
  contains(text, "  #0 w   gradient [[0 10] [0 10] [0 10]], from #1\n");
}

TEST_CASE("trace: large arrays and long graphs are abbreviated") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Array x = linspace(0, 99, 100);
  x.mutable_data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  Var v = tape.variable(x).label("v");
  contains(view::trace_text(sum(v)), "#0 v = float32[100] from 0 to 99, mean 49.9293, 1 NaN   variable\n");
  Var y = tape.variable(Array::scalar(1.0)).label("y");
  for (int i = 0; i < 10; ++i) y = y * 2;
  const std::string text = view::trace_text(y, {.ops = 3});
  contains(text, "  … 7 ops left out (TraceOptions::ops) …\n");
  contains(text, "  … 7 rules left out (TraceOptions::ops) …\n");
  contains(text, " · 2 = 512 · 2 = 1024   multiply\n");
  contains(text, "y   gradient 1024, from #");
  contains(view::trace_text(sum(v), {.elements = 3, .lines = false}), "float32[100] from 0 to 99");
  CHECK(view::trace_text(sum(v), {.lines = false}).find("trace.cpp") == std::string::npos);
}

TEST_CASE("trace leaves gradients, hooks and the graph as they were") {
  Parameter w("w", Array::scalar(3.0));
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var y = w * w;
  backward(2 * y);
  int calls = 0;
  tape.add_hook({.before = [&](const NodeView&, const Array&) { ++calls; }});
  const std::size_t size = tape.size();
  const double kept = y.grad().item<double>();
  std::ostringstream out;
  view::trace(y, out);
  contains(out.str(), "gradient 3 + 3 = 6, from #1 twice");
  CHECK(w.grad().item<double>() == 12);
  CHECK(y.grad().item<double>() == kept);
  CHECK(tape.size() == size);
  CHECK(calls == 0);
  backward(y);
  CHECK(w.grad().item<double>() == 18);
  CHECK(calls == 1);
}

TEST_CASE("trace needs the values, a scalar, and a gradient") {
  Parameter w("w", ones({2}));
  const auto refusal = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  Tape tape;
  auto scope = tape.scope();
  const Var y = sum(exp(sin(w)));
  contains(refusal([&] { view::trace_text(y); }),
           "GraphError: xgrad::trace: needs every value of the graph in memory (open the tape with {.keep_values = "
           "true}); got #1 sin float32[2]");
  contains(refusal([&] { view::trace_text(exp(w)); }), "ShapeError: xgrad::trace: ");
  contains(refusal([&] { view::trace_text(Var(1.0)); }), "NotDifferentiable: xgrad::trace: ");
}

TEST_CASE("trace shows labels and source lines as text, whatever they hold") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0)).label("a\x1b[31m\nb\xC2\x9B");
  const std::string text = view::trace_text(x * x);
  CHECK(text.find('\x1b') == std::string::npos);
  contains(text, "#0 a [31m b  = 2   variable\n");
}

TEST_CASE("letters of formulas are whole words") {
  const view::Letters letters{{"x", "2"}, {"ȳ", "5"}, {"a", "7"}};
  CHECK(view::with_letters("ȳ · max(x, 0) · x² · exp(x)", letters) == "5 · max(2, 0) · 2² · exp(2)");
  CHECK(view::with_letters("ā = a x̄ x₁ x", letters) == "ā = 7 x̄ x₁ 2");
  CHECK(view::is_plain("ȳ · 2 · x / √(1 − x²) · [x > 0]", letters));
  CHECK_FALSE(view::is_plain("ȳ in x's type", letters));
  CHECK_FALSE(view::is_plain("ȳ / n", letters));
}
