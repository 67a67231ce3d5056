#include <utility>

#include "ops_table.hpp"

namespace golden {
namespace {

using namespace xgrad;
using reference::Case;
using Results = std::vector<Var>;

using Whole = Var (*)(Arg);
using Along = Var (*)(Arg, const Axes&, bool);
using AlongOne = Var (*)(Arg, int, bool);

Call reduction(Whole whole, Along along) {
  return [=](const Case& c, const Inputs& x) -> Results {
    if (!c.has("axes")) return {whole(x[0])};
    return {along(x[0], axes_of(c, "axes"), c.flag("keepdims"))};
  };
}

Call scan(AlongOne function) {
  return [=](const Case& c, const Inputs& x) -> Results { return {function(x[0], axis_of(c), false)}; };
}

}  // namespace

void add_reduce(Table& table) {
  table["sum"] = reduction(sum, sum);
  table["mean"] = reduction(mean, mean);
  table["var"] = reduction(var, var);
  table["stddev"] = reduction(stddev, stddev);
  table["amax"] = reduction(amax, amax);
  table["amin"] = reduction(amin, amin);
  table["logsumexp"] = reduction(logsumexp, logsumexp);
  table["any"] = reduction(any, any);
  table["all"] = reduction(all, all);
  table["norm"] = [](const Case& c, const Inputs& x) -> Results {
    if (!c.has("axes")) return {norm(x[0])};
    return {norm(x[0], axes_of(c, "axes"), c.flag("keepdims"), c.number("order", 2))};
  };
  table["argmax"] = scan(argmax);
  table["argmin"] = scan(argmin);
}

}  // namespace golden
