// The losses as functions: derivatives, element types, ties, and what they refuse. Values are Keras's business: see
// tests/reference/losses.cpp.

#include "xgrad/nn/losses.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support.hpp"
#include "xgrad/autodiff/gradcheck.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/ops/random.hpp"

using namespace xgrad;

TEST_CASE("losses: derivatives to order 2, by prediction and by truth") {
  const Array numbers_true = f64({0.7, -1.2, 0.4, 1.9, 0.3, -0.6}, {2, 3});
  const Array numbers_pred = f64({0.2, 0.9, -0.8, 0.5, -1.4, 2.2}, {2, 3});
  const Array part_true = f64({0.2, 0.7, 0.1, 0.3, 0.4, 0.35}, {2, 3});
  const Array part_pred = f64({0.35, 0.25, 0.4, 0.15, 0.6, 0.3}, {2, 3});
  using Function = Var (*)(Arg, Arg);
  for (const Function f :
       {static_cast<Function>(mean_squared_error), static_cast<Function>(mean_absolute_error),
        static_cast<Function>(mean_absolute_percentage_error), static_cast<Function>(huber),
        static_cast<Function>(log_cosh), static_cast<Function>(cosine_similarity), static_cast<Function>(hinge),
        static_cast<Function>(squared_hinge), static_cast<Function>(categorical_hinge)})
    gradcheck([f](Var t, Var p) { return f(t, p); }, {numbers_true, numbers_pred}, {.order = 2});
  for (const Function f :
       {static_cast<Function>(mean_squared_logarithmic_error), static_cast<Function>(kl_divergence),
        static_cast<Function>(poisson), static_cast<Function>(binary_crossentropy),
        static_cast<Function>(categorical_crossentropy), static_cast<Function>(binary_focal_crossentropy),
        static_cast<Function>(categorical_focal_crossentropy)})
    gradcheck([f](Var t, Var p) { return f(t, p); }, {part_true, part_pred}, {.order = 2});
  gradcheck([](Var t, Var p) { return binary_crossentropy(t, p, {.from_logits = true, .label_smoothing = 0.1}); },
            {part_true, numbers_pred}, {.order = 2});
  gradcheck([](Var t, Var p) { return categorical_crossentropy(t, p, {.from_logits = true, .label_smoothing = 0.1}); },
            {part_true, numbers_pred}, {.order = 2});
  gradcheck([](Var t, Var p) { return binary_focal_crossentropy(t, p, {.gamma = 1.5, .from_logits = true}); },
            {part_true, numbers_pred}, {.order = 2});
  gradcheck([](Var t, Var p) { return categorical_focal_crossentropy(t, p, {.gamma = 3, .from_logits = true}); },
            {part_true, numbers_pred}, {.order = 2});
  const Array labels = f64({2, 0}, {2});
  gradcheck([&](Var p) { return sparse_categorical_crossentropy(labels, p); }, {part_pred}, {.order = 2});
  gradcheck([&](Var p) { return sparse_categorical_crossentropy(labels, p, {.from_logits = true, .ignore_class = 0}); },
            {numbers_pred}, {.order = 2});
}

