#include "xgrad/ops/custom.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace xgrad {

namespace {

/// One call of a user's op. The value is there already: `forward` has run before anything is checked or recorded.
struct CustomCall {
  static constexpr OpInfo info{
      .name = "custom", .saves = Saves::inputs | Saves::output, .uniform = false, .view = true};
  std::shared_ptr<const detail::CustomRule> rule;
  mutable Array result;  // handed to the node by forward

  void infer(Infer& i) const { i.result(result.shape(), result.dtype()); }
  void forward(Run& k) const { k.out() = std::move(result); }
  void vjp(Vjp& c) const {
    detail::Shares shares;
    if (rule->vjp) {
      shares = rule->vjp(CustomVjp(c));
    } else {
      if (detail::mode().grad)
        throw NotDifferentiable(rule->name,
                                "needs a rule written in ops (a function of const CustomVjp&) where a graph of the "
                                "gradient is wanted; got one on Arrays alone",
                                c.loc());
      const std::vector<Array> values = rule->backward(CustomBackward(c));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const bool none =
            values[i].size() == 0 && static_cast<int>(i) < c.inputs() && c.in_shape(static_cast<int>(i)).size() != 0;
        shares.push_back(none ? Var() : Var(values[i], c.loc()));
      }
    }
    if (shares.size() != static_cast<std::size_t>(c.inputs()))
      throw ArgError(rule->name,
                     "needs one cotangent for each of its " + std::to_string(c.inputs()) +
                         " operands from its gradient rule; got " + std::to_string(shares.size()),
                     c.loc());
    for (int i = 0; i < c.inputs(); ++i)
      if (const Var& g = shares[static_cast<std::size_t>(i)]; g.valid() && c.wants(i)) c.give(i, g);
  }
};

/// A custom op's class carries the user's name. Nodes point to it for as long as a tape lives, so there is one for each
/// name, and it stays.
const detail::OpClass& class_named(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, detail::OpClass>& classes = *new std::map<std::string, detail::OpClass>;
  const std::lock_guard lock(mutex);
  const auto [at, fresh] = classes.try_emplace(name, detail::op_class<CustomCall>);
  if (fresh) at->second.info.name = at->first.c_str();
  return at->second;
}

}  // namespace

Var detail::record_custom(const std::shared_ptr<const CustomRule>& rule, std::span<const Arg> operands, Loc loc) {
  if (rule->operands >= 0 && operands.size() != static_cast<std::size_t>(rule->operands))
    throw ArgError(rule->name,
                   "needs " + std::to_string(rule->operands) + " operands; got " + std::to_string(operands.size()),
                   loc);
  std::vector<Array, PoolAllocator<Array>> values;
  std::vector<const Arg*, PoolAllocator<const Arg*>> list;
  for (const Arg& a : operands) {
    values.push_back(a.value());
    list.push_back(&a);
  }
  CustomCall call{rule, rule->forward(values)};
  return record_one(class_named(rule->name), &call, list, loc);
}

detail::Shares detail::as_constants(std::span<const Array> x) {
  Shares vars;
  for (const Array& a : x) vars.emplace_back(a);
  return vars;
}

Var Custom::operator()(Arg a) const {
  const Loc loc = a.loc();
  return detail::record_custom(rule_, {&a, 1}, loc);
}
Var Custom::operator()(Arg a, Arg b) const {
  const Arg operands[]{std::move(a), std::move(b)};
  return detail::record_custom(rule_, operands, operands[0].loc());
}
Var Custom::operator()(Arg a, Arg b, Arg c) const {
  const Arg operands[]{std::move(a), std::move(b), std::move(c)};
  return detail::record_custom(rule_, operands, operands[0].loc());
}
Var Custom::operator()(std::span<const Arg> operands, Loc loc) const {
  return detail::record_custom(rule_, operands, loc);
}

}  // namespace xgrad
