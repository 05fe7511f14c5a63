#include "common/io/stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>

namespace relay {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

error_code error_of(int error) { return {error, boost::system::system_category()}; }

[[noreturn]] void fail(const TlsChannel& channel, int error) {
  if (error == EPROTO) throw TlsFault(TlsFault::Part::kConnection, channel.fault());
  throw system_error(error_of(error));
}

}  // namespace

asio::awaitable<void> Stream::readable() {
  co_await socket_.async_wait(Socket::wait_read, asio::use_awaitable);
}

asio::awaitable<void> Stream::writable() {
  co_await socket_.async_wait(Socket::wait_write, asio::use_awaitable);
}

asio::awaitable<void> Stream::secure(const TlsContext& context, std::string peer) {
  tls_ = std::make_shared<TlsChannel>(context, socket_.native_handle(), peer);
  while (true) {
    switch (tls_->shake_hands()) {
      case TlsChannel::Handshake::kDone:
        co_return;
      case TlsChannel::Handshake::kReads:
        co_await readable();
        break;
      case TlsChannel::Handshake::kWrites:
        co_await writable();
        break;
    }
  }
}

asio::awaitable<std::size_t> Stream::read_some(std::span<char> into) {
  if (!tls_) {
    co_return co_await socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                               asio::use_awaitable);
  }
  while (true) {
    const ssize_t n = tls_->receive(into.data(), into.size());
    const int error = errno;
    if (n > 0) co_return static_cast<std::size_t>(n);
    if (n == 0) throw system_error(asio::error::eof);
    if (error != EAGAIN) fail(*tls_, error);
    co_await readable();
  }
}

asio::awaitable<void> Stream::write_all(std::string_view bytes) {
  if (!tls_) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
    co_return;
  }
  while (!bytes.empty()) {
    const ssize_t n = tls_->send(bytes);
    const int error = errno;
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (error == EAGAIN) {
      co_await writable();
    } else {
      fail(*tls_, error);
    }
  }
  co_await flush();
}

asio::awaitable<std::string_view> Stream::read_shared(error_code& error) {
  thread_local std::array<char, 16 * 1024> buffer;
  while (true) {
    if (tls_) {
      // What was decrypted already does not make the socket readable.
      const ssize_t n = tls_->receive(buffer.data(), buffer.size());
      const int failure = errno;
      error = n > 0 ? error_code() : n == 0 ? error_code(asio::error::eof) : error_of(failure);
      if (n >= 0 || failure != EAGAIN) {
        co_return std::string_view(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
      }
    }
    co_await socket_.async_wait(Socket::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::string_view();
    if (tls_) continue;
    socket_.non_blocking(true, error);
    const std::size_t n = socket_.read_some(asio::buffer(buffer), error);
    if (error != asio::error::would_block) {
      co_return std::string_view(buffer.data(), error ? 0 : n);
    }
  }
}

asio::awaitable<void> Stream::flush() {
  while (tls_ && !tls_->flush()) {
    const int error = errno;
    if (error != EAGAIN) fail(*tls_, error);
    co_await writable();
  }
}

void Stream::end_sending() {
  if (tls_) tls_->say_end();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::end() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
}

void Stream::close() {
  if (tls_) {
    tls_->say_end();
    end();
  }
  // The channel stays: somebody may be about to read.
  error_code ignored;
  socket_.close(ignored);
}

void Stream::renew() {
  close();
  tls_.reset();
}

}  // namespace relay
