#include <utility>

#include "ops_table.hpp"

namespace golden {
namespace {

using namespace xgrad;
using reference::Case;
using Results = std::vector<Var>;

using Whole = Var (*)(Arg);
using Along = Var (*)(Arg, const Axes&, bool);
using Scan = Var (*)(Arg, int, bool);

Call reduction(Whole whole, Along along) {
  return [=](const Case& c, const Inputs& x) -> Results {
    if (!c.has("axes")) return {whole(x[0])};
    return {along(x[0], axes_of(c, "axes"), c.flag("keepdims"))};
  };
}

Call scan(Scan function) {
  return [=](const Case& c, const Inputs& x) -> Results { return {function(x[0], axis_of(c), c.flag("reverse"))}; };
}

}  // namespace

void add_reduce(Table& table) {
  table["sum"] = reduction(sum, sum);
  table["mean"] = reduction(mean, mean);
  table["var"] = reduction(var, var);
  table["stddev"] = reduction(stddev, stddev);
  table["prod"] = reduction(prod, prod);
  table["amax"] = reduction(amax, amax);
  table["amin"] = reduction(amin, amin);
  table["logsumexp"] = reduction(logsumexp, logsumexp);
  table["any"] = reduction(any, any);
  table["all"] = reduction(all, all);
  table["norm"] = [](const Case& c, const Inputs& x) -> Results {
    if (!c.has("axes")) return {norm(x[0])};
    return {norm(x[0], axes_of(c, "axes"), c.flag("keepdims"), c.number("order", 2))};
  };
  table["median"] = reduction(median, median);
  table["cummax"] = [](const Case& c, const Inputs& x) -> Results {
    const CumMax<Var> y = cummax(x[0], axis_of(c));
    return {y.values, y.indices};
  };
  table["argmax"] = [](const Case& c, const Inputs& x) -> Results { return {argmax(x[0], axis_of(c))}; };
  table["argmin"] = [](const Case& c, const Inputs& x) -> Results { return {argmin(x[0], axis_of(c))}; };
  table["cumsum"] = scan(cumsum);
  table["cumprod"] = scan(cumprod);
  table["sort"] = [](const Case& c, const Inputs& x) -> Results {
    return {sort(x[0], axis_of(c), c.flag("descending"))};
  };
  table["argsort"] = [](const Case& c, const Inputs& x) -> Results {
    return {argsort(x[0], axis_of(c), c.flag("descending"))};
  };
  table["topk"] = [](const Case& c, const Inputs& x) -> Results {
    TopK<Var> top =
        c.has("axis") ? topk(x[0], c.integer("k"), axis_of(c), c.flag("largest")) : topk(x[0], c.integer("k"));
    return {top.values, top.indices};
  };
}

}  // namespace golden
