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
constexpr std::size_t kSendAtOnce = 4 * kRecord;
constexpr std::size_t kMostAdded = 1024;  // to that, by the encryption
constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

long control(BIO* /*bio*/, int what, long /*number*/, void* /*pointer*/) {
  return what == BIO_CTRL_FLUSH ? 1 : 0;
}

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

int TlsChannel::read_arrived(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  std::string_view& arrived = static_cast<Ends*>(BIO_get_data(bio))->arrived;
  const std::size_t n = arrived.copy(into, static_cast<std::size_t>(size));
  arrived.remove_prefix(n);
  if (n > 0) return static_cast<int>(n);
  BIO_set_retry_read(bio);
  return -1;
}

int TlsChannel::write_waiting(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  static_cast<Ends*>(BIO_get_data(bio))->waiting.append(bytes, static_cast<std::size_t>(size));
  return size;
}

// OpenSSL's own BIO in memory keeps its buffer, and clears all of it each time.
const BIO_METHOD* TlsChannel::method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
    if (made == nullptr) return made;
    BIO_meth_set_read(made, read_arrived);
    BIO_meth_set_write(made, write_waiting);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

TlsChannel::TlsChannel(const TlsContext& context, int socket, const std::string& peer)
    : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)),
      connection_(SSL_new(context.native())),
      at_once_(kRecord) {
  BIO* const both = method() != nullptr ? BIO_new(method()) : nullptr;
  if (socket_ < 0 || !connection_ || both == nullptr) {
    const std::string why = socket_ < 0 ? "no file descriptor is left" : "no memory is left";
    BIO_free(both);
    if (socket_ >= 0) ::close(socket_);
    throw TlsFault(TlsFault::Part::kConnection, why);
  }
  BIO_set_data(both, &ends_);
  BIO_set_init(both, 1);
  SSL_set_bio(connection_.get(), both, both);
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
  std::array<char, kRecord> buffer;
  while (true) {
    ERR_clear_error();
    const int done = SSL_do_handshake(connection_.get());
    const int error = SSL_get_error(connection_.get(), done);
    // What follows the handshake may have come with its end.
    rest_ = ends_.arrived;
    ends_.arrived = {};
    if (done != 1 && error != SSL_ERROR_WANT_READ) {
      fail();
      send_waiting();  // the alert that says so
      throw TlsFault(TlsFault::Part::kConnection, fault_);
    }
    if (!send_waiting()) {
      if (errno == EAGAIN) return Handshake::kWrites;
      throw TlsFault(TlsFault::Part::kConnection, std::generic_category().message(errno));
    }
    if (done == 1) return Handshake::kDone;
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return Handshake::kReads;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw TlsFault(TlsFault::Part::kConnection,
                     n == 0 ? "the peer closed the connection during the handshake"
                            : std::generic_category().message(errno));
    }
    ends_.arrived = {buffer.data(), static_cast<std::size_t>(n)};
  }
}

ssize_t TlsChannel::send(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  std::size_t taken = 0;
  while (taken < bytes.size() && send_waiting()) {
    const std::size_t n = std::min(bytes.size() - taken, at_once_);
    ends_.waiting.reserve(n + kMostAdded);
    ERR_clear_error();
    const int written = SSL_write(connection_.get(), bytes.data() + taken, static_cast<int>(n));
    if (written <= 0) return fail();
    taken += static_cast<std::size_t>(written);
    at_once_ = send_waiting() ? kSendAtOnce : kRecord;
  }
  if (taken > 0 || bytes.empty()) return static_cast<ssize_t>(taken);
  return -1;  // with the errno of send_waiting()
}

ssize_t TlsChannel::receive(char* into, std::size_t room) {
  {
    const std::lock_guard lock(mutex_);
    const ssize_t n = take(rest_, into, room);
    if (n >= 0 || errno != EAGAIN) return n;
  }
  while (true) {
    // There is one reader, so nobody gets in between.
    thread_local std::array<char, kReadAtOnce> buffer;
    ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    // An end without the farewell of TLS is an end as well: a stream has no last byte that could be
    // cut off unseen.
    if (n <= 0) return n;
    const std::lock_guard lock(mutex_);
    n = take({buffer.data(), static_cast<std::size_t>(n)}, into, room);
    if (n >= 0 || errno != EAGAIN) return n;
  }
}

// -1 with EAGAIN: all of it is OpenSSL's, and nothing is left.
ssize_t TlsChannel::take(std::string_view arrived, char* into, std::size_t room) {
  ends_.arrived = arrived;
  const ssize_t n = decrypt(into, room);
  const int error = errno;
  std::string rest(ends_.arrived);
  rest_.swap(rest);
  ends_.arrived = {};
  send_waiting();  // an answer to a change of keys; it leaves with the next bytes, if not now
  errno = error;
  return n;
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
  send_waiting();
}

// False with errno: some of it still waits.
bool TlsChannel::send_waiting() {
  std::string& waiting = ends_.waiting;
  while (gone_ < waiting.size()) {
    const ssize_t n = ::send(socket_, waiting.data() + gone_, waiting.size() - gone_, kFlags);
    if (n >= 0) {
      gone_ += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return false;
    }
  }
  std::string().swap(waiting);  // an assignment would keep the room
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
