// One TLS connection on a non-blocking socket, with the calls of one: send() and receive() take and
// give what is possible now, and say EAGAIN where nothing is.
//
//  (1) The peer gets the bytes that send() has taken, in order, each once; receive() gives what the
//      peer sent, likewise.
//  (2) What send() has taken is encrypted. Of that, a few records at most wait here for room in the
//      socket, and one where the socket had no room before; while some do, send() takes nothing
//      more. Whoever has sent his last byte calls flush() until nothing waits.
//  (3) It has a descriptor of its own for the socket: closing the other one ends nothing, a
//      shutdown() does.
//  (4) Nothing here waits for the peer.
//  (5) A connection that is idle holds no buffer.
//
// Threading: any; one thread may send while another receives.
#pragma once

#include "common/tls/tls_context.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>

struct bio_st;
struct bio_method_st;
struct ssl_st;

namespace relay {

class TlsChannel {
 public:
  // `peer` is the name or the address that the certificate of a server must have; not used as one.
  TlsChannel(const TlsContext& context, int socket, const std::string& peer);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  // To be called until it is done, when the socket can be read (or written).
  enum class Handshake { kDone, kReads, kWrites };
  Handshake shake_hands();  // throws TlsFault

  // As ::send() and ::recv(): bytes, or -1 and errno; receive() gives 0 at the end. EPROTO: fault()
  // says why.
  ssize_t send(std::string_view bytes);
  ssize_t receive(char* into, std::size_t room);
  // True: nothing waits. False: errno.
  bool flush();
  // Tells the peer that nothing more comes, as far as the socket takes it.
  void say_end();

  std::string fault() const;
  std::string version() const;  // "TLSv1.3"

 private:
  struct Free {
    void operator()(ssl_st* connection) const;
  };
  // What OpenSSL reads, and writes to.
  struct Ends {
    std::string_view arrived;  // during a call
    std::string waiting;       // encrypted, and not yet the socket's
  };
  static int read_arrived(bio_st* bio, char* into, int size);
  static int write_waiting(bio_st* bio, const char* bytes, int size);
  static const bio_method_st* method();

  bool send_waiting();
  ssize_t take(std::string_view arrived, char* into, std::size_t room);
  ssize_t decrypt(char* into, std::size_t room);
  ssize_t fail();
  std::string reason();

  const int socket_;
  mutable std::mutex mutex_;  // of all that follows
  Ends ends_;
  std::unique_ptr<ssl_st, Free> connection_;
  std::string rest_;      // of what has arrived, what nobody had room for
  std::size_t gone_ = 0;  // of what waits
  std::size_t at_once_;   // how much is encrypted before the socket is asked
  std::string fault_;
};

}  // namespace relay
