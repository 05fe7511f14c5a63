// What the log costs per byte, with no disk and no socket: append, and a cursor that follows.
#include "proxy/log/log_cursor.h"
#include "proxy/log/replication_log.h"
#include "tests/support/disk/memory_file_system.h"

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>

#include <cstring>
#include <memory>
#include <string>

namespace relay::bench {
namespace {

constexpr std::uint64_t kLogBytes = 64 << 20;

// A log in memory alone: its disk's side does not run, and a new one is begun when it is full.
struct LogInMemory {
  LogInMemory() {
    settings.memory = 2 * kLogBytes;
    settings.memory_hard = 4 * kLogBytes;
    begin();
  }
  void begin() {
    log = std::make_unique<ReplicationLog>(context.get_executor(), context.get_executor(), files,
                                           "log", settings, health, LogStart{});
  }

  asio::io_context context{1};
  test::MemoryFileSystem files;
  StorageHealth health;
  Config::Log settings;
  std::unique_ptr<ReplicationLog> log;
};

// As the upstream does it, but for the read: space, bytes, publish.
void append_to_log(benchmark::State& state) {
  LogInMemory bench;
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string bytes(size, 'x');
  for (auto _ : state) {
    const std::span<char> space = bench.log->space();
    const std::size_t n = std::min(space.size(), size);
    std::memcpy(space.data(), bytes.data(), n);
    bench.log->publish(n, bench.log->end() + n);
    if (bench.log->end().bytes() >= kLogBytes) {
      state.PauseTiming();
      bench.begin();
      state.ResumeTiming();
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
BENCHMARK(append_to_log)->Arg(64)->Arg(1024)->Arg(65536);

// One step of a replica that is fed out of memory, the send left out.
void cursor_advance(benchmark::State& state) {
  LogInMemory bench;
  while (bench.log->end().bytes() < kLogBytes) {
    const std::size_t n = bench.log->space().size();
    std::memset(bench.log->space().data(), 'x', n);
    bench.log->publish(n, bench.log->end() + n);
  }
  const auto step = static_cast<std::size_t>(state.range(0));
  LogCursor cursor(*bench.log, bench.log->begin());
  for (auto _ : state) {
    LogCursor::Next next = cursor.next();
    if (next.found == LogCursor::Found::kCaughtUp) {
      cursor = LogCursor(*bench.log, bench.log->begin());
      next = cursor.next();
    }
    benchmark::DoNotOptimize(next.bytes.data());
    cursor.advance(std::min(step, next.bytes.size()));
  }
}
BENCHMARK(cursor_advance)->Arg(1024)->Arg(65536)->Arg(1 << 20);

}  // namespace
}  // namespace relay::bench
