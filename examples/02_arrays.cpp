// Arrays: made, looked at, computed with, and handed to and from xtensor.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
  // An Array holds numbers of one type, chosen at run time, in a shape.
  Array a = arange(0, 12).reshape({3, 4});
  std::cout << a << "\n\n";

  // Any xtensor expression becomes an Array…
  xt::xarray<float> x = {{1, 2, 3, 4}};
  Array b = 2 * x + 1;
  std::cout << b << "\n\n";

  // …and as<T>() is an xtensor adaptor onto an Array's own memory.
  std::cout << "a(1, 2) = " << a.as<float>()(1, 2) << "\n\n";

  // Ops broadcast as in NumPy. On Arrays alone they compute at once; numbers and xtensor expressions may stand on
  // either side.
  std::cout << a + b << "\n\n" << x * a - 1 << "\n\n";
  std::cout << "sum of all " << sum(a) << ", of each row " << sum(a, 1) << "\n\n";
  std::cout << "product\n" << matmul(a, transpose(b)) << "\n\n";

  // Copies share memory until one of them is written.
  Array c = a;
  c.mutable_data<float>()[0] = 100;
  std::cout << "a begins with " << a.as<float>()(0, 0) << ", its changed copy with " << c.as<float>()(0, 0) << "\n\n";

  // What one wants to know of data at a glance.
  std::cout << describe(random::normal({1000, 20})) << "\n\n";

  // Errors say what was needed, what was got, and where: this very file and line.
  try {
    matmul(a, b);
  } catch (const ShapeError& error) {
    std::cout << error.what() << '\n';
  }
}
