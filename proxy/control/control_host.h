// What the HTTP API needs from beyond this folder: the picture, and the hands of an operator. The
// relay is one; the tests' fake is the other.
//
//  (1) What reads never waits. What changes something either is done when the call returns, or has
//      begun and goes on by itself.
//  (2) A refusal is a sentence, for the operator; an empty one means that it was done.
//
// Threading: the control executor.
#pragma once

#include "proxy/control/http_message.h"
#include "proxy/status/log_detail.h"
#include "proxy/status/status.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay {

// A key of the configuration as it may be shown: a secret is "***".
struct ShownKey {
  std::string key;
  std::string value;
  std::string default_value;
  std::string source;
  bool reloadable = true;
};

// What a reload has done, or would do.
struct ReloadOutcome {
  std::vector<std::string> applied;
  std::vector<std::string> restart_required;
  std::vector<std::string> errors;  // not empty: nothing was taken
  std::vector<std::string> warnings;
};

struct SnapshotFile {
  std::string name;  // "snapshot-123.rdb"
  std::string tag;   // another one has another
  std::uint64_t size = 0;
  // As of a Download.
  std::function<boost::asio::awaitable<Result<std::string>>(std::uint64_t at, std::size_t most)>
      read;
};

class ControlHost {
 public:
  virtual ~ControlHost() = default;

  virtual Status status() const = 0;
  virtual LogDetail log_detail() const = 0;
  virtual std::vector<ShownKey> shown_config() const = 0;
  virtual std::string recent_series() const = 0;  // JSON
  // Event loops that have not turned for too long, by name.
  virtual std::vector<std::string> stuck_loops() const = 0;
  // None: there is no whole snapshot.
  virtual std::optional<SnapshotFile> snapshot_file() const = 0;

  virtual std::string follow(const std::string& host, std::uint16_t port) = 0;
  virtual std::string reconnect() = 0;
  virtual std::string resync() = 0;
  virtual std::string refresh_snapshot() = 0;
  virtual bool disconnect(std::uint64_t replica) = 0;  // false: there is none with this id
  // None: as long as a stop may take.
  virtual std::string drain(std::optional<std::chrono::milliseconds> timeout) = 0;
  virtual std::string undrain() = 0;
  virtual void shut_down() = 0;
  virtual boost::asio::awaitable<ReloadOutcome> reload() = 0;
  virtual boost::asio::awaitable<ReloadOutcome> check_config(std::string text) = 0;
};

}  // namespace relay
