// The load: pipelined SETs to the master, and probes.
//
//   bench_load --port P --value BYTES --bytes N [--connections N] [--rate MB/S]
//   bench_load --port P --value BYTES --seconds S [--connections N] [--rate MB/S]
//   bench_load --port P --probe MILLISECONDS --seconds S
//
// With --progress FILE --window BYTES (SharedNumber, of bench_sinks) it stays at most so far ahead of
// the slowest sink: at full speed nobody's lag grows without end, and what is measured is a state
// that could last.
//
// --bytes is of the replication stream. The last form writes one SET at a time on one connection,
// with the time as its value, for bench_sinks --probe. Ends with a line of JSON.
#include "tests/bench/load_connection.h"
#include "tests/bench/probe_reader.h"
#include "tests/bench/shared_number.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <memory>
#include <poll.h>
#include <vector>

namespace relay::bench {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

struct Plan {
  std::uint16_t port;
  std::uint64_t bytes;          // UINT64_MAX: until the time is over
  std::uint64_t nanoseconds;    // UINT64_MAX: until the bytes are sent
  double bytes_per_nanosecond;  // 0: as fast as it goes
  std::unique_ptr<SharedNumber> slowest_sink;
  std::uint64_t window;
};

Plan plan_of(int argc, char** argv) {
  Plan plan{};
  plan.port = static_cast<std::uint16_t>(number_option(argc, argv, "--port", 6379));
  plan.bytes = number_option(argc, argv, "--bytes", UINT64_MAX);
  const auto seconds = option(argc, argv, "--seconds");
  plan.nanoseconds =
      seconds ? static_cast<std::uint64_t>(std::stod(*seconds) * static_cast<double>(kSecond))
              : UINT64_MAX;
  const auto rate = option(argc, argv, "--rate");
  plan.bytes_per_nanosecond = rate ? std::stod(*rate) * 1e6 / static_cast<double>(kSecond) : 0;
  if (const auto path = option(argc, argv, "--progress")) {
    plan.slowest_sink = std::make_unique<SharedNumber>(*path);
  }
  plan.window = number_option(argc, argv, "--window", 16 << 20);
  return plan;
}

void report(std::uint64_t bytes, std::uint64_t commands, std::uint64_t nanoseconds) {
  std::cout << R"({"bytes": )" << bytes << R"(, "commands": )" << commands << R"(, "seconds": )"
            << static_cast<double>(nanoseconds) / static_cast<double>(kSecond) << "}" << std::endl;
}

class Load {
 public:
  Load(const Plan& plan, std::size_t value_bytes, std::size_t connections)
      : plan_(plan),
        // A given rate is kept in small steps; at full speed larger ones cost less.
        block_(make_block(value_bytes, plan.bytes_per_nanosecond > 0 ? 32768 : 131072)),
        waiting_(connections),
        begun_(now_nanoseconds()),
        slowest_began_(slowest()) {
    for (std::size_t i = 0; i < connections; ++i) connections_.emplace_back(plan.port, block_);
  }

  void run() {
    while (!is_over() || !all_are_answered()) turn();
    report(written(), blocks_ * block_.commands, spent());
  }

 private:
  std::uint64_t written() const { return blocks_ * block_.bytes.size(); }
  std::uint64_t spent() const { return now_nanoseconds() - begun_; }
  std::uint64_t slowest() const { return plan_.slowest_sink ? plan_.slowest_sink->get() : 0; }
  bool is_over() const { return written() >= plan_.bytes || spent() >= plan_.nanoseconds; }

  bool may_write() const {
    if (is_over()) return false;
    if (plan_.slowest_sink && written() > slowest() - slowest_began_ + plan_.window) return false;
    return plan_.bytes_per_nanosecond == 0 ||
           static_cast<double>(written()) <
               plan_.bytes_per_nanosecond * static_cast<double>(spent());
  }

  bool all_are_answered() const {
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const LoadConnection& one) { return one.is_done(); });
  }

  void turn() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      LoadConnection& one = connections_[i];
      if (one.may_begin_block() && may_write()) {
        one.begin_block();
        ++blocks_;
      }
      const auto events = static_cast<short>(one.is_sending() ? POLLIN | POLLOUT : POLLIN);
      waiting_[i] = {one.socket().fd(), events, 0};
    }
    if (::poll(waiting_.data(), waiting_.size(), 1) < 0) throw system_fault("poll");
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if ((waiting_[i].revents & POLLOUT) != 0) connections_[i].send_some();
      if ((waiting_[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) connections_[i].read_replies();
    }
  }

  const Plan& plan_;
  const LoadBlock block_;
  std::vector<LoadConnection> connections_;
  std::vector<pollfd> waiting_;
  std::uint64_t blocks_ = 0;  // begun
  const std::uint64_t begun_;
  const std::uint64_t slowest_began_;  // where the slowest sink was at the beginning
};

void run_probe(const Plan& plan, std::uint64_t interval) {
  const Socket socket = connect_to(plan.port);
  const std::uint64_t begun = now_nanoseconds();
  std::uint64_t probes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t next = begun;
  while (true) {
    std::uint64_t now = now_nanoseconds();
    if (now - begun >= plan.nanoseconds) break;
    if (now < next) {
      const std::uint64_t pause = next - now;
      const timespec wait{static_cast<time_t>(pause / kSecond), static_cast<long>(pause % kSecond)};
      pollfd nothing{-1, 0, 0};
      ::ppoll(&nothing, 1, &wait, nullptr);
      now = now_nanoseconds();
    }
    next = now + interval;
    const std::string probe = probe_command(now_nanoseconds());
    send_all(socket, probe);
    if (receive_line(socket) != "+OK") throw std::runtime_error("the master refuses the probe");
    ++probes;
    bytes += probe.size();
  }
  report(bytes, probes, now_nanoseconds() - begun);
}

void run(int argc, char** argv) {
  const Plan plan = plan_of(argc, argv);
  if (plan.bytes == UINT64_MAX && plan.nanoseconds == UINT64_MAX) {
    throw std::runtime_error("say for how long: --bytes N or --seconds S");
  }
  if (const std::uint64_t interval = number_option(argc, argv, "--probe", 0); interval > 0) {
    run_probe(plan, interval * 1'000'000);
  } else {
    Load(plan, number_option(argc, argv, "--value", 1024),
         number_option(argc, argv, "--connections", 4))
        .run();
  }
}

}  // namespace
}  // namespace relay::bench

int main(int argc, char** argv) {
  try {
    relay::bench::run(argc, argv);
  } catch (const std::exception& fault) {
    std::cerr << "bench_load: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}
