#pragma once
/// \file Splits of a data set for validation, and models measured over them.

#include <functional>
#include <vector>

#include "xgrad/train/model.hpp"

namespace xgrad {

/// A split: the numbers of the samples to train on and of those to measure on, int64, both in rising order unless they
/// were shuffled.
struct Fold {
  Array train, validation;
};

/// How samples are dealt to folds.
struct FoldOptions {
  bool shuffle = false;    ///< deal them in a random order, else as they stand
  std::uint64_t seed = 0;  ///< of that order, which depends on nothing else
};

/// k folds of n samples: each sample is measured on once and trained on k − 1 times. Fold i measures on the i-th of k
/// equal stretches; where k does not divide n, the first folds have one sample more.
/// @throws ArgError unless 2 ≤ k ≤ n
std::vector<Fold> k_fold(std::int64_t n, int k, FoldOptions options = {}, Loc loc = Loc::current());

/// k folds dealt `repeats` times, in another random order each time.
std::vector<Fold> repeated_k_fold(std::int64_t n, int k, int repeats, std::uint64_t seed = 0, Loc loc = Loc::current());

/// k folds in each of which every class has its share: numbers of a class differ by at most one between folds.
/// @param labels whole numbers, one a sample @throws ArgError for a class of fewer than k samples
std::vector<Fold> stratified_k_fold(const Array& labels, int k, FoldOptions options = {}, Loc loc = Loc::current());

/// k splits in the order of time: the i-th measures on the (i + 1)-th of k + 1 stretches and trains on all before it,
/// so that nothing is predicted from what came later. The first stretch takes what k + 1 does not divide.
std::vector<Fold> time_series_split(std::int64_t n, int k, Loc loc = Loc::current());

/// What a cross-validation gives.
struct CrossValidation {
  std::vector<History> histories;  ///< one a fold
  std::vector<Evaluation> scores;  ///< of each fold's model on the samples that it never saw

  /// The mean of a figure over the folds ("loss", or a metric), and its standard deviation (of the population).
  double mean(FigureName figure) const;
  double stddev(FigureName figure) const;
  /// A figure of the histories, epoch by epoch, averaged over the folds. @throws ArgError for an unknown one
  std::vector<double> mean_curve(FigureName figure) const;

  /// Draws the curves averaged over the folds, each in a band of one standard deviation to either side: see
  /// `History::plot`. An epoch is averaged over the folds that came to it. .csv and .json hold every fold's figures.
  void plot(const std::string& path = "", const PlotOptions& options = {}, Loc loc = Loc::current()) const;
};

/// Trains a new model for each fold and measures it on what it did not see. The histories hold val_ figures of each
/// epoch.
/// @param make gives a compiled model, never twice the same
CrossValidation cross_validate(const std::function<Model()>& make, const Samples& x, const Array& y,
                               const std::vector<Fold>& folds, FitOptions options = {}, Loc loc = Loc::current());

}  // namespace xgrad
