#include "ops_table.hpp"

namespace golden {

void add_linalg(Table& table) {
  using namespace xgrad;
  using reference::Case;
  table["matmul"] = [](const Case& c, const Inputs& x) {
    MatMulOptions options{.transpose_a = c.flag("transpose_a"), .transpose_b = c.flag("transpose_b")};
    return std::vector<Var>{matmul(x[0], x[1], options)};
  };
  table["dot"] = [](const Case&, const Inputs& x) { return std::vector<Var>{dot(x[0], x[1])}; };
  table["outer"] = [](const Case&, const Inputs& x) { return std::vector<Var>{outer(x[0], x[1])}; };
  table["tensordot"] = [](const Case& c, const Inputs& x) {
    return std::vector<Var>{tensordot(x[0], x[1], c.integers("axes_a"), c.integers("axes_b"))};
  };
  table["einsum"] = [](const Case& c, const Inputs& x) {
    std::vector<Arg> operands(x.begin(), x.end());
    return std::vector<Var>{einsum(c.text("equation"), operands)};
  };
  table["solve"] = [](const Case&, const Inputs& x) { return std::vector<Var>{solve(x[0], x[1])}; };
  table["triangular_solve"] = [](const Case& c, const Inputs& x) {
    const TriangularOptions options{
        .lower = c.flag("lower"), .transpose = c.flag("transpose"), .unit_diagonal = c.flag("unit_diagonal")};
    return std::vector<Var>{triangular_solve(x[0], x[1], options)};
  };
  table["cholesky"] = [](const Case&, const Inputs& x) { return std::vector<Var>{cholesky(x[0])}; };
  table["inverse"] = [](const Case&, const Inputs& x) { return std::vector<Var>{inverse(x[0])}; };
  // Of what has open signs, what does not depend on them: as the script has it.
  table["eigh"] = [](const Case&, const Inputs& x) {
    const EigH<Var> e = eigh(x[0]);
    return std::vector<Var>{e.values, square(e.vectors)};
  };
  table["qr"] = [](const Case&, const Inputs& x) {
    const QR<Var> f = qr(x[0]);
    return std::vector<Var>{f.q, f.r};
  };
  table["svd"] = [](const Case&, const Inputs& x) {
    const SVD<Var> f = svd(x[0]);
    const Var largest = matmul(slice(f.u, {ellipsis, Slice{0, 1}}), slice(f.vt, {ellipsis, Slice{0, 1}, Slice{}}));
    return std::vector<Var>{square(f.u), f.s, square(f.vt), largest};
  };
  table["pinv"] = [](const Case&, const Inputs& x) { return std::vector<Var>{pinv(x[0])}; };
  table["slogdet"] = [](const Case&, const Inputs& x) {
    const SlogDet d = slogdet(x[0]);
    return std::vector<Var>{d.sign, d.log_abs};
  };
}

}  // namespace golden
