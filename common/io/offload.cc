#include "common/io/offload.h"

#include <pthread.h>

namespace relay {

WorkerThreads::WorkerThreads(unsigned threads, const std::string& name)
    : open_(asio::make_work_guard(context_)) {
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { context_.run(); });
    ::pthread_setname_np(threads_.back().native_handle(), name.c_str());
  }
}

WorkerThreads::~WorkerThreads() {
  open_.reset();  // run() returns when the last job has
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace relay
