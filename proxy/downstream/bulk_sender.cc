#include "proxy/downstream/bulk_sender.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace relay {
namespace {

ErrorCode system_error(int error) { return {error, boost::system::system_category()}; }

// sendfile() says in one errno what failed at either end.
bool is_of_the_file(int error) { return error == EIO || error == EOVERFLOW; }

}  // namespace

BulkSender::BulkSender(int socket, std::shared_ptr<TlsChannel> tls)
    : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)), tls_(std::move(tls)) {
  if (socket_ < 0) no_socket_ = system_error(errno);
}

BulkSender::~BulkSender() {
  if (socket_ >= 0) ::close(socket_);
}

BulkSender::Outcome BulkSender::send_file(File& file, std::uint64_t position,
                                          std::uint64_t at_most) {
  Outcome outcome;
  outcome.send_error = no_socket_;
  std::optional<int> descriptor = tls_ ? std::nullopt : file.descriptor();
  while (outcome.sent < at_most && !outcome.blocked && !outcome.send_error) {
    const std::uint64_t at = position + outcome.sent;
    const std::uint64_t left = at_most - outcome.sent;
    if (!descriptor) {
      thread_local std::array<char, 64 * 1024> buffer;
      const auto n = file.read_at(
          at, std::span<char>(buffer.data(), std::min<std::uint64_t>(left, buffer.size())));
      if (!n || *n == 0) {
        outcome.read_error = n ? system_error(ENODATA) : n.error();
        break;
      }
      send_some(std::string_view(buffer.data(), *n), outcome);
      continue;
    }
    auto from = static_cast<off_t>(at);
    const ssize_t n = ::sendfile(socket_, *descriptor, &from, left);
    if (n > 0) {
      outcome.sent += static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      outcome.read_error = system_error(ENODATA);  // shorter than it was said to be
      break;
    } else if (errno == EAGAIN) {
      outcome.blocked = true;
    } else if (errno == EINVAL || errno == ENOSYS) {
      descriptor.reset();  // a file system that cannot
    } else if (is_of_the_file(errno)) {
      outcome.read_error = system_error(errno);
      break;
    } else if (errno != EINTR) {
      outcome.send_error = system_error(errno);
    }
  }
  return outcome;
}

BulkSender::Outcome BulkSender::send_log(ColdReader& reader, const std::string& path, Offset base,
                                         Offset at, Offset limit, std::uint64_t at_most) {
  Outcome outcome;
  outcome.send_error = no_socket_;
  while (outcome.sent < at_most && !outcome.blocked && !outcome.send_error) {
    const Offset from = at + outcome.sent;
    if (from >= limit) break;
    const Result<std::string_view> bytes = reader.view(path, base, from, limit);
    if (!bytes) {
      outcome.read_error = bytes.error();
      break;
    }
    offered_.store((from + bytes->size()).bytes(), std::memory_order_release);
    send_some(*bytes, outcome);
  }
  return outcome;
}

ssize_t BulkSender::send_now(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  return ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// As much of it as the socket takes.
void BulkSender::send_some(std::string_view bytes, Outcome& outcome) {
  while (!bytes.empty()) {
    const ssize_t n = send_now(bytes);
    if (n >= 0) {
      outcome.sent += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      outcome.blocked = true;
      return;
    } else if (errno != EINTR) {
      outcome.send_error = system_error(errno);
      return;
    }
  }
}

}  // namespace relay
