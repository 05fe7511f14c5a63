#include "tests/support/tap_proxy.h"

#include <algorithm>
#include <limits>

namespace relay::test {

namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kPiece = 64 * 1024;
constexpr auto kPollInterval = 5ms;

}  // namespace

TapProxy::TapProxy(std::uint16_t target_port)
    : target_port_(target_port),
      stall_after_(kNever),
      cut_after_(kNever),
      accept_thread_([this] { accept_loop(); }) {}

TapProxy::~TapProxy() {
  is_stopping_ = true;
  accept_thread_.join();
  cut();
  for (auto& connection : connections_) {
    connection->up_thread.join();
    connection->down_thread.join();
  }
}

void TapProxy::Connection::close() {
  is_open = false;
  replica.shutdown();
  master.shutdown();
}

std::vector<TapProxy::Recording> TapProxy::recordings() const {
  const std::lock_guard lock(mutex_);
  std::vector<Recording> result;
  for (const auto& connection : connections_) {
    const std::lock_guard connection_lock(connection->mutex);
    result.push_back(connection->recording);
    result.back().is_open = connection->is_open;
  }
  return result;
}

unsigned TapProxy::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<unsigned>(connections_.size());
}

std::uint64_t TapProxy::down_bytes() const {
  const std::lock_guard lock(mutex_);
  return connections_.empty() ? 0 : connections_.back()->down_bytes.load();
}

void TapProxy::stall_after(std::optional<std::uint64_t> bytes) {
  stall_after_ = bytes.value_or(kNever);
}

void TapProxy::cut_after(std::optional<std::uint64_t> bytes) {
  cut_after_ = bytes.value_or(kNever);
}

void TapProxy::cut() {
  const std::lock_guard lock(mutex_);
  for (auto& connection : connections_) connection->close();
  ended_.notify_all();
}

void TapProxy::accept_loop() {
  while (!is_stopping_) {
    auto replica = listener_.accept(kPollInterval);
    if (!replica || is_refusing_) continue;
    try {
      auto connection =
          std::make_unique<Connection>(std::move(*replica), Socket::connect_to(target_port_));
      auto& started = *connection;
      const std::lock_guard lock(mutex_);
      connections_.push_back(std::move(connection));
      started.up_thread = std::thread([this, &started] { pass_up(started); });
      started.down_thread = std::thread([this, &started] { pass_down(started); });
    } catch (const std::exception&) {
      // The target is down; so is the connection that was meant for it.
    }
  }
}

void TapProxy::pass_up(Connection& connection) {
  try {
    std::vector<char> buffer(kPiece);
    while (!is_stopping_ && connection.is_open) {
      if (!connection.replica.is_readable(kPollInterval)) continue;
      const auto count = connection.replica.receive(buffer.data(), buffer.size());
      if (count == 0) break;
      const std::string_view bytes(buffer.data(), count);
      if (is_recording_) {
        const std::lock_guard lock(connection.mutex);
        connection.recording.up += bytes;
      }
      connection.master.send_all(bytes);
    }
  } catch (const std::exception&) {
    // One side is gone: so is the other.
  }
  connection.close();
}

std::optional<std::size_t> TapProxy::wait_for_leave(const Connection& connection) const {
  while (!is_stopping_ && connection.is_open) {
    const auto passed = connection.down_bytes.load();
    if (passed >= cut_after_) return std::nullopt;
    if (!is_stalled_ && passed < stall_after_) {
      return std::min<std::uint64_t>({kPiece, cut_after_ - passed, stall_after_ - passed});
    }
    rest(kPollInterval, connection);
  }
  return std::nullopt;
}

void TapProxy::rest(std::chrono::nanoseconds most, const Connection& connection) const {
  std::unique_lock lock(resting_);
  ended_.wait_for(lock, most, [&] { return is_stopping_ || !connection.is_open; });
}

void TapProxy::pass_down(Connection& connection) {
  try {
    std::vector<char> buffer(kPiece);
    while (const auto leave = wait_for_leave(connection)) {
      if (!connection.master.is_readable(kPollInterval)) continue;
      const auto rate = rate_.load();
      const auto size = rate == 0 ? *leave : std::min<std::size_t>(*leave, rate / 100 + 1);
      const auto count = connection.master.receive(buffer.data(), size);
      if (count == 0) break;
      const std::string_view bytes(buffer.data(), count);
      if (is_recording_) {
        const std::lock_guard lock(connection.mutex);
        connection.recording.down += bytes;
      }
      connection.replica.send_all(bytes);
      connection.down_bytes += count;
      if (rate != 0) rest(1s * count / rate, connection);
    }
  } catch (const std::exception&) {
    // One side is gone: so is the other.
  }
  connection.close();
}

}  // namespace relay::test
