#include "xgrad/view/histogram.hpp"

#include "view/figures.hpp"

namespace xgrad {

Histogram histogram(const Array& a, int bins, Loc loc) {
  if (bins < 1) throw ArgError("histogram", "needs at least one bin; got " + std::to_string(bins), loc);
  return visit_dtype(a.dtype(), [&]<class T>() -> Histogram {
    return view::figures_of(a.size() > 0 ? static_cast<const T*>(a.raw()) : nullptr, a.size(),
                            static_cast<std::size_t>(bins));
  });
}

}  // namespace xgrad
