// Data sets of numbers: one line of features a sample.

#include <array>
#include <charconv>
#include <cstring>

#include "core/embed.hpp"
#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/random_state.hpp"
#include "data/rows.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/io/npz.hpp"

XGRAD_EMBED(xgrad_boston_housing, "boston_housing/boston_housing.csv")

namespace xgrad::datasets {

namespace {

Samples read_table(const char* data_set, const std::string& path, Loc loc) {
  Samples all{load_npz(path, "x", loc), load_npz(path, "y", loc)};
  if (all.x.rank() != 2 || all.y.rank() != 1 || all.x.shape(0) != all.y.shape(0))
    throw IoError(data_set,
                  "needs x with two axes and one y for each row in " + path + "; got x " + signature(all.x) +
                      " and y " + signature(all.y),
                  loc);
  return all;
}

/// The lines of the file that ships: a line of names, then 13 features and the price.
Samples shipped_boston() {
  constexpr std::int64_t n = 506, features = 13;
  Samples all{Array::empty({n, features}, DType::float64), Array::empty({n}, DType::float64)};
  double *x = all.x.mutable_data<double>(), *y = all.y.mutable_data<double>();
  const char* at = reinterpret_cast<const char*>(xgrad_boston_housing);
  const char* const end = reinterpret_cast<const char*>(xgrad_boston_housing_end);
  at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k <= features; ++k) {
      while (at < end && (*at == '\n' || *at == '\r' || *at == ',')) ++at;
      at = std::from_chars(at, end, k < features ? *x++ : *y++).ptr;
    }
  }
  return all;
}

/// Shuffled, then cut in two.
Split split(const char* data_set, const Samples& all, double test_split, std::uint32_t seed, Loc loc) {
  const std::int64_t n = all.x.shape(0), train = detail::cut(n, test_split, data_set, loc);
  const std::vector<std::int64_t> order = detail::RandomState(seed).permutation(n);
  const Samples shuffled{detail::gather_rows(all.x, order), detail::gather_rows(all.y, order)};
  return {{shuffled.x.rows(0, train), shuffled.y.rows(0, train)},
          {shuffled.x.rows(train, n), shuffled.y.rows(train, n)}};
}

}  // namespace

Split boston_housing(const BostonOptions& options, Loc loc) {
  // Not fetched: what ships has the same samples, bit for bit.
  const detail::Found file = detail::find_file(detail::keras_file("boston_housing.npz"));
  const std::string& path = file.path;
  if (path.empty())
    detail::say_once("boston_housing", (file.damaged.empty() ? "boston_housing.npz is not on this machine"
                                                             : file.damaged + " is damaged (" + file.fault + ")") +
                                           "; these are the same 506 samples, as they ship with xgrad");
  return split("boston_housing", path.empty() ? shipped_boston() : read_table("boston_housing", path, loc),
               options.test_split, options.seed, loc);
}

Split california_housing(const CaliforniaOptions& options, Loc loc) {
  const bool small = options.version == "small";
  if (!small && options.version != "large")
    throw ArgError("california_housing", "needs version \"large\" or \"small\"; got \"" + options.version + "\"", loc);
  const std::string path = detail::need_data("california_housing", detail::keras_file("california_housing.npz"), loc);
  Samples all = read_table("california_housing", path, loc);
  constexpr std::int64_t few = 600;
  if (small && all.x.shape(0) > few) all = {all.x.rows(0, few), all.y.rows(0, few)};
  return split("california_housing", all, options.test_split, options.seed, loc);
}

}  // namespace xgrad::datasets
