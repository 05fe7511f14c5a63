// A relay for tests of the API: shows what it is given, and keeps what it was asked to do.
#pragma once

#include "proxy/control/control_host.h"

#include <string>
#include <utility>
#include <vector>

namespace relay {

struct FakeHost final : ControlHost {
  Status shown;
  LogDetail detail;
  std::vector<ShownKey> keys;
  std::vector<std::string> stuck;
  std::string file;  // the snapshot; empty: there is none
  bool file_breaks = false;
  std::string refusal;              // of every change
  std::vector<std::string> wanted;  // what was asked for, in words
  ReloadOutcome outcome;

  Status status() const override { return shown; }
  LogDetail log_detail() const override { return detail; }
  std::vector<ShownKey> shown_config() const override { return keys; }
  std::string recent_series() const override { return "{}"; }
  std::vector<std::string> stuck_loops() const override { return stuck; }
  std::optional<SnapshotFile> snapshot_file() const override {
    if (file.empty()) return std::nullopt;
    SnapshotFile found;
    found.name = "snapshot-7.rdb";
    found.tag = "id-7";
    found.size = file.size();
    found.read = [this](std::uint64_t at, std::size_t most) { return piece(at, most); };
    return found;
  }

  std::string follow(const std::string& host, std::uint16_t port) override {
    return asked("follow " + host + " " + std::to_string(port));
  }
  std::string reconnect() override { return asked("reconnect"); }
  std::string resync() override { return asked("resync"); }
  std::string refresh_snapshot() override { return asked("snapshot"); }
  bool disconnect(std::uint64_t replica) override {
    asked("disconnect " + std::to_string(replica));
    return replica == 7;
  }
  std::string drain(std::optional<std::chrono::milliseconds> timeout) override {
    return asked("drain " + (timeout ? std::to_string(timeout->count()) : "-"));
  }
  std::string undrain() override { return asked("undrain"); }
  void shut_down() override { asked("shutdown"); }
  boost::asio::awaitable<ReloadOutcome> reload() override {
    asked("reload");
    co_return outcome;
  }
  boost::asio::awaitable<ReloadOutcome> check_config(std::string text) override {
    asked("check " + text);
    co_return outcome;
  }

 private:
  std::string asked(std::string what) {
    wanted.push_back(std::move(what));
    return refusal;
  }
  boost::asio::awaitable<Result<std::string>> piece(std::uint64_t at, std::size_t most) const {
    if (file_breaks && at > 0) {
      co_return Result<std::string>(make_error_code(boost::system::errc::io_error));
    }
    co_return Result<std::string>(file.substr(at, std::min<std::size_t>(most, 1000)));
  }
};

}  // namespace relay