TEST_CASE("losses: ctc: derivatives to order 2, rows of any type, padding, refusals") {
  set_seed(4);
  const Array x = random::normal({3, 5, 4}, 0, 1, DType::float64);
  const Array rows = f64({1, 2, 0, 3, 3, 1, 0, 0, 0}, {3, 3});
  gradcheck([&](Var p) { return ctc(rows, p); }, {x}, {.order = 2});
  gradcheck([&](Var p) { return ctc(f64({0, 2, 3, 3, 2, 3}, {3, 2}), p, {.blank = -1}); }, {x}, {.order = 2});
  gradcheck([&](Var p) { return Loss(CTC{.infeasible = Infeasible::zero})(full({3, 4}, 1), p); }, {x}, {.order = 2});
  const auto wanted = numbers(ctc(rows, x));
  for (const DType type : {DType::float32, DType::int64, DType::uint8})
    CHECK(numbers(ctc(rows.astype(type), x)) == wanted);
  CHECK(numbers(ctc(f64({1, 2, -1, 3, 3, 1, -1, -5, 0}, {3, 3}), x)) == wanted);
  CHECK(ctc(rows, x.astype(DType::float32)).dtype() == DType::float32);
  CHECK(ctc(zeros({3, 0}), x).shape() == Shape{3});
  CHECK(numbers(Loss("CTC")(rows, x))[0] == doctest::Approx((wanted[0] + wanted[1] + wanted[2]) / 3));
  CHECK(numbers(ctc(full({3, 4}, 1), x))[0] == numeric::inf);  // 4 labels, 3 blanks, 5 frames
  CHECK(numbers(ctc(full({3, 4}, 1), x, {.infeasible = Infeasible::zero}))[0] == 0);

  CHECK(has(message_of<ShapeError>([&] {
              ctc(zeros({2, 3}), x);
            }),
            "ctc: needs y_true with a row of labels a sample, [3,width]; got float32[2,3]"));
  CHECK(has(message_of<ShapeError>([&] { ctc(zeros({3}), x); }), "[3,width]; got float32[3]"));
  CHECK(has(message_of<ShapeError>([&] { ctc(rows, zeros({3, 5})); }), "needs y_pred of logits [n,frames,classes]"));
  CHECK(has(message_of<DTypeError>([&] { ctc(rows, x.astype(DType::int64)); }), "needs y_pred of float32 or float64"));
  CHECK(has(message_of<ArgError>([&] { ctc(rows * 0.5, x); }), "needs labels, which are whole"));
  CHECK(has(message_of<ArgError>([&] {
              ctc(f64({1, 0, 2, 1, 1, 1, 0, 0, 0}, {3, 3}), x);
            }),
            "needs labels and then padding (0, the blank, or negative); got padding and then label 2 for sample 0"));
  CHECK(has(message_of<ArgError>([&] { ctc(rows, x, {.blank = 4}); }), "needs a blank that is one of the 4 classes"));
  const std::string text = message_of<IndexError>([&] { ctc(rows + 2, x); });
  CHECK(has(text, "ctc: needs labels below 4, the number of classes; got 4 for sample 0"));
  CHECK(has(text, "losses.cpp"));
}

TEST_CASE("losses: y_true of any type and of a missing axis; results of y_pred's type") {
  const Array p = f64({0.8, 0.3, 0.4}, {3, 1}).astype(DType::float32);
  const Array t = f64({1, 0, 1}, {3});
  for (const DType type : {DType::float32, DType::float64, DType::int64, DType::uint8, DType::boolean}) {
    const Var loss = mean_squared_error(t.astype(type), p);
    CHECK(loss.dtype() == DType::float32);
    CHECK(loss.shape() == Shape{3});
    CHECK(numbers(loss)[2] == doctest::Approx(0.36));
    CHECK(numbers(binary_crossentropy(t.astype(type), p))[1] == doctest::Approx(-std::log(0.7)));
  }
  CHECK(mean_squared_error(t.reshape({3, 1}), p.reshape({3})).shape() == Shape{3});
  CHECK(numbers(mean_absolute_error(1, p))[1] == doctest::Approx(0.7));
  CHECK(mean_squared_error(0.5, p.astype(DType::float64)).dtype() == DType::float64);
  CHECK(mean_squared_error(zeros({2, 3}), zeros({2, 3, 1})).shape() == Shape{2});

  const Array q = f64({0.1, 0.9, 0.6, 0.4}, {2, 2});
  for (const DType type : {DType::float64, DType::int64, DType::uint8})
    for (const Shape& shape : {Shape{2}, Shape{2, 1}}) {
      const Var loss = sparse_categorical_crossentropy(f64({1, 0}, shape).astype(type), q);
      CHECK(loss.shape() == Shape{2});
      CHECK(numbers(loss)[0] == doctest::Approx(-std::log(0.9)));
    }
  // Where the truth is ignored, what is predicted does not matter, nor pass a gradient.
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(f64({0.1, 0.9, numeric::NaN, numeric::NaN}, {2, 2}));
  const Var loss = sparse_categorical_crossentropy(f64({1, 7}, {2}), x, {.ignore_class = 7});
  CHECK(numbers(loss)[1] == 0);
  const auto g = numbers(grad(loss, x, {.cotangent = Array(ones({2}, DType::float64))}));
  CHECK(std::isfinite(g[0]));
  CHECK(g[2] == 0);
  CHECK(g[3] == 0);
}

