#pragma once
// Layers, with those inside, as settings.

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/layer.hpp"

namespace xgrad::detail {

/// The architecture of a layer: its class, its name, its settings, and the layers inside.
struct SavedLayer {
  /// @throws ArgError for a layer that a file cannot describe, naming it
  static void write(Settings& s, const Layer& layer);
  /// The layer as it was made, not built. @throws IoError for a class that is not known, ArgError for settings out of
  /// range
  static Layer read(Settings& s, const LayerMakers& own);

  /// Who is frozen, in the order of the layers: what `write` notes, and `read` leaves to be done after `build`, which
  /// makes the weights.
  static void set_trainable(Settings& s, const Layer& layer);

  static DType dtype(const Layer& layer) { return layer.body()->dtype_; }

 private:
  static void take(Settings& s, LayerBody& body);
  static void take_inner(Settings& s, const Layer& layer);
};

}  // namespace xgrad::detail
