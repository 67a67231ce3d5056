#include "xgrad/optim/any.hpp"

#include "core/near.hpp"
#include "xgrad/optim/adadelta.hpp"
#include "xgrad/optim/adagrad.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamax.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

namespace xgrad {

Optimizer::Optimizer(std::unique_ptr<AnyRule> held, Loc loc) : held_(std::move(held)), name_(held_->name()) {
  held_->options().check(name_.c_str(), loc);
}

Optimizer::Optimizer(std::string_view name, Loc loc) : Optimizer(named(name, loc), loc) {}

std::unique_ptr<Optimizer::AnyRule> Optimizer::named(std::string_view name, Loc loc) {
  const std::string wanted = detail::folded(name);
  std::unique_ptr<AnyRule> found;
  std::vector<std::string_view> known;
  const auto offer = [&]<class R>(R rule) {
    known.emplace_back(R::name);
    if (wanted == R::name) found = std::make_unique<Held<R>>(std::move(rule));
  };
  offer(SGD{});
  offer(RMSprop{});
  offer(Adam{});
  offer(AdamW{});
  offer(Adamax{});
  offer(Nadam{});
  offer(Adagrad{});
  offer(Adadelta{});
  offer(Lion{});
  if (!found)
    throw ArgError(
        "Optimizer",
        "needs the name of an optimizer; got '" + std::string(name) + "'" + detail::near_matches(name, known), loc);
  return found;
}

void Optimizer::finalize(const Parameters& parameters) {
  if (options().use_ema) detail::use_averages(held_->state(), held_->slot_count(), parameters);
}

void Optimizer::set_learning_rate(double rate, Loc loc) {
  if (has_schedule())
    throw ArgError("Optimizer::set_learning_rate",
                   "needs an optimizer made with a number for its learning rate; got one with a schedule", loc);
  held_->rate() = rate;
}

void Optimizer::set_iterations(std::int64_t iterations, Loc loc) {
  if (iterations < 0)
    throw ArgError("Optimizer::set_iterations", "needs a count that is not negative; got " + std::to_string(iterations),
                   loc);
  held_->state().iterations = iterations;
}

std::vector<std::string> Optimizer::slot_names() const {
  std::vector<std::string> names = held_->slot_names();
  if (options().use_ema) names.emplace_back("average");
  if (options().gradient_accumulation_steps > 1) names.emplace_back("gradient_accumulator");
  return names;
}

void Optimizer::set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc) {
  const std::vector<std::string> names = slot_names();
  if (slots.size() != names.size()) {
    std::string wanted;
    for (const std::string& name : names) wanted += (wanted.empty() ? " (" : ", ") + name;
    throw ArgError("Optimizer::set_slots",
                   "needs " + std::to_string(names.size()) + " slots for parameter '" + parameter.name() + "'" +
                       wanted + (wanted.empty() ? "" : ")") + "; got " + std::to_string(slots.size()),
                   loc);
  }
  OptimizerState& state = held_->state();
  state.set_slots(parameter, std::move(slots), loc);
  // Slots of a first round of accumulation hold no average yet.
  if (OptimizerState::Entry* entry = state.find(parameter); entry && iterations() > 0)
    entry->averaged = iterations() >= options().gradient_accumulation_steps;
}

}  // namespace xgrad
