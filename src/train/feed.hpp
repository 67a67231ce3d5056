#pragma once
// Where the batches of an epoch come from.

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "train/trainer.hpp"
#include "xgrad/train/batches.hpp"

namespace xgrad::detail {

/// The batches of one epoch after another.
class Feed {
 public:
  virtual ~Feed() = default;
  /// @param first the number of the first batch wanted
  virtual void begin_epoch(int epoch, std::int64_t first) = 0;
  /// The next batch; false where the epoch is over.
  virtual bool next(Batch& batch) = 0;
};

/// Rows of arrays, in order or in a new random one each epoch.
class ArrayFeed final : public Feed {
 public:
  ArrayFeed(const Samples& x, const Array& y, const Array& weight, std::int64_t count, std::int64_t batch_size,
            bool shuffle)
      : x_(x), y_(y), weight_(weight), count_(count), size_(batch_size), shuffle_(shuffle) {}
  void begin_epoch(int epoch, std::int64_t first) override;
  bool next(Batch& batch) override;

 private:
  const Samples& x_;
  const Array &y_, &weight_;
  std::int64_t count_, size_;
  bool shuffle_;
  Array order_ = zeros({0});
  std::int64_t at_ = 0;
};

/// A user's batches, read ahead on a thread.
class SourceFeed final : public Feed {
 public:
  /// @param steps of an epoch; 0: until the source ends @param ahead batches that are kept ready
  SourceFeed(BatchSource source, std::int64_t steps, std::size_t ahead);
  ~SourceFeed() override;
  SourceFeed(const SourceFeed&) = delete;
  SourceFeed& operator=(const SourceFeed&) = delete;
  void begin_epoch(int epoch, std::int64_t first) override;
  bool next(Batch& batch) override;
  /// The first batch of an epoch to come, which stays where it is; null where there is none.
  const Batch* peek(int epoch);

 private:
  void read(int epoch, std::int64_t step);
  void stop() noexcept;

  BatchSource source_;
  std::int64_t steps_;
  std::size_t ahead_;
  std::uint64_t seed_ = 0;
  struct Begun {
    int epoch;
    std::int64_t first;
    bool operator==(const Begun&) const = default;
  };
  std::optional<Begun> begun_;  // what is being read, of which nothing has been taken yet
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  bool over_ = false, stopped_ = false;
  std::exception_ptr thrown_;
  std::thread reader_;
};

}  // namespace xgrad::detail
