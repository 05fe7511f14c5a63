// One connection to the Redis port: reads requests, has them answered in order, and turns into a
// replica session when one asks for PSYNC or SYNC.
//
//  (1) Replies leave in the order of the requests, whole. What others send to a subscriber goes
//      through the same outbox.
//  (2) Memory is bounded both ways: a request by the configured limits, the outbox by kOutboxLimit.
//      A client that does not read its replies is not read from; a subscriber that does not read is
//      closed.
//  (3) Nothing it does can hold up another connection.
//
// Threading: the control executor. Owned by the listener, by shared pointer; run() returns when it
// is over.
#pragma once

#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "common/resp/request_parser.h"
#include "proxy/downstream/client.h"
#include "proxy/downstream/command_host.h"
#include "proxy/downstream/command_spec.h"
#include "proxy/downstream/replica_session.h"

#include <memory>
#include <optional>
#include <string>

namespace relay {

class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `tls`: what it begins with; null where it is plain.
  Connection(asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> tls, std::uint64_t id,
             CommandHost& host, Serving& serving);

  asio::awaitable<void> run();
  void close(Ended reason, const std::string& why);
  void close_after_reply();
  void push(std::string_view message);  // pub/sub
  void tick(Time now);
  void drain();

  const Client& client() const { return client_; }
  // Null until PSYNC or SYNC was accepted.
  ReplicaSession* session() { return session_.get(); }

 private:
  asio::awaitable<bool> shake_hands();
  asio::awaitable<void> converse();
  asio::awaitable<bool> answer(const Request& request);
  asio::awaitable<void> become_replica(Outcome how, const Request& request);
  asio::awaitable<void> send_outbox();
  asio::awaitable<void> flushed(std::size_t at_most);
  std::size_t request_limit() const;

  // Fixed after construction.
  const std::shared_ptr<const TlsContext> tls_;
  CommandHost& host_;
  Serving& serving_;

  // The control executor's.
  Stream stream_;
  Client client_;
  RequestParser parser_;
  std::string outbox_;
  std::string sending_;
  bool closed_ = false;
  bool closing_ = false;  // after what is in the outbox
  std::unique_ptr<ReplicaSession> session_;
  Notifier outbox_changed_;
};

}  // namespace relay
