#include "xgrad/nn/mask.hpp"

#include "nn/notes.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad {

namespace {
thread_local detail::Notes<Var, 8> masks;
}

Var with_mask(const Var& value, const Var& mask, Loc loc) {
  if (mask.dtype() != DType::boolean)
    throw DTypeError("with_mask", "needs a mask of type bool; got " + signature(mask.value()), loc);
  const Shape &m = mask.shape(), &v = value.shape();
  if (m.rank() != 2 || v.rank() < 2 || m[0] != v[0] || m[1] != v[1])
    throw ShapeError("with_mask",
                     "needs a mask of the value's first two axes; got " + m.to_string() + " for " + v.to_string(), loc);
  masks.put(value, mask);
  return value;
}

Var mask_of(const Var& value) noexcept {
  const Var* mask = masks.find(value, [](const Var& m) { return m.valid(); });
  return mask ? *mask : Var();
}

}  // namespace xgrad
