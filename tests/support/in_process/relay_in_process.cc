#include "tests/support/in_process/relay_in_process.h"

#include "common/base/log_output.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <system_error>
#include <unistd.h>

namespace relay::test {

namespace {

constexpr std::uint64_t kSegment = 256 * 1024;

Config small_and_impatient(std::uint16_t upstream_port) {
  Config config;
  config.upstream.port = upstream_port;
  config.upstream.backoff_min = 20ms;
  config.upstream.backoff_max = 200ms;
  config.log.max_size = 256 * kMiB;
  config.log.segment_size = kSegment;
  config.log.memory = 1 * kMiB;
  config.log.memory_hard = 64 * kMiB;
  config.log.fsync_interval = 20ms;
  config.snapshot.refresh_min_interval = 100ms;
  // As the relay's own program would take it: runs with several differ in nothing else.
  if (const char* threads = std::getenv("PSYNC_RELAY_THREADS")) {
    config.threads = static_cast<unsigned>(std::stoul(threads));
  }
  return config;
}

}  // namespace

RelayInProcess::RelayInProcess(std::uint16_t upstream_port, const Settings& settings)
    : config_(small_and_impatient(upstream_port)),
      log_output_(::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (log_output_ < 0) throw std::system_error(errno, std::generic_category(), "the relay's log");
  config_.listen.port = port_.number();
  config_.http.port = http_port_.number();
  config_.data_dir = data_dir().string();
  if (settings) settings(config_);
  set_log_output(log_output_);
}

RelayInProcess::~RelayInProcess() {
  faults_.heal();
  faults_.release();
  try {
    stop();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the relay ended with: " << error.what();
  }
  set_log_output(kLogToStandardError);
  ::close(log_output_);
  if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::cerr << "--- the end of the relay's log\n" << last_lines(log_file(), 80);
  }
}

void RelayInProcess::start() {
  relay_ = std::make_unique<Relay>(config_, faulty_disk_);
  if (const std::string fault = relay_->open(); !fault.empty()) throw std::runtime_error(fault);
  thread_ = std::thread([this] {
    try {
      relay_->run();
    } catch (...) {
      failure_ = std::current_exception();
    }
  });
}

void RelayInProcess::stop() {
  if (!thread_.joinable()) return;
  relay_->post([this] { relay_->stop(); });
  thread_.join();
  relay_.reset();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

std::vector<std::filesystem::path> RelayInProcess::files(const std::string& extension) const {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir())) {
    if (entry.path().extension() == "." + extension) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

InfoFields RelayInProcess::info() const {
  return parse_info(RedisClient(port()).require({"INFO", "everything"}).text);
}

std::string RelayInProcess::info_field(const std::string& name) const {
  const auto fields = info();
  const auto field = fields.find(name);
  if (field == fields.end()) throw std::runtime_error("INFO of the relay has no " + name);
  return field->second;
}

double RelayInProcess::metric(const std::string& name, const Labels& labels) const {
  const auto value = find_sample(get("/metrics").body, name, labels);
  if (!value) throw std::runtime_error("no metric " + name);
  return *value;
}

unsigned RelayInProcess::count_in_log(std::string_view text) const {
  return count_lines_with(log_file(), text);
}

void RelayInProcess::wait_for_log(std::string_view text) const {
  wait_until([&] { return count_in_log(text) > 0; }, kPatience,
             "\"" + std::string(text) + "\" in the relay's log");
}

void RelayInProcess::wait_until_serving() const {
  wait_until([this] { return metric("psync_relay_snapshots") == 1; }, kPatience,
             "a snapshot to serve");
}

void RelayInProcess::wait_until_degraded() const {
  wait_until([this] { return metric("psync_relay_storage_degraded") == 1; }, kPatience,
             "the failing disk being seen");
}

void RelayInProcess::wait_until_recovered() const {
  wait_until([this] { return metric("psync_relay_storage_degraded") == 0; }, kPatience,
             "the recovery of the disk");
  wait_until_durable();
}

void RelayInProcess::wait_until_durable() const {
  const std::uint64_t end = offset();
  wait_until([&] { return info_number("relay_log_durable_offset") >= end; }, kPatience,
             "the log being on the disk");
}

void wait_until_in_sync(RedisServer& master, const std::vector<RedisServer*>& replicas,
                        const RelayInProcess& relay) {
  const auto place_in = [](const InfoFields& info) {
    return info.at("master_replid") + ":" + info.at("master_repl_offset");
  };
  std::string masters;
  std::string relays;
  wait_until(
      [&] {
        masters = place_in(master.info());
        relays = place_in(relay.info());
        return relays == masters;
      },
      kPatience, [&] { return "the relay at " + masters + " (it is at " + relays + ")"; });
  wait_until_in_sync(master, replicas);
}

void flip_byte(const std::filesystem::path& file, std::uint64_t position) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto place = static_cast<std::streamoff>(position);
  stream.seekg(place);
  const int byte = stream.get();
  stream.seekp(place);
  stream.put(static_cast<char>(byte ^ 0x20));
  stream.close();
  if (!stream) throw std::runtime_error("cannot change a byte of " + file.string());
}

}  // namespace relay::test
