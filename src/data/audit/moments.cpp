// Figures of each feature: one pass over the samples.

#include <algorithm>

#include "data/audit/parts.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::auditing {

void Moments::add(const Moments& other) noexcept {
  nan += other.nan, inf += other.inf, nonzero += other.nonzero;
  if (other.finite == 0) return;
  const auto a = static_cast<double>(finite), b = static_cast<double>(other.finite);
  const double apart = other.mean - mean;
  mean += apart * b / (a + b);
  m2 += other.m2 + apart * apart * a * b / (a + b);
  finite += other.finite;
  low = std::min(low, other.low), high = std::max(high, other.high);
}

namespace {

/// Of one value after the other (Welford), for a column in which not all is finite.
template <class At>
Moments slow_moments(std::int64_t rows, const At& at) {
  Moments m;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double v = at(i);
    if (std::isnan(v)) {
      ++m.nan;
    } else if (std::isinf(v)) {
      ++m.inf;
    } else {
      ++m.finite;
      const double before = v - m.mean;
      m.mean += before / static_cast<double>(m.finite);
      m.m2 += before * (v - m.mean);
      m.low = std::min(m.low, v), m.high = std::max(m.high, v);
    }
  }
  return m;
}

/// Columns begin … end of a matrix in rows. Sums are of distances from the mean of the first rows, so that no digits
/// are lost where the mean is large beside the standard deviation.
template <class T>
void dense_moments(const T* x, std::int64_t rows, std::int64_t width, std::int64_t begin, std::int64_t end,
                   Moments* out) {
  const auto n = static_cast<std::size_t>(end - begin);
  std::vector<double> buffer(5 * n);
  double *origin = buffer.data(), *sum = origin + n, *squares = sum + n, *low = squares + n, *high = low + n;
  const std::int64_t first = std::min<std::int64_t>(rows, 64);
  for (std::int64_t i = 0; i < first; ++i)
    for (std::size_t f = 0; f < n; ++f)
      origin[f] += static_cast<double>(x[i * width + begin + static_cast<std::int64_t>(f)]);
  for (std::size_t f = 0; f < n; ++f) {
    origin[f] /= static_cast<double>(first);
    if (!std::isfinite(origin[f])) origin[f] = 0;
    low[f] = std::numeric_limits<double>::infinity(), high[f] = -low[f];
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* row = x + i * width + begin;
    for (std::size_t f = 0; f < n; ++f) {
      const auto v = static_cast<double>(row[f]);
      const double d = v - origin[f];
      sum[f] += d;
      squares[f] += d * d;
      low[f] = low[f] < v ? low[f] : v;
      high[f] = high[f] > v ? high[f] : v;
    }
  }
  for (std::size_t f = 0; f < n; ++f) {
    Moments& m = out[begin + static_cast<std::int64_t>(f)];
    if (!std::isfinite(sum[f]) || !std::isfinite(squares[f])) {
      const T* from = x + begin + static_cast<std::int64_t>(f);
      m = slow_moments(rows, [&](std::int64_t i) { return static_cast<double>(from[i * width]); });
      continue;
    }
    m.finite = rows;
    const double apart = sum[f] / static_cast<double>(rows);
    m.mean = origin[f] + apart;
    m.m2 = std::max(0.0, squares[f] - sum[f] * apart);
    m.low = low[f], m.high = high[f];
    if (m.low == m.high) m.mean = m.low, m.m2 = 0;
  }
}

template <class T>
void sparse_moments(const Csr& x, std::vector<Moments>& out) {
  const std::int64_t* columns = x.column().data<std::int64_t>();
  const T* values = static_cast<const T*>(x.values().raw());
  std::vector<double> squares(out.size());
  for (std::int64_t e = 0; e < x.entries(); ++e) {
    Moments& m = out[static_cast<std::size_t>(columns[e])];
    const auto v = static_cast<double>(values[e]);
    if (!std::isfinite(v)) {
      ++(std::isnan(v) ? m.nan : m.inf);
      continue;
    }
    ++m.nonzero;
    m.mean += v;
    squares[static_cast<std::size_t>(columns[e])] += v * v;
    m.low = std::min(m.low, v), m.high = std::max(m.high, v);
  }
  for (std::size_t f = 0; f < out.size(); ++f) {
    Moments& m = out[f];
    m.finite = x.rows() - m.nan - m.inf;
    if (m.finite == 0) continue;
    if (m.nonzero < m.finite) m.low = std::min(m.low, 0.0), m.high = std::max(m.high, 0.0);
    const double sum = m.mean;
    m.mean = sum / static_cast<double>(m.finite);
    m.m2 = std::max(0.0, squares[f] - sum * m.mean);
    if (m.low == m.high) m.mean = m.low, m.m2 = 0;
  }
}

}  // namespace

std::vector<Moments> moments(const AuditPart& part, std::int64_t features) {
  std::vector<Moments> out(part.sequences() ? 0 : static_cast<std::size_t>(features));
  if (out.empty()) return out;
  if (const Csr* x = part.sparse()) {
    visit_dtype(x->dtype(), [&]<class T>() { sparse_moments<T>(*x, out); });
    return out;
  }
  const Array& x = *part.dense();
  visit_dtype(x.dtype(), [&]<class T>() {
    const T* values = static_cast<const T*>(x.raw());
    const std::int64_t grain = std::max<std::int64_t>(8, 100000 / part.rows);
    parallel_for(
        features, grain,
        [&](std::int64_t begin, std::int64_t end) {
          dense_moments(values, part.rows, features, begin, end, out.data());
        },
        16);
  });
  return out;
}

std::vector<double> column(const AuditPart& part, std::int64_t feature) {
  std::vector<double> out(static_cast<std::size_t>(part.rows));
  if (const Csr* x = part.sparse()) {
    const std::int64_t *end = x->row_ptr().data<std::int64_t>(), *columns = x->column().data<std::int64_t>();
    visit_dtype(x->dtype(), [&]<class T>() {
      const T* values = static_cast<const T*>(x->values().raw());
      for (std::int64_t i = 0; i < part.rows; ++i) {
        const std::int64_t* at = std::lower_bound(columns + end[i], columns + end[i + 1], feature);
        if (at != columns + end[i + 1] && *at == feature)
          out[static_cast<std::size_t>(i)] = static_cast<double>(values[at - columns]);
      }
    });
    return out;
  }
  const Array& x = *part.dense();
  const std::int64_t width = x.size() / part.rows;
  visit_dtype(x.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(x.raw()) + feature;
    for (std::int64_t i = 0; i < part.rows; ++i)
      out[static_cast<std::size_t>(i)] = static_cast<double>(from[i * width]);
  });
  return out;
}

}  // namespace xgrad::auditing
