// What prints to a stream prints alike through {fmt}.

#include "xgrad/fmt.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "xgrad/core/csr.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/tape/tape.hpp"

using namespace xgrad;

namespace {
template <class T>
void alike(const T& value) {
  std::ostringstream stream;
  stream << value;
  CHECK(fmt::format("{}", value) == stream.str());
  CHECK(fmt::format("{:>600}", value).size() >= 600);
  CHECK_FALSE(stream.str().empty());
}
}  // namespace

TEST_CASE("arrays and their kin in format strings") {
  const Array a = linspace(0, 1, 6).reshape({2, 3});
  alike(a);
  alike(a.shape());
  alike(describe(a));
  alike(Csr::from_dense(a));
  const Parameter w("w", a);
  alike(w);  // no tape is open: printing needs none
  CHECK(to_string(w).starts_with("Parameter 'w' "));
  Tape tape;
  auto scope = tape.scope();
  alike(w * 2);
  alike((w * 2).label("twice"));
}
