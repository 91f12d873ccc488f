#include "heterodot/parallel/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <unistd.h>

namespace heterodot {
namespace {

struct Job {
  const std::function<void(std::ptrdiff_t, std::ptrdiff_t)> *body;
  std::ptrdiff_t count, grain;
  std::atomic<std::ptrdiff_t> next{0};
  std::atomic<int> running{0};
  std::mutex mutex;
  std::exception_ptr error;

  void work() {
    for (;;) {
      const std::ptrdiff_t begin = next.fetch_add(grain);
      if (begin >= count)
        return;
      try {
        (*body)(begin, std::min(begin + grain, count));
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!error)
          error = std::current_exception();
        next = count;
      }
    }
  }
};

thread_local bool inside_parallel_region = false;

class Pool {
public:
  explicit Pool(int helpers) {
    for (int t = 0; t < helpers; ++t)
      threads_.emplace_back([this] { loop(); });
  }
  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto &thread : threads_)
      thread.join();
  }
  void run(Job &job) {
    std::lock_guard one_job_at_a_time(submit_);
    {
      std::lock_guard lock(mutex_);
      job_ = &job;
      ++generation_;
      job.running = static_cast<int>(threads_.size());
    }
    wake_.notify_all();
    inside_parallel_region = true;
    job.work();
    inside_parallel_region = false;
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return job.running == 0; });
    job_ = nullptr;
  }

private:
  void loop() {
    inside_parallel_region = true;
    std::size_t seen = 0;
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
      if (stopping_)
        return;
      seen = generation_;
      Job *job = job_;
      lock.unlock();
      job->work();
      lock.lock();
      if (--job->running == 0)
        done_.notify_one();
    }
  }

  std::vector<std::thread> threads_;
  std::mutex mutex_, submit_;
  std::condition_variable wake_, done_;
  Job *job_ = nullptr;
  std::size_t generation_ = 0;
  bool stopping_ = false;
};

std::mutex pool_mutex;
int requested_threads = 0;
// Threads do not survive a fork; a child process that finds its parent's pool abandons it (the
// handle is leaked on purpose: its threads do not exist here) and starts its own.
std::unique_ptr<Pool> pool;
int pool_threads = 0;
pid_t pool_process = 0;

Pool &current_pool(int threads) {
  std::lock_guard lock(pool_mutex);
  if (pool && pool_process != getpid())
    (void)pool.release();
  if (!pool || pool_threads != threads) {
    pool = std::make_unique<Pool>(threads - 1);
    pool_threads = threads;
    pool_process = getpid();
  }
  return *pool;
}

} // namespace

int thread_count() {
  if (requested_threads > 0)
    return requested_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void set_thread_count(int count) {
  requested_threads = std::max(0, count);
}

void parallel_for(std::ptrdiff_t count, std::ptrdiff_t grain,
                  const std::function<void(std::ptrdiff_t, std::ptrdiff_t)> &body) {
  if (count <= 0)
    return;
  grain = std::max<std::ptrdiff_t>(1, grain);
  Job job;
  job.body = &body;
  job.count = count;
  job.grain = grain;
  const int threads = thread_count();
  if (threads == 1 || inside_parallel_region || count <= grain)
    job.work();
  else
    current_pool(threads).run(job);
  if (job.error)
    std::rethrow_exception(job.error);
}

} // namespace heterodot
