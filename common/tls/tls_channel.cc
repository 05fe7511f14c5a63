#include "common/tls/tls_channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the most that one holds
constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

bool is_address(const std::string& name) {
  ASN1_OCTET_STRING* const address = ::a2i_IPADDRESS(name.c_str());
  ASN1_OCTET_STRING_free(address);
  ERR_clear_error();
  return address != nullptr;
}

void expect(SSL* connection, const std::string& peer) {
  if (is_address(peer)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), peer.c_str());
    return;
  }
  // The function behind a macro that casts.
  SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(peer.c_str()));
  SSL_set1_host(connection, peer.c_str());
}

}  // namespace

void TlsChannel::Free::operator()(ssl_st* connection) const { SSL_free(connection); }

TlsChannel::TlsChannel(const TlsContext& context, int socket, const std::string& peer)
    : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)), connection_(SSL_new(context.native())) {
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  if (socket_ < 0 || !connection_ || in == nullptr || out == nullptr) {
    const std::string why = socket_ < 0 ? "no file descriptor is left" : "no memory is left";
    BIO_free(in);
    BIO_free(out);
    if (socket_ >= 0) ::close(socket_);
    throw TlsFault(TlsFault::Part::kConnection, why);
  }
  BIO_set_mem_eof_return(in, -1);
  BIO_set_mem_eof_return(out, -1);
  SSL_set_bio(connection_.get(), in, out);
  if (context.role() == TlsTerms::Role::kServer) {
    SSL_set_accept_state(connection_.get());
  } else {
    expect(connection_.get(), peer);
    SSL_set_connect_state(connection_.get());
  }
}

TlsChannel::~TlsChannel() { ::close(socket_); }

TlsChannel::Handshake TlsChannel::shake_hands() {
  const std::lock_guard lock(mutex_);
  SSL* const connection = connection_.get();
  while (true) {
    ERR_clear_error();
    const int done = SSL_do_handshake(connection);
    const int error = SSL_get_error(connection, done);
    if (done != 1 && error != SSL_ERROR_WANT_READ) {
      fail();
      pass_on();  // the alert that says so
      throw TlsFault(TlsFault::Part::kConnection, fault_);
    }
    pass_on();
    if (!send_waiting()) {
      if (errno == EAGAIN) return Handshake::kWrites;
      throw TlsFault(TlsFault::Part::kConnection, std::generic_category().message(errno));
    }
    if (done == 1) return Handshake::kDone;
    std::array<char, kRecord> buffer;
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return Handshake::kReads;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw TlsFault(TlsFault::Part::kConnection,
                     n == 0 ? "the peer closed the connection during the handshake"
                            : std::generic_category().message(errno));
    }
    BIO_write(SSL_get_rbio(connection), buffer.data(), static_cast<int>(n));
  }
}

ssize_t TlsChannel::send(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  std::size_t taken = 0;
  while (taken < bytes.size() && send_waiting()) {
    const std::size_t n = std::min(bytes.size() - taken, kRecord);
    ERR_clear_error();
    const int written = SSL_write(connection_.get(), bytes.data() + taken, static_cast<int>(n));
    if (written <= 0) return fail();
    taken += static_cast<std::size_t>(written);
    pass_on();
  }
  if (taken > 0 || bytes.empty()) return static_cast<ssize_t>(taken);
  return -1;  // with the errno of send_waiting()
}

ssize_t TlsChannel::receive(char* into, std::size_t room) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      const ssize_t n = decrypt(into, room);
      if (n >= 0 || errno != EAGAIN) return n;
    }
    // There is one reader, so nobody gets in between.
    thread_local std::array<char, kReadAtOnce> buffer;
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    // An end without the farewell of TLS is an end as well: a stream has no last byte that could be
    // cut off unseen.
    if (n <= 0) return n;
    const std::lock_guard lock(mutex_);
    BIO_write(SSL_get_rbio(connection_.get()), buffer.data(), static_cast<int>(n));
  }
}

// What has come; -1 with EAGAIN when there is less than a record.
ssize_t TlsChannel::decrypt(char* into, std::size_t room) {
  SSL* const connection = connection_.get();
  std::size_t given = 0;
  while (given < room) {
    ERR_clear_error();
    const int most = static_cast<int>(std::min<std::size_t>(room - given, 1U << 30));
    const int n = SSL_read(connection, into + given, most);
    if (n > 0) {
      given += static_cast<std::size_t>(n);
      continue;
    }
    const int error = SSL_get_error(connection, n);
    // An answer to a change of keys leaves with the next bytes, if not now.
    pass_on();
    if (given > 0) break;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error != SSL_ERROR_WANT_READ) return fail();
    errno = EAGAIN;
    return -1;
  }
  return static_cast<ssize_t>(given);
}

bool TlsChannel::flush() {
  const std::lock_guard lock(mutex_);
  return send_waiting();
}

void TlsChannel::say_end() {
  const std::lock_guard lock(mutex_);
  if (!SSL_is_init_finished(connection_.get())) return;
  SSL_shutdown(connection_.get());
  ERR_clear_error();
  pass_on();
}

// What OpenSSL has written goes to the socket; what that has no room for waits.
void TlsChannel::pass_on() {
  BIO* const out = SSL_get_wbio(connection_.get());
  char* bytes = nullptr;
  const long written = BIO_get_mem_data(out, &bytes);
  std::string_view left(bytes, written > 0 ? static_cast<std::size_t>(written) : 0);
  while (waiting_.empty() && !left.empty()) {
    const ssize_t n = ::send(socket_, left.data(), left.size(), kFlags);
    if (n >= 0) {
      left.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      break;  // the next send_waiting() says why
    }
  }
  waiting_ += left;
  BIO_reset(out);
}

bool TlsChannel::send_waiting() {
  while (gone_ < waiting_.size()) {
    const ssize_t n = ::send(socket_, waiting_.data() + gone_, waiting_.size() - gone_, kFlags);
    if (n >= 0) {
      gone_ += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return false;
    }
  }
  waiting_.clear();
  gone_ = 0;
  return true;
}

ssize_t TlsChannel::fail() {
  fault_ = reason();
  errno = EPROTO;
  return -1;
}

std::string TlsChannel::reason() {
  const long verified = SSL_get_verify_result(connection_.get());
  const unsigned long error = ERR_peek_last_error();
  const std::string text = tls_reason();
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    const int what = ERR_GET_REASON(error);
    if (what == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK) {
      return std::string("the peer's certificate is refused: ") +
             X509_verify_cert_error_string(verified);
    }
    if (what == SSL_R_WRONG_VERSION_NUMBER || what == SSL_R_HTTP_REQUEST) {
      return "the peer does not speak TLS here (" + text + ")";
    }
    if (what == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
      return "the peer shows no certificate";
    }
  }
  return text.empty() ? "the connection broke" : text;
}

std::string TlsChannel::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

std::string TlsChannel::version() const {
  const std::lock_guard lock(mutex_);
  return SSL_get_version(connection_.get());
}

}  // namespace relay
