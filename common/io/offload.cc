#include "common/io/offload.h"

namespace relay {

WorkerThreads::WorkerThreads(unsigned threads) : open_(asio::make_work_guard(context_)) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

WorkerThreads::~WorkerThreads() {
  open_.reset();  // run() returns when the last job has
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace relay
