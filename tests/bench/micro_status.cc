// What looking at the relay costs with many replicas: the picture, the page of metrics, and how the
// log's times are kept for both.
#include "proxy/log/time_index.h"
#include "proxy/metrics/exposition.h"

#include <benchmark/benchmark.h>

#include <string>

namespace relay::bench {
namespace {

using namespace std::chrono_literals;

Status with_replicas(std::int64_t count) {
  Status status;
  status.now = std::chrono::system_clock::now();
  status.log.exists = true;
  status.log.end = Offset::of_bytes(1ULL << 40);
  for (std::int64_t i = 0; i < count; ++i) {
    ReplicaStatus replica;
    replica.id = static_cast<std::uint64_t>(i) + 1;
    replica.ip = "10.20." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    replica.port = 6379;
    replica.peer = replica.ip + ":54321";
    replica.state = ReplicaState::kOnline;
    replica.sent = replica.acked = status.log.end;
    replica.ack_age = 500ms;
    replica.lag_bytes = 12345;
    replica.lag_seconds = 0.125;
    replica.queue_bytes = 0;
    status.downstream.replicas.push_back(std::move(replica));
  }
  return status;
}

void copy_status(benchmark::State& state) {
  const Status status = with_replicas(state.range(0));
  for (auto _ : state) {
    const Status copy = status;
    benchmark::DoNotOptimize(copy.downstream.replicas.data());
  }
}
BENCHMARK(copy_status)->Arg(3)->Arg(500);

void expose_metrics(benchmark::State& state) {
  const Status status = with_replicas(state.range(0));
  const ProcessStatus process;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string page = expose(status, process);
    bytes = page.size();
    benchmark::DoNotOptimize(page.data());
  }
  state.counters["page_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(expose_metrics)->Arg(3)->Arg(500);

// A batch each 100 microseconds, as a log under load sees it.
void note_time(benchmark::State& state) {
  TimeIndex index;
  TimeIndex::Time now{};
  std::uint64_t at = 0;
  for (auto _ : state) {
    index.note(Offset::of_bytes(at += 1000), now += 100us);
  }
}
BENCHMARK(note_time);

void look_up_time(benchmark::State& state) {
  TimeIndex index;
  TimeIndex::Time now{};
  for (std::uint64_t n = 0; n < 1'000'000; ++n) index.note(Offset::of_bytes(n), now += 10ms);
  std::uint64_t at = 0;
  for (auto _ : state) {
    at = (at + 7919) % 1'000'000;
    benchmark::DoNotOptimize(index.received(Offset::of_bytes(at)));
  }
}
BENCHMARK(look_up_time);

}  // namespace
}  // namespace relay::bench
