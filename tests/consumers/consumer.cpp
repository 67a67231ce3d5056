// What a user's own program looks like: built against the installed library by pkg-config, CMake and meson.
#include <cmath>
#include <cstdio>
#include <xgrad/xgrad.hpp>
#include <xtensor/xarray.hpp>

int main() {
  const xt::xarray<double> numbers{1.0, 2.0, 3.0};
  xgrad::Parameter w("w", xgrad::Array(numbers));
  xgrad::Tape tape;
  auto scope = tape.scope();
  const xgrad::Var loss = sum(w * w * w);
  xgrad::backward(loss);
  const auto gradient = w.grad().as<double>();
  for (std::size_t i = 0; i < 3; ++i) {
    const double expected = 3 * numbers(i) * numbers(i);
    if (std::abs(gradient(i) - expected) > 1e-12) {
      std::printf("gradient of w^3 at %g: needs %g; got %g\n", numbers(i), expected, gradient(i));
      return 1;
    }
  }
  std::puts("consumer: gradient of sum(w^3) is right");
}
