#pragma once
// What layers on series and pictures share: their axes, and settings as files keep them.

#include <optional>
#include <vector>

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/layer.hpp"
#include "xgrad/nn/layers/data_format.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/window.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad::detail {

/// A layer on batches of series (`dims` 1) or pictures (2), whose work is written for channels that are last.
class SpatialBody : public LayerBody {
 public:
  SpatialBody(const char* class_name, std::string name, int dims, DataFormat format)
      : LayerBody(class_name, std::move(name)), dims_(dims), format_(format) {}

  Var call(const Var& x) final {
    if (x.rank() != dims_ + 2)
      throw ShapeError(
          class_name(),
          std::string("needs a batch ") + words() + " in layer '" + this->name() + "'; got " + signature(x.value()),
          user_line());
    if (!format_.channels_first()) return work(x);
    const Var y = work(transpose(x, dims_ == 1 ? std::vector<int>{0, 2, 1} : std::vector<int>{0, 2, 3, 1}));
    if (y.rank() != dims_ + 2) return y;
    return transpose(y, dims_ == 1 ? std::vector<int>{0, 2, 1} : std::vector<int>{0, 3, 1, 2});
  }

 protected:
  /// The result for a batch whose channels are last.
  virtual Var work(const Var& x) = 0;
  bool pictures() const noexcept { return dims_ == 2; }
  int dims() const noexcept { return dims_; }
  /// A sample's channels. @throws ShapeError unless it has as many axes as it needs
  std::int64_t channels(const Shape& sample) const {
    if (sample.rank() != dims_ + 1)
      throw ShapeError(class_name(),
                       std::string("needs a batch ") + words() + " in layer '" + name() + "'; got samples of shape " +
                           sample.to_string(),
                       user_line());
    return format_.channels_first() ? sample[0] : sample.back();
  }
  void format_settings(Settings& s) {
    std::string format = format_.name();
    s("data_format", format);
    format_ = DataFormat(format, s.loc());
  }

 private:
  const char* words() const {
    if (format_.channels_first()) return dims_ == 1 ? "[n, c, steps]" : "[n, c, h, w]";
    return dims_ == 1 ? "[n, steps, c]" : "[n, h, w, c]";
  }
  int dims_;
  DataFormat format_;
};

/// A number, or two, under one name.
inline void pair_setting(Settings& s, const char* name, int dims, Pair& value) {
  std::vector<std::int64_t> list{value.rows, value.columns};
  if (dims == 1) list = {value.columns};
  s(name, list);
  if (list.size() != static_cast<std::size_t>(dims))
    s.refuse(std::to_string(dims) + " numbers for " + name, std::to_string(list.size()));
  value = dims == 1 ? Pair{1, list[0]} : Pair{list[0], list[1]};
}
/// The same, or null where there is none.
inline void pair_setting(Settings& s, const char* name, int dims, std::optional<Pair>& value) {
  std::optional<std::vector<std::int64_t>> list;
  if (value) list = dims == 1 ? std::vector{value->columns} : std::vector{value->rows, value->columns};
  s(name, list);
  if (list && list->size() != static_cast<std::size_t>(dims))
    s.refuse(std::to_string(dims) + " numbers for " + name, std::to_string(list->size()));
  value.reset();
  if (list) value = dims == 1 ? Pair{0, (*list)[0]} : Pair{(*list)[0], (*list)[1]};
}
/// Before and behind each axis.
inline void margins_setting(Settings& s, const char* name, int dims, Margin& rows, Margin& columns) {
  std::vector<std::int64_t> list{rows.before, rows.after, columns.before, columns.after};
  if (dims == 1) list = {columns.before, columns.after};
  s(name, list);
  if (list.size() != static_cast<std::size_t>(2 * dims))
    s.refuse(std::to_string(2 * dims) + " numbers for " + name, std::to_string(list.size()));
  if (dims == 2) rows = {list[0], list[1]};
  columns = {list[list.size() - 2], list[list.size() - 1]};
}
/// By name; margins of one's own as numbers beside it.
inline void padding_setting(Settings& s, int dims, Padding& padding) {
  const bool own = padding.kind() == Padding::Kind::margins;
  std::string name = own ? "margins" : padding.name();
  s("padding", name);
  if (name != "margins") {
    padding = Padding(name, s.loc());
    return;
  }
  Margin rows = padding.rows(), columns = padding.columns();
  margins_setting(s, "margins", dims, rows, columns);
  padding = dims == 1 ? Padding(columns) : Padding(rows, columns);
}

/// @throws ArgError unless n is at least `least`
inline void need_at_least(const char* layer, const char* what, std::int64_t least, std::int64_t n, Loc loc) {
  if (n < least)
    throw ArgError(
        layer, std::string("needs ") + what + " of at least " + std::to_string(least) + "; got " + std::to_string(n),
        loc);
}
inline void need_at_least(const char* layer, const char* what, std::int64_t least, Pair n, Loc loc) {
  need_at_least(layer, what, least, n.rows, loc);
  need_at_least(layer, what, least, n.columns, loc);
}

/// Along one row.
inline Pair as_pair(std::int64_t columns) { return {1, columns}; }
inline Pair as_pair(Pair p) { return p; }

}  // namespace xgrad::detail
