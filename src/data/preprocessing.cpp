#include "xgrad/data/preprocessing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "data/random_state.hpp"
#include "data/rows.hpp"

namespace xgrad {

Array to_categorical(const Array& x, std::int64_t num_classes, DType dtype, Loc loc) {
  const Array classes = x.astype(DType::int64);
  Shape shape = x.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape.erase(shape.rank() - 1);
  const auto numbers = classes.span<std::int64_t>();
  if (num_classes < 0)
    throw ArgError("to_categorical", "needs num_classes of at least 0; got " + std::to_string(num_classes), loc);
  if (num_classes == 0 && !numbers.empty()) {
    const std::int64_t most = *std::max_element(numbers.begin(), numbers.end());
    num_classes = most < std::numeric_limits<std::int64_t>::max() ? std::max<std::int64_t>(0, most + 1) : most;
  }
  for (std::int64_t v : numbers)
    if (v >= num_classes || v < -num_classes)
      throw IndexError(
          "to_categorical",
          "needs classes below num_classes = " + std::to_string(num_classes) + "; got " + std::to_string(v), loc);
  std::int64_t size = 0;
  if (__builtin_mul_overflow(static_cast<std::int64_t>(numbers.size()), num_classes, &size))
    throw IndexError("to_categorical", "needs classes that fit memory; got " + std::to_string(num_classes), loc);
  shape.push_back(num_classes);
  Array result = zeros(shape, dtype, loc);
  visit_dtype(dtype, [&]<class T>() {
    T* row = static_cast<T*>(result.raw());
    for (std::int64_t v : numbers) {
      row[v < 0 ? v + num_classes : v] = T{1};
      row += num_classes;
    }
  });
  return result;
}

Csr multi_hot(const Sequences& sequences, std::int64_t dimension, DType dtype, Loc loc) {
  if (dimension < 0)
    throw ArgError("multi_hot", "needs a dimension of at least 0; got " + std::to_string(dimension), loc);
  for (std::int64_t v : sequences.values().span<std::int64_t>())
    if (v < 0 || v >= dimension)
      throw IndexError(
          "multi_hot",
          "needs numbers from 0 to dimension - 1 = " + std::to_string(dimension - 1) + "; got " + std::to_string(v),
          loc);
  std::vector<std::int64_t> columns;
  columns.reserve(static_cast<std::size_t>(sequences.values().size()));
  Array row_ptr = zeros({sequences.size() + 1}, DType::int64);
  std::int64_t* end = row_ptr.mutable_data<std::int64_t>();
  // A bit for each column puts a row in order and drops what is there twice, in one pass over the bits; where a row is
  // short beside its length in bits, sorting is less work.
  std::vector<std::uint64_t> bits;
  for (std::span<const std::int64_t> sequence : sequences) {
    const auto words = static_cast<std::uint64_t>(dimension) / 64 + 1;
    if (words > 16 * (sequence.size() + 1)) {
      const auto begin = static_cast<std::ptrdiff_t>(columns.size());
      columns.insert(columns.end(), sequence.begin(), sequence.end());
      std::sort(columns.begin() + begin, columns.end());
      columns.erase(std::unique(columns.begin() + begin, columns.end()), columns.end());
    } else {
      bits.resize(words);
      for (std::int64_t v : sequence) bits[static_cast<std::size_t>(v / 64)] |= std::uint64_t{1} << v % 64;
      for (std::size_t word = 0; word < words; ++word)
        for (std::uint64_t left = std::exchange(bits[word], 0); left != 0; left &= left - 1)
          columns.push_back(static_cast<std::int64_t>(64 * word) + std::countr_zero(left));
    }
    *++end = static_cast<std::int64_t>(columns.size());
  }
  const auto entries = static_cast<std::int64_t>(columns.size());
  Array column = Array::from(std::span<const std::int64_t>(columns), {entries}, loc);
  return Csr(sequences.size(), dimension, std::move(row_ptr), std::move(column), ones({entries}, dtype, loc), loc);
}

namespace {

template <class T>
void norm_rows(const T* x, T* out, std::int64_t outer, std::int64_t along, std::int64_t inner, double order) {
  const auto power = [order](double v) {  // NaN stays NaN in each
    if (order == 0) return v != 0 ? 1.0 : 0.0;
    if (order == 1) return v;
    return order == 2 ? v * v : std::pow(v, order);
  };
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const T* from = x + o * along * inner + i;
      double norm = order == -std::numeric_limits<double>::infinity() ? std::numeric_limits<double>::infinity() : 0;
      for (std::int64_t k = 0; k < along; ++k) {
        const double v = std::abs(static_cast<double>(from[k * inner]));
        if (std::isinf(order)) {
          norm = std::isnan(v) || std::isnan(norm) ? v + norm : order > 0 ? std::max(norm, v) : std::min(norm, v);
        } else {
          norm += power(v);
        }
      }
      if (order == 2) {
        norm = std::sqrt(norm);
      } else if (order != 0 && order != 1 && !std::isinf(order)) {
        norm = std::pow(norm, 1 / order);
      }
      if (norm == 0) norm = 1;
      T* to = out + o * along * inner + i;
      for (std::int64_t k = 0; k < along; ++k)
        to[k * inner] = static_cast<T>(static_cast<double>(from[k * inner]) / norm);
    }
  }
}

}  // namespace

