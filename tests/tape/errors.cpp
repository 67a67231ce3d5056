// Every class of error: where it comes from, what it says, whom it derives from.

#include "../autodiff/support.hpp"

using namespace engine;

namespace {
/// All messages have one form: "Class: xgrad::<operation>: needs …; got …", then the user's own line.
void check_form(const std::string& text, const std::string& kind, const std::string& operation) {
  CHECK(contains(text, kind + ": xgrad::" + operation + ": needs "));
  CHECK(contains(text, "; got "));
  CHECK(contains(text, "\n  at tape/errors.cpp:"));
}
}  // namespace

TEST_CASE("the hierarchy") {
  CHECK((std::is_base_of_v<std::runtime_error, Error>));
  CHECK((std::is_base_of_v<Error, ShapeError> && std::is_base_of_v<Error, DTypeError> &&
         std::is_base_of_v<Error, IndexError> && std::is_base_of_v<Error, ArgError> &&
         std::is_base_of_v<Error, NonFiniteError> && std::is_base_of_v<Error, IoError> &&
         std::is_base_of_v<Error, GradcheckError>));
  CHECK((std::is_base_of_v<HandleError, StaleHandle> && std::is_base_of_v<HandleError, ForeignTape> &&
         std::is_base_of_v<HandleError, NoTape> && std::is_base_of_v<HandleError, WrongThread>));
  CHECK((std::is_base_of_v<GraphError, GraphFreed> && std::is_base_of_v<GraphError, Unreachable> &&
         std::is_base_of_v<GraphError, NotDifferentiable> && std::is_base_of_v<GraphError, ParamModified> &&
         std::is_base_of_v<GraphError, RecomputeMismatch>));
}

TEST_CASE("every class names the operation, what it needs, what it got, and the line") {
  Parameter w("w", f64({1, 2}));
  Tape tape, other;
  Var far = other.variable(f64({1, 2}));
  Var stale;
  {
    auto gone = tape.scope();
    stale = tape.variable(f64({1}));
  }
  check_form(message_of<NoTape>([&] { w * 2; }), "NoTape", "multiply");
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2})), y = sum(square(x)), z = tape.variable(f64({1}));
  check_form(message_of<ShapeError>([&] { x + ones({3}, DType::float64); }), "ShapeError", "add");
  check_form(message_of<DTypeError>([&] { x + ones({2}); }), "DTypeError", "add");
  check_form(message_of<IndexError>([&] { sum(x, 5); }), "IndexError", "sum");
  check_form(message_of<ArgError>([&] { dropout(x, 2); }), "ArgError", "dropout");
  check_form(message_of<StaleHandle>([&] { exp(stale); }), "StaleHandle", "Var");
  check_form(message_of<ForeignTape>([&] { x* far; }), "ForeignTape", "multiply");
  check_form(message_of<Unreachable>([&] { grad(y, z); }), "Unreachable", "grad");
  check_form(message_of<NotDifferentiable>([&] { grad(Var(f64({1})), x); }), "NotDifferentiable", "grad");
  grad(sum(exp(y)), x);
  check_form(message_of<GraphFreed>([&] { backward(y); }), "GraphFreed", "sum");
  {
    const Anomaly watch;
    check_form(message_of<NonFiniteError>([&] { log(-x); }), "NonFiniteError", "log");
  }
  check_form(message_of<GradcheckError>([&] { gradcheck([](Var v) { return v * v.detach(); }, {f64({1})}); }),
             "GradcheckError", "gradcheck");
  check_form(message_of<GraphError>([&] { w.grad(); }), "GraphError", "Parameter::grad");
  check_form(message_of<ShapeError>([&] { w.assign(f64({1})); }), "ShapeError", "Parameter::assign");
  check_form(message_of<DTypeError>([&] { w.set_grad(ones({2})); }), "DTypeError", "Parameter::set_grad");
  check_form(message_of<DTypeError>([&] { Parameter("n", arange(0, 3, 1, DType::int64)); }), "DTypeError", "Parameter");
  check_form(message_of<IndexError>([&] { tape.node(99); }), "IndexError", "Tape::node");
  check_form(message_of<ShapeError>([&] { x.item<double>(); }), "ShapeError", "item");
  auto raw = custom(
      "raw", [](const Array& a) { return a * 2; }, [](const CustomBackward& c) { return c.grad() * 2; });
  CHECK(at(grad(sum(raw(x)), x)) == 2);
  CHECK(contains(message_of<NotDifferentiable>([&] { grad(sum(raw(x)), x, {.create_graph = true}); }),
                 "NotDifferentiable: xgrad::raw: needs"));
}

TEST_CASE("an error carries its operation and place, and says where the operands come from") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2})).label("features");
  try {
    x + f64({1, 2, 3});
    FAIL("no error");
  } catch (const ShapeError& e) {
    CHECK(e.operation() == "add");
    CHECK(e.where().known());
    CHECK(contains(e.what(), "[2] and [3]"));
    CHECK(contains(e.what(), "operand 0: variable 'features' float64[2], tape/errors.cpp:"));
  }
}

TEST_CASE("the line is the user's, through operators, nested calls and lambdas") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  const auto line_of = [](auto f) -> unsigned {
    try {
      f();
    } catch (const Error& e) {
      return e.where().line;
    }
    return 0;
  };
  CHECK(line_of([&] { x + ones({2}); }) == __LINE__);
  CHECK(line_of([&] { sum(exp(x) * ones({2})); }) == __LINE__);
  CHECK(line_of([&] { -log(1 / (x - ones({2}))); }) == __LINE__);
  CHECK(line_of([&] { x.item<float>(); }) == __LINE__);
}
