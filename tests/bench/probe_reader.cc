#include "tests/bench/probe_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace relay::bench {
namespace {

constexpr std::size_t kReadSize = 1 << 20;

std::string digits_of(std::uint64_t number) {
  std::string text = std::to_string(number);
  return std::string(kProbeDigits - text.size(), '0') + text;
}

// What stands in the stream just before the digits.
const std::string& sign() {
  static const std::string text = [] {
    std::string whole = probe_command(0);
    return whole.substr(whole.find(kProbeKey), kProbeKey.size() + std::strlen("\r\n$20\r\n"));
  }();
  return text;
}

}  // namespace

std::string probe_command(std::uint64_t written_at) {
  return command("SET", kProbeKey, digits_of(written_at));
}

ProbeReader::ProbeReader(const Socket& socket) : fd_(socket.fd()), thread_([this] { run(); }) {}

ProbeReader::~ProbeReader() {
  ::shutdown(fd_, SHUT_RDWR);
  thread_.join();
}

std::vector<std::uint64_t> ProbeReader::take_latencies() {
  std::vector<std::uint64_t> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(latencies_);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

void ProbeReader::run() {
  std::vector<char> bytes(kReadSize);
  std::size_t kept = 0;  // of what was read before: a probe may have been cut by the reads
  const std::size_t most_kept = sign().size() + kProbeDigits - 1;
  while (true) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) break;
    const ssize_t n = ::recv(fd_, bytes.data() + kept, bytes.size() - kept, 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) break;
    const std::uint64_t arrived_at = now_nanoseconds();
    const std::size_t size = kept + static_cast<std::size_t>(n);
    find({bytes.data(), size}, arrived_at);
    bytes_ += static_cast<std::uint64_t>(n);
    kept = std::min(size, most_kept);
    std::memmove(bytes.data(), bytes.data() + size - kept, kept);
  }
  has_ended_ = true;
}

void ProbeReader::find(std::string_view bytes, std::uint64_t arrived_at) {
  while (true) {
    const void* at = ::memmem(bytes.data(), bytes.size(), sign().data(), sign().size());
    if (at == nullptr) return;
    const auto place = static_cast<std::size_t>(static_cast<const char*>(at) - bytes.data());
    if (bytes.size() - place < sign().size() + kProbeDigits) return;
    const std::string digits(bytes.substr(place + sign().size(), kProbeDigits));
    const std::uint64_t written_at = std::stoull(digits);
    bytes.remove_prefix(place + sign().size() + kProbeDigits);
    const std::lock_guard lock(mutex_);
    latencies_.push_back(arrived_at - written_at);
  }
}

}  // namespace relay::bench
