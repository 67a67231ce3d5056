#include "kernels/sparse.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "xgrad/core/threads.hpp"

using namespace xgrad;

namespace {

using I64 = std::int64_t;

template <class T>
std::vector<T> wave(I64 n, double frequency) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (I64 i = 0; i < n; ++i)
    x[static_cast<std::size_t>(i)] = static_cast<T>(std::sin(frequency * static_cast<double>(i + 1)));
  return x;
}

/// A sparse matrix with empty rows, and with repeated and unordered columns where asked for.
template <class T>
struct Sparse {
  I64 rows, cols;
  std::vector<I64> row_ptr{0}, col;
  std::vector<T> val;

  Sparse(I64 r, I64 c, I64 most, bool ordered) : rows(r), cols(c) {
    std::uint32_t state = 12345;
    const auto next = [&state](I64 n) {
      state = state * 1664525u + 1013904223u;
      return static_cast<I64>(state >> 8) % n;
    };
    for (I64 i = 0; i < rows; ++i) {
      for (I64 e = c == 0 ? 0 : next(most + 1); e > 0; --e) col.push_back(next(cols));
      if (ordered) std::sort(col.begin() + row_ptr.back(), col.end());
      row_ptr.push_back(static_cast<I64>(col.size()));
    }
    val = wave<T>(static_cast<I64>(col.size()), 0.9);
  }
  std::vector<double> dense(bool ones) const {
    std::vector<double> s(static_cast<std::size_t>(rows * cols));
    for (I64 r = 0; r < rows; ++r) {
      for (I64 e = row_ptr[static_cast<std::size_t>(r)]; e < row_ptr[static_cast<std::size_t>(r + 1)]; ++e) {
        s[static_cast<std::size_t>(r * cols + col[static_cast<std::size_t>(e)])] +=
            ones ? 1 : static_cast<double>(val[static_cast<std::size_t>(e)]);
      }
    }
    return s;
  }
};

template <class T>
bool close(const std::vector<T>& got, const std::vector<double>& want, double terms) {
  const double bound = 4 * std::numeric_limits<T>::epsilon() * (terms + 4);
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!(std::abs(static_cast<double>(got[i]) - want[i]) <= bound)) return false;
  }
  return true;
}

template <class T, class Run>
void compare(Run run) {
  for (const auto& sizes : {std::array<I64, 3>{1, 1, 1}, {7, 5, 4}, {0, 3, 1}, {3, 0, 1}, {40, 300, 50}}) {
    const I64 rows = sizes[0], cols = sizes[1], most = sizes[2];
    for (I64 n : {1, 2, 10, 16, 17, 64, 100, 150}) {
      for (bool ordered : {false, true}) {
        const Sparse<T> s(rows, cols, most, ordered);
        for (bool ones : {false, true}) {
          for (bool add : {false, true}) {
            INFO("rows ", rows, " cols ", cols, " n ", n, " ordered ", ordered, " ones ", ones, " add ", add);
            run(s, n, ones, add);
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("sparse times dense, and transposed, agree with the dense product", T, float, double) {
  for (bool transposed : {false, true}) {
    compare<T>([transposed](const Sparse<T>& s, I64 n, bool ones, bool add) {
      const I64 inner = transposed ? s.rows : s.cols, outer = transposed ? s.cols : s.rows;
      const auto x = wave<T>(inner * n, 0.7);
      auto y = wave<T>(outer * n, 1.7);
      std::vector<double> want(y.size());
      if (add) std::copy(y.begin(), y.end(), want.begin());
      const auto dense = s.dense(ones);
      for (I64 i = 0; i < outer; ++i) {
        for (I64 l = 0; l < inner; ++l) {
          for (I64 j = 0; j < n; ++j) {
            want[static_cast<std::size_t>(i * n + j)] +=
                dense[static_cast<std::size_t>(transposed ? l * s.cols + i : i * s.cols + l)] *
                static_cast<double>(x[static_cast<std::size_t>(l * n + j)]);
          }
        }
      }
      const T* val = ones ? nullptr : s.val.data();
      if (transposed) {
        kernels::spmm_t(s.rows, s.cols, n, s.row_ptr.data(), s.col.data(), val, x.data(), y.data(), add);
      } else {
        kernels::spmm(s.rows, s.cols, n, s.row_ptr.data(), s.col.data(), val, x.data(), y.data(), add);
      }
      CHECK(close(y, want, 50));
    });
  }
}

TEST_CASE_TEMPLATE("the gradient of the sparse values", T, float, double) {
  compare<T>([](const Sparse<T>& s, I64 n, bool, bool add) {
    const auto g = wave<T>(s.rows * n, 0.7), x = wave<T>(s.cols * n, 0.3);
    auto d = wave<T>(static_cast<I64>(s.col.size()), 2);
    std::vector<double> want(d.size());
    if (add) std::copy(d.begin(), d.end(), want.begin());
    for (I64 r = 0; r < s.rows; ++r) {
      for (I64 e = s.row_ptr[static_cast<std::size_t>(r)]; e < s.row_ptr[static_cast<std::size_t>(r + 1)]; ++e) {
        for (I64 j = 0; j < n; ++j) {
          want[static_cast<std::size_t>(e)] +=
              static_cast<double>(g[static_cast<std::size_t>(r * n + j)]) *
              static_cast<double>(x[static_cast<std::size_t>(s.col[static_cast<std::size_t>(e)] * n + j)]);
        }
      }
    }
    kernels::sddmm(s.rows, n, s.row_ptr.data(), s.col.data(), g.data(), x.data(), d.data(), add);
    CHECK(close(d, want, static_cast<double>(n)));
  });
}

TEST_CASE_TEMPLATE("sparse products do not depend on the number of threads", T, float, double) {
  const int before = num_threads();
  for (I64 n : {1, 16, 70, 200}) {
    for (bool ordered : {false, true}) {
      const Sparse<T> s(500, 2000, 200, ordered);
      const auto x = wave<T>(2000 * n, 0.7);
      const auto run = [&](int threads) {
        set_num_threads(threads);
        std::vector<T> y(static_cast<std::size_t>(500 * n)), z(x.size()), d(s.col.size());
        kernels::spmm(s.rows, s.cols, n, s.row_ptr.data(), s.col.data(), s.val.data(), x.data(), y.data());
        kernels::spmm_t(s.rows, s.cols, n, s.row_ptr.data(), s.col.data(), s.val.data(), y.data(), z.data());
        kernels::sddmm(s.rows, n, s.row_ptr.data(), s.col.data(), y.data(), x.data(), d.data());
        y.insert(y.end(), z.begin(), z.end());
        y.insert(y.end(), d.begin(), d.end());
        return y;
      };
      const auto one = run(1);
      CHECK(run(2) == one);
      CHECK(run(3) == one);
    }
  }
  set_num_threads(before);
}
