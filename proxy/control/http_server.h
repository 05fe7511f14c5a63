// The HTTP server: a table of routes behind a door. It knows HTTP and its limits, and nothing of the
// relay.
//
//  (1) Whoever connects can hold little: a bounded header, a bounded body and only where one is
//      meant, a limit on every wait, a bounded number of connections. At that number the one that
//      has said nothing for longest makes room for a new one, so that silent visitors cannot keep a
//      probe out; where all are being answered, a new one is told 503 and closed, beyond twice the
//      number untold.
//  (2) Every answer is counted, by handler and status code; those without a route under "other".
//      What goes through an admin door and is more than reading is logged at every level, with who
//      asked and for what; refusals that repeat once a minute, with their number.
//  (3) run() returns only when every connection's coroutine has. stop() cancels them: answers half
//      written are cut.
//  (4) An answer is made whole before its first byte is written: a scrape never sees half a
//      picture. Only a download is read while it is sent.
//  (5) A body is read only when all that can be known without it allows the request.
//
// The address is bound in listen(), so that a port in use is known at start-up and port 0 can be
// asked for.
//
// In two files: http_server.cc (who is served, and what) and http_exchange.cc (bytes in and out).
//
// Threading: one executor, every call; handlers are called on it.
#pragma once

#include "common/base/repeats.h"
#include "common/base/result.h"
#include "common/io/task_group.h"
#include "proxy/control/door.h"
#include "proxy/control/http_message.h"
#include "proxy/status/status.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace relay {

class HttpServer {
 public:
  struct Limits {
    std::uint32_t header_size = 8 * 1024;
    std::uint64_t body_size = 1024 * 1024;
    std::size_t connections = 64;
    std::chrono::steady_clock::duration request =
        std::chrono::seconds(10);  // to send one, and again to take the answer
    std::chrono::steady_clock::duration idle =
        std::chrono::seconds(60);  // between two; more than a scrape interval
  };

  HttpServer(const boost::asio::any_io_executor& executor, std::vector<Route> routes,
             Door door = {});
  HttpServer(const boost::asio::any_io_executor& executor, std::vector<Route> routes, Door door,
             Limits limits);

  // Where it is to be had; once, before run(). None of them, or one that failed: run() serves
  // nobody.
  Result<void> listen(const std::string& address, std::uint16_t port);
  // A unix socket that its owner alone may connect to. What is left there of another process that
  // is gone is replaced.
  Result<void> listen_unix(const std::string& path);
  // On a socket that listens already, which is ours from then on.
  Result<void> listen_on(int listening);
  bool is_open() const { return acceptor_.is_open(); }
  std::uint16_t port() const { return endpoint().port(); }
  boost::asio::ip::tcp::endpoint endpoint() const;  // after listen(); of TCP

  boost::asio::awaitable<void> run();
  void stop();

  // Each second, while run() does: refusals that repeat are told of.
  void tick(std::chrono::steady_clock::time_point now);

  // Every handler of the table is there from the start, with what it is known to answer.
  const HttpStatus& status() const { return status_; }

 private:
  using Protocol = boost::asio::generic::stream_protocol;
  using Socket = Protocol::socket;

  struct Waiting;

  Result<void> bind_unix(const std::string& path);
  boost::asio::awaitable<void> accept();
  bool make_room();
  boost::asio::awaitable<void> serve(Socket socket);
  boost::asio::awaitable<void> converse(Socket& socket);
  boost::asio::awaitable<void> refuse(Socket socket);
  boost::asio::awaitable<HttpResponse> answer(const Route& route, const HttpRequest& request);
  struct Found {
    const Route* route = nullptr;
    bool has_method = false;
    std::string methods;  // that the path has
  };
  Found find(HttpRequest& request) const;
  HttpResponse count(const std::string& handler, HttpResponse response);
  void audit(const Socket& socket, const Route& route, const HttpRequest& request,
             const HttpResponse& response);

  // Fixed after construction.
  boost::asio::any_io_executor executor_;
  std::vector<Route> routes_;
  Door door_;
  Limits limits_;

  // Owned by the executor.
  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  struct Refusal {
    std::string action;
    unsigned status = 0;
    std::string by;  // without the port
    auto operator<=>(const Refusal&) const = default;
  };
  Repeats<Refusal> refusals_;
  std::string unix_path_;       // to be removed
  TaskGroup served_;            // one child per connection
  TaskGroup others_;            // the accepting, and one child per connection that is told 503
  std::list<Socket*> waiting_;  // for a request, the longest first
  bool stopping_ = false;
  bool out_of_descriptors_ = false;
  HttpStatus status_;
};

}  // namespace relay
