#include "xgrad/optim/any.hpp"

#include <array>

#include "core/near.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

namespace xgrad {

Optimizer::Optimizer(std::string_view name, Loc loc) {
  static constexpr std::array<std::string_view, 3> known{"adam", "rmsprop", "sgd"};
  const std::string wanted = detail::folded(name);
  if (wanted == "adam") {
    *this = Adam{};
  } else if (wanted == "rmsprop") {
    *this = RMSprop{};
  } else if (wanted == "sgd") {
    *this = SGD{};
  } else {
    throw ArgError(
        "optimizer",
        "needs the name of an optimizer; got '" + std::string(name) + "'" + detail::near_matches(name, known), loc);
  }
}

void Optimizer::set_learning_rate(double rate, Loc loc) {
  if (!body_->rate().constant())
    throw ArgError("optimizer", "needs a learning rate that is a number to set it; got a schedule", loc);
  body_->rate() = rate;
}

}  // namespace xgrad
