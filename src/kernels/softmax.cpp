#include "kernels/softmax.hpp"

#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"
#include "kernels/softmax_tables.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// Splits the rows where they are many elements together.
template <class Body>
void over_rows(I64 m, I64 n, const Body& body) {
  if (n == 0) return;
  split_rows(m, n, kCostlyGrain, body);
}

}  // namespace

template <class T>
void softmax(I64 m, I64 n, const T* x, T* y) {
  const auto fn = table<SoftmaxTable<T>>().softmax;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, x + a * n, y + a * n); });
}
template <class T>
void log_softmax(I64 m, I64 n, const T* x, T* y) {
  const auto fn = table<SoftmaxTable<T>>().log_softmax;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, x + a * n, y + a * n); });
}
template <class T>
void sparsemax(I64 m, I64 n, const T* x, T* y) {
  const auto fn = table<SoftmaxTable<T>>().sparsemax;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, x + a * n, y + a * n); });
}
template <class T>
void softmax_vjp(I64 m, I64 n, const T* g, const T* y, T* dx, bool add) {
  const auto fn = table<SoftmaxTable<T>>().softmax_vjp;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, g + a * n, y + a * n, dx + a * n, add); });
}
template <class T>
void log_softmax_vjp(I64 m, I64 n, const T* g, const T* y, T* dx, bool add) {
  const auto fn = table<SoftmaxTable<T>>().log_softmax_vjp;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, g + a * n, y + a * n, dx + a * n, add); });
}
template <class T>
void softmax_cross_entropy(I64 m, I64 n, const T* x, const I64* labels, T* loss) {
  const auto fn = table<SoftmaxTable<T>>().label_loss;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, x + a * n, labels + a, loss + a); });
}
template <class T>
void softmax_cross_entropy_vjp(I64 m, I64 n, const T* g, const T* x, const I64* labels, T* dx, bool add) {
  const auto fn = table<SoftmaxTable<T>>().label_vjp;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, g + a, x + a * n, labels + a, dx + a * n, add); });
}
template <class T>
void softmax_cross_entropy(I64 m, I64 n, const T* x, const T* targets, T* loss) {
  const auto fn = table<SoftmaxTable<T>>().target_loss;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, x + a * n, targets + a * n, loss + a); });
}
template <class T>
void softmax_cross_entropy_vjp(I64 m, I64 n, const T* g, const T* x, const T* targets, T* dx, bool add) {
  const auto fn = table<SoftmaxTable<T>>().target_vjp;
  over_rows(m, n, [=](I64 a, I64 b) { fn(b - a, n, g + a, x + a * n, targets + a * n, dx + a * n, add); });
}

#define XGRAD_INSTANTIATE(T)                                                                   \
  template void softmax(I64, I64, const T*, T*);                                               \
  template void log_softmax(I64, I64, const T*, T*);                                           \
  template void sparsemax(I64, I64, const T*, T*);                                             \
  template void softmax_vjp(I64, I64, const T*, const T*, T*, bool);                           \
  template void log_softmax_vjp(I64, I64, const T*, const T*, T*, bool);                       \
  template void softmax_cross_entropy(I64, I64, const T*, const I64*, T*);                     \
  template void softmax_cross_entropy_vjp(I64, I64, const T*, const T*, const I64*, T*, bool); \
  template void softmax_cross_entropy(I64, I64, const T*, const T*, T*);                       \
  template void softmax_cross_entropy_vjp(I64, I64, const T*, const T*, const T*, T*, bool)
XGRAD_INSTANTIATE(float);
XGRAD_INSTANTIATE(double);
#undef XGRAD_INSTANTIATE

}  // namespace xgrad::kernels
