// Optimizers and schedules in files.

#include "core/kinds.hpp"
#include "core/settings_file.hpp"
#include "xgrad/optim/adadelta.hpp"
#include "xgrad/optim/adagrad.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamax.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/any.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

namespace xgrad {

namespace {

using detail::KindOf;

/// A number, as one kind of schedule among others.
struct ConstantRate {
  double rate = 0;
};

struct HeldSchedule {
  Schedule& self;
  std::function<double(std::int64_t)>* function;
  Loc loc;
  ConstantRate constant = {};
  template <class K>
  K* get() {
    if constexpr (std::same_as<K, ConstantRate>) {
      if (function) return nullptr;
      constant.rate = self(0);
      return &constant;
    } else {
      return function ? function->template target<K>() : nullptr;
    }
  }
  template <class K>
  void set(K kind) {
    if constexpr (std::same_as<K, ConstantRate>) {
      self = Schedule(kind.rate);
    } else {
      self = Schedule(std::move(kind), loc);
    }
  }
};

struct HeldRule {
  Optimizer& self;
  Loc loc;
  template <class R>
  R* get() {
    return self.get_if<R>();
  }
  template <class R>
  void set(R rule) {
    self = Optimizer(std::move(rule), loc);
  }
};

void around(Settings& s, UpdateOptions& o) {
  s("clipnorm", o.clipnorm)("clipvalue", o.clipvalue)("global_clipnorm", o.global_clipnorm);
  s("weight_decay", o.weight_decay)("exclude_from_weight_decay", o.exclude_from_weight_decay);
  s("use_ema", o.use_ema)("ema_momentum", o.ema_momentum)("ema_overwrite_frequency", o.ema_overwrite_frequency);
  s("gradient_accumulation_steps", o.gradient_accumulation_steps)("lazy", o.lazy);
}
template <class R>
void common(Settings& s, R& rule) {
  s("learning_rate", rule.learning_rate);
  Settings options = s.member("options");
  if (options) around(options, rule.options);
}
template <class R>
void adam_fields(Settings& s, R& rule) {
  common(s, rule);
  s("beta_1", rule.beta_1)("beta_2", rule.beta_2)("epsilon", rule.epsilon)("amsgrad", rule.amsgrad);
}
template <class R>
void momenta_fields(Settings& s, R& rule) {
  common(s, rule);
  s("beta_1", rule.beta_1)("beta_2", rule.beta_2)("epsilon", rule.epsilon);
}

}  // namespace

bool Schedule::settings(Settings& s) {
  return detail::exchange_kind(
      s, nullptr, HeldSchedule{*this, function_.get(), s.loc()},  //
      KindOf<ConstantRate>{"Constant", [](Settings& c, ConstantRate& k) { c("rate", k.rate); }},
      KindOf<ExponentialDecay>{"ExponentialDecay",
                               [](Settings& c, ExponentialDecay& k) {
                                 c("initial_learning_rate", k.initial_learning_rate)("decay_steps", k.decay_steps);
                                 c("decay_rate", k.decay_rate)("staircase", k.staircase);
                               }},
      KindOf<PiecewiseConstantDecay>{
          "PiecewiseConstantDecay",
          [](Settings& c, PiecewiseConstantDecay& k) { c("boundaries", k.boundaries)("values", k.values); }},
      KindOf<PolynomialDecay>{"PolynomialDecay",
                              [](Settings& c, PolynomialDecay& k) {
                                c("initial_learning_rate", k.initial_learning_rate)("decay_steps", k.decay_steps);
                                c("end_learning_rate", k.end_learning_rate)("power", k.power)("cycle", k.cycle);
                              }},
      KindOf<InverseTimeDecay>{"InverseTimeDecay",
                               [](Settings& c, InverseTimeDecay& k) {
                                 c("initial_learning_rate", k.initial_learning_rate)("decay_steps", k.decay_steps);
                                 c("decay_rate", k.decay_rate)("staircase", k.staircase);
                               }},
      KindOf<CosineDecay>{"CosineDecay",
                          [](Settings& c, CosineDecay& k) {
                            c("initial_learning_rate", k.initial_learning_rate)("decay_steps", k.decay_steps);
                            c("alpha", k.alpha)("warmup_target", k.warmup_target)("warmup_steps", k.warmup_steps);
                          }},
      KindOf<CosineDecayRestarts>{"CosineDecayRestarts", [](Settings& c, CosineDecayRestarts& k) {
                                    c("initial_learning_rate", k.initial_learning_rate);
                                    c("first_decay_steps", k.first_decay_steps);
                                    c("t_mul", k.t_mul)("m_mul", k.m_mul)("alpha", k.alpha);
                                  }});
}

bool Optimizer::settings(Settings& s) {
  if (!s.reading()) {  // a rule of the library with a schedule of one's own is not the library's
    detail::SettingsFile trial("save", "", s.loc());
    Settings root = trial.root();
    if (!held_->rate().settings(root)) {
      s.kind(detail::own_kind);
      return false;
    }
  }
  return detail::exchange_kind(
      s, nullptr, HeldRule{*this, s.loc()},  //
      KindOf<SGD>{"sgd",
                  [](Settings& c, SGD& r) {
                    common(c, r);
                    c("momentum", r.momentum)("nesterov", r.nesterov);
                  }},
      KindOf<RMSprop>{"rmsprop",
                      [](Settings& c, RMSprop& r) {
                        common(c, r);
                        c("rho", r.rho)("momentum", r.momentum)("epsilon", r.epsilon)("centered", r.centered);
                      }},
      KindOf<Adam>{"adam", adam_fields},
      KindOf<AdamW>{"adamw",
                    [](Settings& c, AdamW& r) {
                      adam_fields(c, r);
                      c("weight_decay", r.weight_decay);
                    }},
      KindOf<Adamax>{"adamax", momenta_fields}, KindOf<Nadam>{"nadam", momenta_fields},
      KindOf<Adagrad>{"adagrad",
                      [](Settings& c, Adagrad& r) {
                        common(c, r);
                        c("initial_accumulator_value", r.initial_accumulator_value)("epsilon", r.epsilon);
                      }},
      KindOf<Adadelta>{"adadelta",
                       [](Settings& c, Adadelta& r) {
                         common(c, r);
                         c("rho", r.rho)("epsilon", r.epsilon);
                       }},
      KindOf<Lion>{"lion", [](Settings& c, Lion& r) {
                     common(c, r);
                     c("beta_1", r.beta_1)("beta_2", r.beta_2);
                   }});
}

}  // namespace xgrad
