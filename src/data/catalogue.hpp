#pragma once
// The files of the data sets: their names, sizes and hashes, and where they are had.

#include "data/download.hpp"

namespace xgrad::detail {

/// The archive that Keras fetches for a data set, under the name that Keras gives it: "mnist.npz", "imdb.npz",
/// "imdb_word_index.json", "reuters.npz", "reuters_word_index.json", "boston_housing.npz", "california_housing.npz",
/// "cifar-10-batches-py-target_archive".
const RemoteFile& keras_file(std::string_view name);

/// The four files in IDX form, gzipped: images and labels to train, images and labels to test; in folders of their
/// own, "mnist" and "fashion-mnist".
const std::vector<RemoteFile>& mnist_idx_files();
const std::vector<RemoteFile>& fashion_mnist_files();

}  // namespace xgrad::detail
