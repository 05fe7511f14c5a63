#include "tests/support/redis_server.h"

#include "tests/support/text_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace relay::test {

namespace {

std::string program_name() {
  const char* given = std::getenv("PSYNC_TEST_REDIS_SERVER");
  return given != nullptr ? given : "redis-server";
}

std::string config_text(std::uint16_t port, const std::filesystem::path& dir,
                        const RedisOptions& options, const std::vector<std::string>& more) {
  std::string text = (options.pod ? "bind 0.0.0.0\nprotected-mode no" : "bind 127.0.0.1") +
                     std::string("\nport ") + std::to_string(port) + "\ndir " + dir.string() +
                     "\nsave \"\"\nappendonly no\nenable-debug-command yes\n"
                     "repl-diskless-sync yes\nrepl-diskless-sync-delay 0\n"
                     "rdbcompression no\nrepl-backlog-size 256mb\nrepl-ping-replica-period 1\n";
  if (!options.password.empty()) text += "requirepass " + options.password + "\n";
  for (const auto& line : options.config) text += line + "\n";
  for (const auto& line : more) text += line + "\n";
  return text;
}

}  // namespace

RedisServer::RedisServer(std::string name, RedisOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
  start();
}

RedisServer::~RedisServer() {
  if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::cerr << "--- the end of the log of " << name_ << "\n" << last_lines(log_file(), 20);
  }
}

void RedisServer::start(const std::vector<std::string>& more_config) {
  kept_.reset();
  const auto config = dir_ / "redis.conf";
  write_text(config, config_text(port(), dir_.path(), options_, more_config));
  Program program;
  program.argv = {program_name(), config.string()};
  program.output = log_file();
  if (options_.pod) program.network = options_.pod->network();
  process_ = std::make_unique<ChildProcess>(program);
  wait_until(
      [this] {
        if (!process_->is_running()) return true;
        return !client().command({"PING"}).is_error();
      },
      kPatience, name_ + " answering");
  if (!process_->is_running()) throw std::runtime_error(name_ + " has ended at once");
}

void RedisServer::kill() {
  kept_.reset();
  process_->kill();
}

void RedisServer::shut_down(bool save) {
  client().send(to_request({"SHUTDOWN", save ? "SAVE" : "NOSAVE"}));
  process_->wait();
  kept_.reset();
}

void RedisServer::pause() { process_->send_signal(SIGSTOP); }

void RedisServer::resume() { process_->send_signal(SIGCONT); }

Reply RedisServer::command(const Words& words) {
  try {
    if (!kept_) kept_.emplace(client());
    return kept_->require(words);
  } catch (const std::exception&) {
    kept_.reset();  // it may be closed, or a late reply would answer the next command
    throw;
  }
}

InfoFields RedisServer::info() { return parse_info(command({"INFO", "everything"}).text); }

std::string RedisServer::info_field(const std::string& name) {
  const auto fields = info();
  const auto field = fields.find(name);
  if (field == fields.end()) throw std::runtime_error("INFO of " + name_ + " has no " + name);
  return field->second;
}

unsigned RedisServer::full_syncs_taken() const {
  return count_lines_with(log_file(), "Full resync from master");
}

std::string RedisServer::digest() { return command({"DEBUG", "DIGEST"}).text; }

void RedisServer::populate(const std::string& prefix, unsigned keys, std::size_t value_bytes) {
  constexpr unsigned kBatch = 50;
  auto writer = client();
  for (unsigned done = 0; done < keys;) {
    const unsigned batch = std::min(kBatch, keys - done);
    std::string requests;
    for (unsigned i = 0; i < batch; ++i, ++done) {
      const auto name = prefix + ":" + std::to_string(done);
      std::string value = name;
      value.resize(value_bytes, static_cast<char>('a' + done % 26));
      requests += to_request({"SET", name, value});
    }
    writer.send(requests);
    for (unsigned i = 0; i < batch; ++i) writer.receive();
  }
}

void RedisServer::follow(std::uint16_t port, const std::string& address) {
  command({"REPLICAOF", address, std::to_string(port)});
}

void RedisServer::follow_nobody() { command({"REPLICAOF", "NO", "ONE"}); }

bool RedisServer::is_linked() { return info_field("master_link_status") == "up"; }

}  // namespace relay::test
