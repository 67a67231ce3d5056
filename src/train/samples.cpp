#include "xgrad/train/samples.hpp"

#include "xgrad/ops/index.hpp"

namespace xgrad {

Shape Samples::sample_shape() const {
  if (sparse_) return {sparse_->columns()};
  Shape shape = dense_.shape();
  shape.erase(0);
  return shape;
}

Samples Samples::take(const Array& rows) const {
  return sparse_ ? Samples(sparse_->take_rows(rows)) : Samples(xgrad::take(dense_, rows, 0));
}

Samples Samples::range(std::int64_t begin, std::int64_t end) const {
  return sparse_ ? Samples(sparse_->take_rows(
                       arange(static_cast<double>(begin), static_cast<double>(end), 1, DType::int64)))
                 : Samples(dense_.rows(begin, end));
}

std::string Samples::signature() const { return sparse_ ? xgrad::signature(*sparse_) : xgrad::signature(dense_); }

}  // namespace xgrad
