// N replicas in one program, to be driven by lines:
//
//   bench_sinks --port P --sinks N [--in-flight N] [--id ID --offset N] [--reconnect] [--probe] [--tls]
//               [--progress FILE]     where to note how far the slowest sink is (SharedNumber)
//               [--pause MS]          between rounds: more bytes each time, for less CPU
//
//   streaming N   answers once N sinks are streaming: {"at": nanoseconds, "since": of the start ...}
//   offset N      answers once every sink has the stream up to there
//   status        answers at once
//   latency       answers with the probe's latencies since the last time it was asked
//   drop          closes all links and connects again, at once
//   quit          ends it, as the end of the input does
//
// Each answer is one line of JSON. One question at a time.
#include "common/io/file_limit.h"
#include "tests/bench/shared_number.h"
#include "tests/bench/sink_crowd.h"

#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <poll.h>
#include <sstream>
#include <string>
#include <unistd.h>

namespace relay::bench {
namespace {

CrowdOptions options_of(int argc, char** argv) {
  CrowdOptions options;
  options.port = static_cast<std::uint16_t>(number_option(argc, argv, "--port", 0));
  options.sinks = static_cast<unsigned>(number_option(argc, argv, "--sinks", 1));
  options.in_flight = static_cast<unsigned>(number_option(argc, argv, "--in-flight", 512));
  options.position.id = option(argc, argv, "--id").value_or("?");
  options.position.offset = number_option(argc, argv, "--offset", 0);
  options.reconnects = has_option(argc, argv, "--reconnect");
  options.has_probe = has_option(argc, argv, "--probe");
  options.in_tls = has_option(argc, argv, "--tls");
  return options;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= ' ') out += c;
  }
  return out + '"';
}

std::string status(const SinkCrowd& crowd) {
  const SinkTotals& totals = crowd.totals();
  std::ostringstream out;
  out << R"({"now": )" << now_nanoseconds() << R"(, "begun_at": )" << crowd.begun_at()
      << R"(, "all_streaming_since": )" << crowd.all_streaming_since() << R"(, "streaming": )"
      << crowd.streaming() << R"(, "least_offset": )" << crowd.least_offset()
      << R"(, "most_offset": )" << crowd.most_offset() << R"(, "stream_bytes": )"
      << totals.stream_bytes << R"(, "snapshot_bytes": )" << totals.snapshot_bytes
      << R"(, "full_syncs": )" << totals.full_syncs << R"(, "partial_syncs": )"
      << totals.partial_syncs << R"(, "lost_links": )" << totals.lost_links
      << R"(, "last_refusal": )" << quoted(totals.last_refusal) << "}";
  return out.str();
}

std::string latencies(SinkCrowd& crowd) {
  std::vector<std::uint64_t> samples;
  if (crowd.probe() != nullptr) samples = crowd.probe()->take_latencies();
  const auto at = [&](double part) -> std::uint64_t {
    if (samples.empty()) return 0;
    return samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1))];
  };
  std::ostringstream out;
  out << R"({"samples": )" << samples.size() << R"(, "p50": )" << at(0.5) << R"(, "p99": )"
      << at(0.99) << R"(, "p999": )" << at(0.999) << R"(, "max": )" << at(1) << "}";
  return out.str();
}

// Answers the question that is pending, where it can be answered by now.
class Driver {
 public:
  explicit Driver(SinkCrowd& crowd) : crowd_(crowd) {}

  bool has_quit() const { return has_quit_; }

  void read_input() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 0) <= 0) return;
    std::string line;
    if (!std::getline(std::cin, line)) {
      has_quit_ = true;
      return;
    }
    std::istringstream words(line);
    words >> question_ >> number_;
  }

  void answer() {
    if (question_ == "streaming" && crowd_.streaming() >= number_) say(status(crowd_));
    if (question_ == "offset" && crowd_.least_offset() >= number_) say(status(crowd_));
    if (question_ == "status") say(status(crowd_));
    if (question_ == "latency") say(latencies(crowd_));
    if (question_ == "quit") has_quit_ = true;
    if (question_ == "drop") {
      crowd_.drop_all();
      say(status(crowd_));
    }
  }

 private:
  void say(const std::string& text) {
    question_.clear();
    std::cout << text << std::endl;
  }

  SinkCrowd& crowd_;
  std::string question_;
  std::uint64_t number_ = 0;
  bool has_quit_ = false;
};

void run(int argc, char** argv) {
  const CrowdOptions options = options_of(argc, argv);
  if (raise_file_limit(options.sinks + 64) < options.sinks + 64) {
    throw std::runtime_error("too few files may be open for so many sinks");
  }
  SinkCrowd crowd(options);
  Driver driver(crowd);
  std::optional<SharedNumber> progress;
  if (const auto path = option(argc, argv, "--progress")) progress.emplace(*path);
  const auto pause = static_cast<int>(number_option(argc, argv, "--pause", 0));
  while (!driver.has_quit()) {
    if (pause > 0) ::poll(nullptr, 0, pause);
    crowd.turn(2);
    if (progress) progress->set(crowd.least_offset());
    driver.read_input();
    driver.answer();
  }
}

}  // namespace
}  // namespace relay::bench

int main(int argc, char** argv) {
  try {
    relay::bench::run(argc, argv);
  } catch (const std::exception& fault) {
    std::cerr << "bench_sinks: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}
