#pragma once
/// \file A model as a drawing of boxes and arrows.

#include <string>

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// The model in Graphviz's language: a box for each layer with its name, class and the shapes of a sample before and
/// after it (of a model that is built); nested models as frames; branches and ways around side by side.
std::string model_dot(const Layer& model);

/// Writes the drawing: .dot as text; .svg and .png by Graphviz's program `dot`, found when it is wanted.
/// @throws ArgError for another ending; IoError where the file cannot be written, or `dot` is missing or fails: then
/// the old file is as it was
void plot_model(const Layer& model, const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad
