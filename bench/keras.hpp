#pragma once
// Workloads of the Keras layer: steps on the real data sets, what `fit` costs beside its steps, and whole jobs.

#include "harness.hpp"

namespace bench {

/// A step on 512 reviews of IMDB or newswires of Reuters, as rows of Csr; empty where their file is not on this
/// machine.
Step imdb_step();
Step reuters_step();

/// `fit` with a metric, a callback and its progress bar, against the same steps in a loop written by hand; a batch.
void fit_workloads(Report& report, int threads);

/// The programs of bench/jobs as processes of their own: wall time, and for MNIST the bytes held against those needed.
void job_workloads(Report& report);

}  // namespace bench
