// Two channels over a pair of sockets, for the tests of this folder.
#pragma once

#include "common/tls/tls_channel.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace relay::test {

struct Pair {
  explicit Pair(int buffer = 0) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    for (const int end : ends) {
      if (buffer > 0) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    }
  }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  std::array<int, 2> ends{};
};

class TlsBench {
 public:
  TlsBench() : ca(dir.path(), "ca") {
    const CertificateFiles files = ca.issue("server", "DNS:master.example,IP:127.0.0.1");
    server_terms = terms(TlsTerms::Role::kServer, TlsTerms::Peer::kAny, files);
    client_terms.role = TlsTerms::Role::kClient;
    client_terms.ca = read_text(ca.file());
  }

  TlsTerms terms(TlsTerms::Role role, TlsTerms::Peer peer, const CertificateFiles& files) const {
    return {role, peer, read_text(ca.file()), read_text(files.certificate), read_text(files.key)};
  }

  TempDir dir;
  Authority ca;
  TlsTerms server_terms;
  TlsTerms client_terms;
};

// Until both are done; throws what one of them throws.
inline void shake_hands(TlsChannel& a, TlsChannel& b) {
  bool a_done = false;
  bool b_done = false;
  while (!a_done || !b_done) {
    if (!a_done) a_done = a.shake_hands() == TlsChannel::Handshake::kDone;
    if (!b_done) b_done = b.shake_hands() == TlsChannel::Handshake::kDone;
  }
}

}  // namespace relay::test