TEST_CASE("losses: at a tie of truth and prediction the absolute error has the slope 0") {
  Tape tape;
  auto scope = tape.scope();
  const Var p = tape.variable(f64({1, 2}, {1, 2}));
  const auto g = numbers(grad(mean_absolute_error(f64({1, 0}, {1, 2}), p), p));
  CHECK(g[0] == 0);
  CHECK(g[1] == 0.5);
}

TEST_CASE("losses: refusals name the loss, what it needs and got, and the likely mistake") {
  const Array p = full({3, 4}, 0.25), labels = zeros({3}, DType::int64);
  const auto shape_error = [](auto&& f) { return message_of<ShapeError>(f); };
  std::string text = shape_error([&] { categorical_crossentropy(labels, p); });
  CHECK(has(text, "categorical_crossentropy: needs y_true of y_pred's shape, [3,4]; got int64[3]"));
  CHECK(has(text, "sparse_categorical_crossentropy"));
  CHECK(has(text, "to_categorical"));
  CHECK(has(text, "losses.cpp"));
  CHECK(has(shape_error([&] { kl_divergence(labels.reshape({3, 1}), p); }), "sparse_categorical_crossentropy"));
  CHECK(has(shape_error([&] { sparse_categorical_crossentropy(p, p); }), "there is categorical_crossentropy"));
  CHECK(has(shape_error([&] { sparse_categorical_crossentropy(zeros({2}), p); }), "number of samples"));
  text = shape_error([&] { mean_squared_error(labels, p); });
  CHECK(has(text, "mean_squared_error: needs y_true of y_pred's shape, [3,4]; got int64[3]"));
  CHECK(has(text, "units"));
  CHECK(has(shape_error([&] { binary_crossentropy(zeros({3, 2}), zeros({3, 1})); }), "y_true has 2 values a sample"));
  CHECK(has(shape_error([&] { hinge(zeros({2, 4}), p); }), "number of samples"));
  CHECK(has(shape_error([&] { mean_squared_error(1, Array::scalar(1.f)); }), "at least one axis"));
  CHECK(has(message_of<DTypeError>([&] { mean_squared_error(p, labels); }), "needs y_pred of float32 or float64"));
  CHECK(has(message_of<ArgError>([&] { huber(p, p, {.delta = 0}); }), "huber: needs delta above 0"));
  CHECK(has(message_of<ArgError>([&] { binary_crossentropy(p, p, {.label_smoothing = 1.5}); }), "label_smoothing"));
  CHECK(has(message_of<ArgError>([&] { binary_focal_crossentropy(p, p, {.gamma = -1}); }), "gamma"));
  CHECK(has(message_of<IndexError>([&] { cosine_similarity(p, p, {.axis = 2}); }), "needs an axis from -2 to 1"));
  CHECK(has(message_of<IndexError>([&] { sparse_categorical_crossentropy(full({3}, 4), p); }),
            "needs labels from 0 to 3 for 4 classes; got 4 at place 0"));
  CHECK(has(message_of<IndexError>([&] { sparse_categorical_crossentropy(full({3}, -1), p); }), "got -1"));
  CHECK(has(message_of<ArgError>([&] { sparse_categorical_crossentropy(full({3}, 0.5), p); }), "whole"));
}
