#pragma once
// Gaussian mixture with a Wishart prior: log likelihood of N points under K components in D dimensions.

#include <cmath>
#include <numbers>

#include "input.hpp"

namespace adbench {

struct Gmm {
  std::int64_t d, k, n;
  Array alpha;  // [K]
  Array mu;     // [K, D]
  Array icf;    // [K, D + D(D−1)/2]: log diagonals, then the lower triangle column by column
  Array x;      // [N, D]
  double gamma, m;
  Array lower_places;  // [D·D]: for each entry (column, row) of Qᵀ, which column of [icf_lower, 0] it is

  explicit Gmm(const std::string& path) {
    Numbers in(path);
    d = in.integer();
    k = in.integer();
    n = in.integer();
    alpha = in.array({k});
    mu = in.array({k, d});
    icf = in.array({k, d + d * (d - 1) / 2});
    x = in.array({n, d});
    gamma = in.next();
    m = in.next();
    const std::int64_t zero = d * (d - 1) / 2;  // the column of zeros
    std::vector<std::int64_t> places(static_cast<std::size_t>(d * d), zero);
    std::int64_t next = 0;
    for (std::int64_t column = 0; column < d; ++column)
      for (std::int64_t row = column + 1; row < d; ++row) places[static_cast<std::size_t>(column * d + row)] = next++;
    lower_places = indices(places);
  }
};

/// L − P as ADBench computes it (`prior_sign` −1), or L + P (+1): see the formulas in the suite's description.
inline xgrad::Var gmm_objective(const Gmm& g, xgrad::Var alpha, xgrad::Var mu, xgrad::Var icf, double prior_sign = -1) {
  using namespace xgrad;
  const std::int64_t d = g.d, k = g.k, n = g.n, lower = d * (d - 1) / 2;
  const std::vector<Var> parts = split(icf, {d, lower}, 1);
  const Var q = parts[0];  // [K, D] logs of the diagonal
  const Var diagonal = exp(q);
  const Var sum_q = sum(q, 1);  // [K]
  // Qᵀ for all components side by side: [K, column, row].
  const Var below = take(concat({parts[1], Var(zeros({k, 1}, DType::float64))}, 1), g.lower_places, 1);
  const Var q_t = reshape(below, {k, d, d}) + expand_dims(diagonal, 2) * eye(d, DType::float64);
  // Q (x − μ) = Q x − Q μ: one product for all points and components.
  const Var q_mu = reshape(matmul(expand_dims(mu, 1), q_t), {k * d});
  const Var centred = dense(g.x, reshape(transpose(q_t, {1, 0, 2}), {d, k * d}), -q_mu);  // [N, K·D]
  const Var squares = sum(square(reshape(centred, {n, k, d})), 2);                        // [N, K]
  const Var beta = alpha + sum_q - 0.5 * squares;
  const double dn = static_cast<double>(n), dd = static_cast<double>(d), dk = static_cast<double>(k);
  const Var likelihood = sum(logsumexp(beta, 1)) - dn * logsumexp(alpha) - dn * dd / 2 * std::log(2 * std::numbers::pi);

  const double nu = dd + g.m + 1;
  double log_gamma_d = dd * (dd - 1) / 4 * std::log(std::numbers::pi);
  for (std::int64_t j = 1; j <= d; ++j) log_gamma_d += std::lgamma(nu / 2 + (1 - static_cast<double>(j)) / 2);
  const double c = nu * dd * (std::log(g.gamma) - 0.5 * std::log(2.0)) - log_gamma_d;
  const Var prior = dk * c - g.gamma * g.gamma / 2 * (sum(square(diagonal)) + sum(square(parts[1]))) + g.m * sum(sum_q);
  return likelihood + prior_sign * prior;
}

}  // namespace adbench
