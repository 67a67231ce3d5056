#include "kernels/provider_choice.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <stdexcept>

using xgrad::kernels::NamedProvider;
using xgrad::kernels::ProviderChoice;

namespace {

enum class Baker { home, shop, factory };
constexpr NamedProvider<Baker> kBakers[] = {
    {"home", Baker::home, true}, {"shop", Baker::shop, true}, {"factory", Baker::factory, false}};
constexpr const char* kVariable = "XGRAD_TEST_PROVIDER";

/// What a choice made afresh says with this in the environment.
std::optional<Baker> with(const char* value) {
  ::setenv(kVariable, value, 1);
  ProviderChoice<Baker> choice(kVariable, kBakers);
  const auto forced = choice.forced();
  ::unsetenv(kVariable);
  return forced;
}

}  // namespace

TEST_CASE("provider choice: the environment's word") {
  CHECK(with("home") == Baker::home);
  CHECK(with("shop") == Baker::shop);
  CHECK(with("auto") == std::nullopt);
  CHECK(with("") == std::nullopt);
  ProviderChoice<Baker> unset(kVariable, kBakers);
  CHECK(unset.forced() == std::nullopt);
}

TEST_CASE("provider choice: names that this build does not have") {
  CHECK_THROWS_WITH_AS(with("tin"), "xgrad: XGRAD_TEST_PROVIDER needs home, shop, or auto; got 'tin'",
                       std::runtime_error);
  CHECK_THROWS_WITH_AS(with("factory"), "xgrad: XGRAD_TEST_PROVIDER needs home, shop, or auto; got 'factory'",
                       std::runtime_error);
}

TEST_CASE("provider choice: the program's word comes before the environment's, and can be taken back") {
  ::setenv(kVariable, "home", 1);
  ProviderChoice<Baker> choice(kVariable, kBakers);
  choice.force("force_baker", Baker::shop);
  CHECK(choice.forced() == Baker::shop);
  CHECK_THROWS_WITH_AS(choice.force("force_baker", Baker::factory),
                       "xgrad: force_baker needs a provider of this build; got factory, which it does not have",
                       std::runtime_error);
  CHECK(choice.forced() == Baker::shop);
  choice.by_shape();
  CHECK(choice.forced() == std::nullopt);
  ::unsetenv(kVariable);
}
