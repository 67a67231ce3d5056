#include "train/feed.hpp"

#include <algorithm>

#include "xgrad/ops/index.hpp"
#include "xgrad/ops/random.hpp"

namespace xgrad::detail {

void ArrayFeed::begin_epoch(int, std::int64_t first) {
  if (shuffle_) order_ = random::permutation(count_);
  at_ = first * size_;
}

bool ArrayFeed::next(Batch& batch) {
  if (at_ >= count_) return false;
  const std::int64_t begin = at_, end = at_ = std::min(count_, at_ + size_);
  batch = shuffle_ ? batch_of(x_, y_, weight_, order_.rows(begin, end)) : batch_of(x_, y_, weight_, begin, end);
  return true;
}

SourceFeed::SourceFeed(BatchSource source, std::int64_t steps, std::size_t ahead)
    : source_(std::move(source)), steps_(steps), ahead_(std::max<std::size_t>(1, ahead)) {
  if (source_) seed_ = static_cast<std::uint64_t>(random::integers({}, 0, INT64_MAX).item<std::int64_t>());
}

SourceFeed::~SourceFeed() { stop(); }

void SourceFeed::stop() noexcept {
  if (!reader_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  reader_.join();
}

void SourceFeed::begin_epoch(int epoch, std::int64_t first) {
  const Begun wanted{epoch, first};
  if (begun_ == wanted) return;
  stop();
  ready_.clear();
  over_ = stopped_ = false;
  thrown_ = nullptr;
  begun_ = wanted;
  reader_ = std::thread([this, epoch, first] { read(epoch, first); });
}

void SourceFeed::read(int epoch, std::int64_t step) {
  set_seed(seed_ + static_cast<std::uint64_t>(epoch));  // each epoch's numbers are its own, wherever it begins
  try {
    for (; steps_ == 0 || step < steps_; ++step) {
      std::optional<Batch> batch = source_(epoch, step);
      std::unique_lock lock(mutex_);
      if (!batch) break;
      changed_.wait(lock, [&] { return stopped_ || ready_.size() < ahead_; });
      if (stopped_) return;
      ready_.push_back(std::move(*batch));
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

const Batch* SourceFeed::peek(int epoch) {
  begin_epoch(epoch, 0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_ || !ready_.empty(); });
  if (ready_.empty() && thrown_) std::rethrow_exception(thrown_);
  return ready_.empty() ? nullptr : &ready_.front();
}

bool SourceFeed::next(Batch& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_ || !ready_.empty(); });
  begun_.reset();
  if (!ready_.empty()) {  // what was read before a failure is trained on
    batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return true;
  }
  if (thrown_) std::rethrow_exception(thrown_);
  return false;
}

}  // namespace xgrad::detail