Array normalize(const Array& x, int axis, double order, Loc loc) {
  const int at = axis < 0 ? axis + x.rank() : axis;
  if (at < 0 || at >= x.rank())
    throw IndexError("normalize", "needs an axis of " + signature(x) + "; got " + std::to_string(axis), loc);
  if (std::isnan(order)) throw ArgError("normalize", "needs an order; got NaN", loc);
  const Array from = is_floating(x.dtype()) ? x : x.astype(DType::float32);
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < at; ++i) outer *= x.shape(i);
  for (int i = at + 1; i < x.rank(); ++i) inner *= x.shape(i);
  if (std::isinf(order) && x.shape(at) == 0 && outer * inner != 0)
    throw ShapeError("normalize", "needs elements along the axis for an infinite order; got " + signature(x), loc);
  Array result = Array::empty(x.shape(), from.dtype());
  if (from.dtype() == DType::float32) {
    norm_rows(from.data<float>(), result.mutable_data<float>(), outer, x.shape(at), inner, order);
  } else {
    norm_rows(from.data<double>(), result.mutable_data<double>(), outer, x.shape(at), inner, order);
  }
  return result;
}

namespace {
void need_rows(const Shape& x, const Array& y, Loc loc) {
  if (x.rank() == 0 || y.rank() == 0 || x[0] != y.shape(0))
    throw ShapeError("train_test_split",
                     "needs x and y with one row for each sample; got " + x.to_string() + " and " + signature(y), loc);
}
}  // namespace

SplitIndices split_indices(std::int64_t n, const SplitOptions& options, Loc loc) {
  if (n < 0) throw ArgError("train_test_split", "needs at least 0 samples; got " + std::to_string(n), loc);
  const std::int64_t train = detail::cut(n, options.test_split, "train_test_split", loc);
  Array order = arange(0, static_cast<double>(n), 1, DType::int64);
  if (options.shuffle)
    detail::RandomState(options.seed)
        .shuffle({order.mutable_data<std::int64_t>(), static_cast<std::size_t>(order.size())});
  return {order.rows(0, train), order.rows(train, n)};
}

TrainTest<Array> train_test_split(const Array& x, const Array& y, const SplitOptions& options, Loc loc) {
  need_rows(x.shape(), y, loc);
  const auto [train, test] = split_indices(x.shape(0), options, loc);
  const auto first = train.span<std::int64_t>(), second = test.span<std::int64_t>();
  return {{detail::gather_rows(x, first), detail::gather_rows(y, first)},
          {detail::gather_rows(x, second), detail::gather_rows(y, second)}};
}

TrainTest<Csr> train_test_split(const Csr& x, const Array& y, const SplitOptions& options, Loc loc) {
  need_rows(x.shape(), y, loc);
  const auto [train, test] = split_indices(x.rows(), options, loc);
  return {{x.take_rows(train, loc), detail::gather_rows(y, train.span<std::int64_t>())},
          {x.take_rows(test, loc), detail::gather_rows(y, test.span<std::int64_t>())}};
}

TrainTest<Sequences> train_test_split(const Sequences& x, const Array& y, const SplitOptions& options, Loc loc) {
  need_rows({x.size()}, y, loc);
  const auto [train, test] = split_indices(x.size(), options, loc);
  return {{x.take(train, loc), detail::gather_rows(y, train.span<std::int64_t>())},
          {x.take(test, loc), detail::gather_rows(y, test.span<std::int64_t>())}};
}

}  // namespace xgrad
