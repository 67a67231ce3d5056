#pragma once
// Loops as one would write them by hand, compiled with -O3 for this machine; on one thread.

#include <cstdint>

namespace bench::loops {

using std::int64_t;

void add(int64_t n, const float* a, const float* b, float* y);
void multiply_by(int64_t n, const float* a, float b, float* y);
void divide(int64_t n, const float* a, const float* b, float* y);
void relu(int64_t n, const float* x, float* y);
void square_root(int64_t n, const float* x, float* y);
void clip(int64_t n, const float* x, float* y);
void less(int64_t n, const float* a, const float* b, std::uint8_t* y);
void where(int64_t n, const std::uint8_t* c, const float* a, const float* b, float* y);
void exponential(int64_t n, const float* x, float* y);
void tanh(int64_t n, const float* x, float* y);
void log(int64_t n, const float* x, float* y);

void add_row(int64_t m, int64_t n, const float* x, const float* row, float* y);
void multiply_column(int64_t m, int64_t n, const float* x, const float* column, float* y);

float sum(int64_t n, const float* x);
void sum_rows(int64_t m, int64_t n, const float* x, float* y);     // over the first axis
void sum_columns(int64_t m, int64_t n, const float* x, float* y);  // over the last axis
float largest(int64_t n, const float* x);
void softmax(int64_t m, int64_t n, const float* x, float* y);

void bias_relu(int64_t m, int64_t n, const float* bias, float* y);
void relu_gradient(int64_t m, int64_t n, const float* g, const float* y, float* dz, float* dbias);
void rmsprop(int64_t n, float* w, const float* g, float* v);
void adam(int64_t n, float* w, const float* g, float* m, float* v);
void momentum(int64_t n, float* w, const float* g, float* m);
void adamax(int64_t n, float* w, const float* g, float* m, float* u);
void nadam(int64_t n, float* w, const float* g, float* m, float* v);
void adagrad(int64_t n, float* w, const float* g, float* sum);
void adadelta(int64_t n, float* w, const float* g, float* squares, float* moves);
void lion(int64_t n, float* w, const float* g, float* m);
/// Each of m values n times.
void repeat(int64_t m, int64_t n, const float* x, float* y);
void gather_sum(int64_t rows, int64_t n, const int64_t* row_ptr, const int64_t* col, const float* x, float* y);
void scatter_add(int64_t rows, int64_t cols, int64_t n, const int64_t* row_ptr, const int64_t* col, const float* x,
                 float* y);

}  // namespace bench::loops
