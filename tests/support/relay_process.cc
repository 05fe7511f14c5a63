#include "tests/support/relay_process.h"

#include "tests/support/text_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace relay::test {

namespace {

// A test must not wait for the back-off that spares a real master.
const std::vector<std::string> kImpatient = {"upstream.backoff-min=20ms",
                                             "upstream.backoff-max=200ms"};

}  // namespace

std::string relay_binary() {
  const char* given = std::getenv("PSYNC_TEST_RELAY");
  return given != nullptr ? given : RELAY_BINARY;
}

RelayProcess::RelayProcess(RelayOptions options) : options_(std::move(options)) {
  std::filesystem::create_directory(data_dir());
  start();
}

RelayProcess::~RelayProcess() {
  process_->kill();
  check_for_sanitizer_reports();
  if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::cerr << "--- the end of the relay's log\n" << last_lines(log_file(), 60);
  }
}

void RelayProcess::lose_data() {
  std::filesystem::remove_all(data_dir());
  std::filesystem::create_directory(data_dir());
}

std::filesystem::path RelayProcess::data_dir_from_outside() const {
  return "/proc/" + std::to_string(process_->pid()) + "/root" + data_dir().string();
}

std::vector<std::string> RelayProcess::command_line() const {
  std::vector<std::string> argv = {relay_binary(),
                                   "--listen",
                                   address() + ":" + std::to_string(port()),
                                   "--http",
                                   address() + ":" + std::to_string(http_port()),
                                   "--data-dir",
                                   data_dir().string()};
  if (options_.upstream_port != 0) {
    argv.insert(argv.end(), {"--upstream", options_.upstream_address + ":" +
                                               std::to_string(options_.upstream_port)});
  }
  for (const auto* settings : {&kImpatient, &options_.settings}) {
    for (const auto& setting : *settings) argv.insert(argv.end(), {"--set", setting});
  }
  argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
  return argv;
}

void RelayProcess::start() {
  kept_.reset();
  Program program;
  program.argv = command_line();
  program.output = log_file();
  program.directory = dir_.path();
  // Freed memory that AddressSanitizer keeps aside would be counted as the relay's own.
  program.environment = {{"ASAN_OPTIONS", "quarantine_size_mb=4:detect_leaks=1"}};
  program.environment.insert(program.environment.end(), options_.environment.begin(),
                             options_.environment.end());
  if (options_.pod) program.network = options_.pod->network();
  if (options_.disk_bytes) program.filesystem = SmallFilesystem{data_dir(), *options_.disk_bytes};
  process_ = std::make_unique<ChildProcess>(program);
  wait_until(
      [this] {
        if (!process_->is_running()) return true;
        const bool answers = !options_.plain || client().command({"PING"}).text == "PONG";
        return answers && get("/livez").status == 200;
      },
      kPatience, "the relay listening");
  if (!process_->is_running()) {
    throw std::runtime_error("the relay has ended at once:\n" + last_lines(log_file(), 10));
  }
}

void RelayProcess::kill() {
  kept_.reset();
  process_->kill();
}

ExitStatus RelayProcess::stop() {
  kept_.reset();
  process_->send_signal(SIGTERM);
  return process_->wait();
}

void RelayProcess::wait_until_streaming() {
  wait_until([this] { return info_field("master_link_status") == "up"; }, kPatience,
             "the relay's link to its master");
}

Reply RelayProcess::command(const Words& words) {
  try {
    if (!kept_) kept_.emplace(client());
    return kept_->require(words);
  } catch (const std::exception&) {
    kept_.reset();  // the relay may have closed it, or a late reply would answer the next command
    throw;
  }
}

InfoFields RelayProcess::info() { return parse_info(command({"INFO", "everything"}).text); }

std::string RelayProcess::info_field(const std::string& name) {
  const auto fields = info();
  const auto field = fields.find(name);
  if (field == fields.end()) throw std::runtime_error("INFO of the relay has no " + name);
  return field->second;
}

void RelayProcess::wait_until_durable() {
  const std::uint64_t end = offset();
  wait_until([&] { return info_number("relay_log_durable_offset") >= end; }, kPatience,
             "the log being on the disk");
}

void RelayProcess::follow(std::uint16_t port) {
  command({"REPLICAOF", "127.0.0.1", std::to_string(port)});
}

double RelayProcess::metric(const std::string& name, const Labels& labels) const {
  const auto value = find_sample(get("/metrics").body, name, labels);
  if (!value) throw std::runtime_error("no metric " + name);
  return *value;
}

unsigned RelayProcess::count_in_log(std::string_view text) const {
  return count_lines_with(log_file(), text);
}

void RelayProcess::wait_for_log(std::string_view text) const {
  wait_until([&] { return is_in_log(text); }, kPatience,
             "\"" + std::string(text) + "\" in the relay's log");
}

void RelayProcess::check_for_sanitizer_reports() const {
  for (const char* sign : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                           "runtime error:", "WARNING: ThreadSanitizer"}) {
    if (is_in_log(sign)) ADD_FAILURE() << sign << " in the relay's log\n" << read_text(log_file());
  }
}

}  // namespace relay::test
