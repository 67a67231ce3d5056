#pragma once
/// \file The one file that names xtensor's headers, and the conversions between xtensor and Array.

#include <algorithm>

#if __has_include(<xtensor/core/xexpression_traits.hpp>)
#include <xtensor/core/xexpression_traits.hpp>
#else
#include <xtensor/xexpression_traits.hpp>
#endif

#include "xgrad/core/array.hpp"

// Up to 0.25, xtensor tests __cplusplus == 201703L where it means >=: under C++20 g++ then makes the temporary of an
// expression of dynamic shape a fixed-rank xtensor<T, 4>, and eval, immediate reductions, tile and pad give garbage.
// These two full specialisations put it right (code before them that has used eval is then an error, not garbage);
// clang takes the right branch by itself.
#if defined(__GNUC__) && !defined(__clang__) && XTENSOR_VERSION_MAJOR == 0 && XTENSOR_VERSION_MINOR < 26
namespace xt::detail {
template <>
struct xtype_for_shape<dynamic_shape<std::size_t>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
template <>
struct xtype_for_shape<dynamic_shape<std::ptrdiff_t>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
}  // namespace xt::detail
#endif

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#endif

// With an xtensor expression on one side and one of ours on the other, xtensor's unconstrained operator templates would
// win. Taking the function type away from them for our operands leaves only our own operators.
template <class F, class... E>
requires(std::is_base_of_v<xgrad::operators::Operand, std::decay_t<E>> ||
         ...) struct xt::detail::xfunction_type<F, E...> {
};

namespace xgrad {

namespace detail {
template <class E>
Shape shape_of(const E& expression) {
  Shape shape;
  for (auto extent : expression.shape()) shape.push_back(static_cast<std::int64_t>(extent));
  return shape;
}

inline xt::dynamic_shape<std::size_t> xt_shape(const Shape& shape) {
  xt::dynamic_shape<std::size_t> result(static_cast<std::size_t>(shape.rank()));
  std::copy(shape.begin(), shape.end(), result.begin());
  return result;
}

template <class T>
using ConstAdaptor = xt::xarray_adaptor<xt::xbuffer_adaptor<const T*, xt::no_ownership, std::allocator<T>>,
                                        xt::layout_type::row_major, xt::dynamic_shape<std::size_t>>;
template <class T>
using MutableAdaptor = xt::xarray_adaptor<xt::xbuffer_adaptor<T*, xt::no_ownership, std::allocator<T>>,
                                          xt::layout_type::row_major, xt::dynamic_shape<std::size_t>>;

template <class Adaptor, class T>
Adaptor adapt(T* elements, const Shape& shape) {
  return Adaptor(typename Adaptor::storage_type(elements, static_cast<std::size_t>(shape.size())), xt_shape(shape));
}
}  // namespace detail

template <XtExpression E>
Array::Array(const E& expression) {
  using Value = std::remove_cv_t<typename E::value_type>;
  static_assert(Number<Value>,
                "xgrad::Array holds float32, float64, int64, uint8 and bool; no complex or half types yet");
  using Stored = stored_t<Value>;
  *this = empty(detail::shape_of(expression), dtype_of<Value>());
  if constexpr (std::is_same_v<Stored, Value>) {
    auto to = detail::adapt<detail::MutableAdaptor<Stored>>(static_cast<Stored*>(raw()), shape_);
    xt::noalias(to) = expression;
  } else {
    std::transform(expression.template cbegin<xt::layout_type::row_major>(),
                   expression.template cend<xt::layout_type::row_major>(), static_cast<Stored*>(raw()),
                   [](const Value& v) { return static_cast<Stored>(v); });
  }
}

template <Element T>
auto Array::as(Loc loc) const& {
  return detail::adapt<detail::ConstAdaptor<T>>(data<T>(loc), shape_);
}

template <Element T>
auto Array::as(Loc loc) && {
  return xt::xarray<T>(std::as_const(*this).template as<T>(loc));
}

template <Element T>
auto Array::as_mutable(Loc loc) {
  return detail::adapt<detail::MutableAdaptor<T>>(mutable_data<T>(loc), shape_);
}

}  // namespace xgrad
