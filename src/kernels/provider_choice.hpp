#pragma once
// Who computes: an environment variable's word, a provider forced by the program, or the fastest for each shape.

#include <atomic>
#include <cstdlib>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace xgrad::kernels {

/// A provider and what the environment calls it.
template <class Provider>
struct NamedProvider {
  const char* name;
  Provider provider;
  bool built_in;  // this build has it
};

/// The choice between providers of one kind of work, for the whole process.
template <class Provider>
class ProviderChoice {
 public:
  /// @param variable of the environment, read at the first question: a name of `known`, or auto, or nothing
  constexpr ProviderChoice(const char* variable, std::span<const NamedProvider<Provider>> known)
      : variable_(variable), known_(known) {}

  /// @param function who asks, for the error
  /// @throws std::runtime_error where this build does not have the provider
  void force(const char* function, Provider provider) {
    for (const NamedProvider<Provider>& p : known_) {
      if (p.provider == provider && !p.built_in)
        throw std::runtime_error(std::string("xgrad: ") + function + " needs a provider of this build; got " + p.name +
                                 ", which it does not have");
    }
    choice_.store(static_cast<int>(provider), std::memory_order_relaxed);
  }
  void by_shape() noexcept { choice_.store(kByShape, std::memory_order_relaxed); }

  /// The provider that everything goes to; nothing where shapes decide.
  /// @throws std::runtime_error where the environment names none of the providers of this build
  std::optional<Provider> forced() {
    int choice = choice_.load(std::memory_order_relaxed);
    if (choice == kUnset) choice_.store(choice = read_environment(), std::memory_order_relaxed);
    if (choice == kByShape) return std::nullopt;
    return static_cast<Provider>(choice);
  }

 private:
  static constexpr int kUnset = -2, kByShape = -1;

  int read_environment() const {
    const char* value = std::getenv(variable_);
    const std::string wanted = value == nullptr ? "" : value;
    if (wanted.empty() || wanted == "auto") return kByShape;
    std::string names;
    for (const NamedProvider<Provider>& p : known_) {
      if (!p.built_in) continue;
      if (wanted == p.name) return static_cast<int>(p.provider);
      names += std::string(p.name) + ", ";
    }
    throw std::runtime_error(std::string("xgrad: ") + variable_ + " needs " + names + "or auto; got '" + wanted + "'");
  }

  const char* variable_;
  std::span<const NamedProvider<Provider>> known_;
  std::atomic<int> choice_{kUnset};
};

}  // namespace xgrad::kernels
