#pragma once
// Softmax and its kin on the rows of an (m, n) array. Each row is shifted by its largest element. Rows are independent,
// so that results do not depend on the number of threads.
//
// A row of −∞ alone has the log-sum −∞, the softmax 0 and the loss 0; a NaN in a row makes all its results NaN.

#include <cstdint>

namespace xgrad::kernels {

// T = float, double throughout. Outputs may be inputs of the same shape.

template <class T>
void softmax(std::int64_t m, std::int64_t n, const T* x, T* y);
template <class T>
void log_softmax(std::int64_t m, std::int64_t n, const T* x, T* y);

/// The projection onto the simplex, max(x − τ, 0) with sum 1.
template <class T>
void sparsemax(std::int64_t m, std::int64_t n, const T* x, T* y);

/// dx (= or +=) y (g − Σ g y).
template <class T>
void softmax_vjp(std::int64_t m, std::int64_t n, const T* g, const T* y, T* dx, bool add);
/// dx (= or +=) g − e^y Σ g.
template <class T>
void log_softmax_vjp(std::int64_t m, std::int64_t n, const T* g, const T* y, T* dx, bool add);

/// loss[i] = log Σ e^x − x[label]; labels are in [0, n).
template <class T>
void softmax_cross_entropy(std::int64_t m, std::int64_t n, const T* x, const std::int64_t* labels, T* loss);
/// dx (= or +=) g[i] (softmax(x) − onehot).
template <class T>
void softmax_cross_entropy_vjp(std::int64_t m, std::int64_t n, const T* g, const T* x, const std::int64_t* labels,
                               T* dx, bool add);

/// loss[i] = Σ t (log Σ e^x − x), for targets t of x's shape; 0 where t is 0, whatever x.
template <class T>
void softmax_cross_entropy(std::int64_t m, std::int64_t n, const T* x, const T* targets, T* loss);
/// dx (= or +=) g[i] (softmax(x) Σ t − t).
template <class T>
void softmax_cross_entropy_vjp(std::int64_t m, std::int64_t n, const T* g, const T* x, const T* targets, T* dx,
                               bool add);

}  // namespace xgrad::kernels
