#include "xgrad/nn/layers/resizing.hpp"

#include "nn/layers/spatial.hpp"
#include "xgrad/ops/slice.hpp"

namespace xgrad {

namespace {

/// Zeros around, or (`cuts`) as much taken away.
class MarginBody final : public detail::SpatialBody {
 public:
  MarginBody(const char* class_name, bool cuts, int dims, Margin rows, Margin columns, ResizingOptions o, Loc loc)
      : SpatialBody(class_name, std::move(o.name), dims, o.data_format), cuts_(cuts), rows_(rows), columns_(columns) {
    check(loc);
  }
  void settings(Settings& s) override {
    detail::margins_setting(s, cuts_ ? "cropping" : "padding", dims(), rows_, columns_);
    format_settings(s);
    check(s.loc());
  }

 protected:
  Var work(const Var& x) override {
    if (!cuts_) {
      if (!pictures()) return pad(x, {0, columns_.before, 0}, {0, columns_.after, 0});
      return pad(x, {0, rows_.before, columns_.before, 0}, {0, rows_.after, columns_.after, 0});
    }
    std::vector<SliceIndex> part{Slice{}};
    if (pictures()) part.push_back(left(x, 1, rows_));
    part.push_back(left(x, dims(), columns_));
    return slice(x, part);
  }

 private:
  Slice left(const Var& x, int axis, Margin m) const {
    const std::int64_t n = x.shape()[axis];
    if (m.before + m.after >= n)
      throw ShapeError(class_name(),
                       "needs more than " + std::to_string(m.before + m.after) + " places along axis " +
                           std::to_string(axis) + " in layer '" + name() + "'; got " + signature(x.value()),
                       detail::user_line());
    return Slice{m.before, n - m.after};
  }
  void check(Loc loc) const {
    for (const Margin& m : {rows_, columns_})
      detail::need_at_least(class_name().c_str(), "widths", 0, Pair{m.before, m.after}, loc);
  }
  bool cuts_;
  Margin rows_, columns_;
};

class UpSamplingBody final : public detail::SpatialBody {
 public:
  UpSamplingBody(const char* class_name, int dims, Pair size, ResizingOptions o, Loc loc)
      : SpatialBody(class_name, std::move(o.name), dims, o.data_format), size_(size) {
    check(loc);
  }
  void settings(Settings& s) override {
    detail::pair_setting(s, "size", dims(), size_);
    format_settings(s);
    check(s.loc());
  }

 protected:
  Var work(const Var& x) override {
    const Var wider = size_.columns == 1 ? x : repeat(x, size_.columns, dims());
    return pictures() && size_.rows != 1 ? repeat(wider, size_.rows, 1) : wider;
  }

 private:
  void check(Loc loc) const { detail::need_at_least(class_name().c_str(), "a size", 1, size_, loc); }
  Pair size_;
};

std::shared_ptr<LayerBody> margins(const char* name, bool cuts, int dims, Margin rows, Margin columns,
                                   ResizingOptions o, Loc loc) {
  return std::make_shared<MarginBody>(name, cuts, dims, rows, columns, std::move(o), loc);
}
Margin both(std::int64_t n) { return {n, n}; }

}  // namespace

ZeroPadding1D::ZeroPadding1D(std::int64_t padding, ResizingOptions o, Loc loc)
    : ZeroPadding1D(both(padding), std::move(o), loc) {}
ZeroPadding1D::ZeroPadding1D(Margin padding, ResizingOptions o, Loc loc)
    : Layer(margins("ZeroPadding1D", false, 1, {}, padding, std::move(o), loc)) {}
ZeroPadding2D::ZeroPadding2D(Pair padding, ResizingOptions o, Loc loc)
    : ZeroPadding2D(both(padding.rows), both(padding.columns), std::move(o), loc) {}
ZeroPadding2D::ZeroPadding2D(Margin rows, Margin columns, ResizingOptions o, Loc loc)
    : Layer(margins("ZeroPadding2D", false, 2, rows, columns, std::move(o), loc)) {}
Cropping1D::Cropping1D(std::int64_t cropping, ResizingOptions o, Loc loc)
    : Cropping1D(both(cropping), std::move(o), loc) {}
Cropping1D::Cropping1D(Margin cropping, ResizingOptions o, Loc loc)
    : Layer(margins("Cropping1D", true, 1, {}, cropping, std::move(o), loc)) {}
Cropping2D::Cropping2D(Pair cropping, ResizingOptions o, Loc loc)
    : Cropping2D(both(cropping.rows), both(cropping.columns), std::move(o), loc) {}
Cropping2D::Cropping2D(Margin rows, Margin columns, ResizingOptions o, Loc loc)
    : Layer(margins("Cropping2D", true, 2, rows, columns, std::move(o), loc)) {}
UpSampling1D::UpSampling1D(std::int64_t size, ResizingOptions o, Loc loc)
    : Layer(std::make_shared<UpSamplingBody>("UpSampling1D", 1, detail::as_pair(size), std::move(o), loc)) {}
UpSampling2D::UpSampling2D(Pair size, ResizingOptions o, Loc loc)
    : Layer(std::make_shared<UpSamplingBody>("UpSampling2D", 2, size, std::move(o), loc)) {}

}  // namespace xgrad
