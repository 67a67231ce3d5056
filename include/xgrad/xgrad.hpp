#pragma once
/// \file The whole library. `xgrad/core/xt.hpp` comes first: it mends xtensor before anything uses it.

#include "xgrad/core/xt.hpp"
//
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/array.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/io/npz.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/axes.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"
#include "xgrad/tape/op.hpp"
#include "xgrad/tape/tape.hpp"
#include "xgrad/view/describe.hpp"
