#include "proxy/control/http_server.h"

#include "common/base/logging.h"
#include "common/io/passed_sockets.h"
#include "proxy/control/http_exchange.h"
#include "proxy/control/peer_name.h"
#include "proxy/control/problem.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kNoHandler = "other";
constexpr auto kTurningAway = 1s;
constexpr auto kBetweenAttempts = 100ms;

// "/v1/replicas/{id}" matches "/v1/replicas/r7", and `part` is then "r7".
bool matches(std::string_view pattern, std::string_view path, std::string& part) {
  const std::size_t open = pattern.find("{id}");
  if (open == std::string_view::npos) return pattern == path;
  const std::string_view behind = pattern.substr(open + 4);
  if (!path.starts_with(pattern.substr(0, open)) || !path.ends_with(behind)) return false;
  if (path.size() <= open + behind.size()) return false;
  const std::string_view middle = path.substr(open, path.size() - open - behind.size());
  if (middle.find('/') != std::string_view::npos) return false;
  part = std::string(middle);
  return true;
}

// "10.0.0.7:41234": 10.0.0.7. "uid 0, pid 4711": uid 0.
std::string host_in(const std::string& peer) { return peer.substr(0, peer.find_last_of(":,")); }

ErrorCode last_error() { return {errno, boost::system::system_category()}; }

}  // namespace

HttpServer::HttpServer(const asio::any_io_executor& executor, std::vector<Route> routes, Door door)
    : HttpServer(executor, std::move(routes), std::move(door), Limits{}) {}

HttpServer::HttpServer(const asio::any_io_executor& executor, std::vector<Route> routes, Door door,
                       Limits limits)
    : executor_(executor),
      routes_(std::move(routes)),
      door_(std::move(door)),
      limits_(limits),
      acceptor_(executor),
      served_(executor),
      others_(executor) {
  for (const Route& route : routes_) {
    auto& counts = status_.requests[route.handler];
    counts[route.success];
    for (const unsigned known : route.others) counts[known];
    for (const unsigned known : {403U, 405U, 413U}) counts[known];
    if (route.method == "POST") {
      for (const unsigned known : {400U, 408U, 415U}) counts[known];
    }
    if (route.access == Access::kAdmin && door_.token) counts[401];
  }
  for (const unsigned known : {400U, 404U, 408U, 431U, 503U}) {
    status_.requests[std::string(kNoHandler)][known];
  }
}

Result<void> HttpServer::listen(const std::string& address, std::uint16_t port) {
  ErrorCode error;
  const tcp::endpoint endpoint(asio::ip::make_address(address, error), port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  ErrorCode ignored;
  acceptor_.close(ignored);
  return error;
}

Result<void> HttpServer::listen_unix(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return make_error_code(boost::system::errc::filename_too_long);
  }
  const asio::local::stream_protocol::endpoint endpoint(path);
  ErrorCode error;
  Socket neighbour(executor_);
  neighbour.connect(endpoint, error);
  if (!error) return make_error_code(boost::system::errc::address_in_use);
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    // Anything but a socket is somebody's file.
    if (!S_ISSOCK(found.st_mode)) return make_error_code(boost::system::errc::file_exists);
    if (::unlink(path.c_str()) != 0) return last_error();
  }
  const Result<void> bound = bind_unix(path);
  if (!bound) {
    acceptor_.close(error);
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
    unix_path_.clear();
  }
  return bound;
}

Result<void> HttpServer::bind_unix(const std::string& path) {
  const asio::local::stream_protocol::endpoint endpoint(path);
  ErrorCode error;
  acceptor_.open(endpoint.protocol(), error);
  if (error) return error;
  // The mode is the file's from its first moment on.
  if (::fchmod(acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0) return last_error();
  acceptor_.bind(endpoint, error);
  if (error) return error;
  unix_path_ = path;
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) return last_error();
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  return {};
}

Result<void> HttpServer::listen_on(int listening) {
  ErrorCode error;
  acceptor_.assign(Protocol(family_of_socket(listening), 0), listening, error);
  if (error) return error;
  return {};
}

tcp::endpoint HttpServer::endpoint() const {
  ErrorCode error;
  const auto generic = acceptor_.local_endpoint(error);
  tcp::endpoint endpoint;
  if (error || generic.size() > endpoint.capacity()) return endpoint;  // none, or a path
  const auto* const bytes = static_cast<const char*>(static_cast<const void*>(generic.data()));
  std::copy_n(bytes, generic.size(), static_cast<char*>(static_cast<void*>(endpoint.data())));
  return endpoint;
}

asio::awaitable<void> HttpServer::run() {
  co_await asio::this_coro::throw_if_cancelled(
      false);  // whatever happens, the children are waited for
  others_.spawn(accept());
  co_await others_.join();
  co_await served_.join();
}

void HttpServer::stop() {
  stopping_ = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  unix_path_.clear();
  others_.cancel();
  served_.cancel();
}

asio::awaitable<void> HttpServer::accept() {
  while (!stopping_ && acceptor_.is_open()) {
    ErrorCode error;
    Socket socket =
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (stopping_ || error == asio::error::operation_aborted) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      // Out of descriptors or memory, and it would fail again at once: who knocks waits in the
      // backlog until something is closed.
      if (!std::exchange(out_of_descriptors_, true)) {
        log_warn("http.accept_failed", {{"error", error}, {"effect", "new connections wait"}});
      }
      asio::steady_timer pause(executor_, kBetweenAttempts);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    out_of_descriptors_ = false;
    socket.set_option(tcp::no_delay(true), error);  // pipelined answers do not wait for acks
    if (served_.size() < limits_.connections || make_room()) {
      served_.spawn(serve(std::move(socket)));
    } else if (others_.size() <= limits_.connections) {
      others_.spawn(refuse(std::move(socket)));
    }
  }
}

// In the list for as long as the server waits for this connection's next request.
struct HttpServer::Waiting {
  Waiting(HttpServer& server, Socket& socket)
      : list(server.waiting_), place(list.insert(list.end(), &socket)) {}
  ~Waiting() { list.erase(place); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  std::list<Socket*>& list;
  std::list<Socket*>::iterator place;
};

// The one that is closed leaves a moment later: the number is passed by at most as many as are on
// their way out.
bool HttpServer::make_room() {
  if (served_.size() >= 2 * limits_.connections) return false;
  for (Socket* socket : waiting_) {
    if (!socket->is_open()) continue;
    ErrorCode ignored;
    socket->close(ignored);
    return true;
  }
  return false;
}

asio::awaitable<void> HttpServer::serve(Socket socket) {
  try {
    co_await converse(socket);
    co_await close_gently(socket);
  } catch (const boost::system::system_error&) {
    // The peer went away or was too slow, or we stop. Nothing is owed to it, and a line per visitor
    // would serve nobody.
  }
}

asio::awaitable<void> HttpServer::converse(Socket& socket) {
  boost::beast::flat_buffer buffer(std::size_t{2} * limits_.header_size);
  while (true) {
    IncomingRequest incoming(socket, buffer, limits_.header_size);
    ErrorCode error;
    {
      const Waiting waiting(*this, socket);
      co_await incoming.wait(limits_.idle);
      error = co_await incoming.read_header(limits_.request);
    }
    if (!socket.is_open()) co_return;  // it made room for another

    OutgoingResponse outgoing;
    const std::string fault = error ? "" : incoming.fault();
    if (error) {
      const unsigned status = status_for(error);
      if (status == 0 || stopping_) co_return;
      HttpResponse unreadable = problem(status, "the request cannot be read", "");
      outgoing.response = count(std::string(kNoHandler), std::move(unreadable));
    } else if (!fault.empty()) {
      HttpResponse refused = problem(400, fault, incoming.request().path);
      outgoing.response = count(std::string(kNoHandler), std::move(refused));
      outgoing.head = incoming.is_head();
    } else {
      HttpRequest request = incoming.request();
      outgoing.head = incoming.is_head();
      outgoing.gzip_accepted = incoming.accepts_gzip();
      outgoing.keep_alive = incoming.keep_alive();
      const bool has_body = incoming.has_body();
      const Found found = find(request);
      const Route* route = found.route;
      std::optional<HttpResponse> refused;
      if (route == nullptr) {
        refused = problem(404, "there is no such path; /openapi.yaml lists them", request.path);
      } else if (!found.has_method) {
        refused = problem(405, "here it is " + found.methods, request.path);
        refused->headers.emplace_back("Allow", found.methods);
      } else if (has_body && route->method == "GET") {
        refused = problem(413, "a GET has no body", request.path);
      } else {
        refused = refused_at(door_, *route, request);
      }
      if (!refused && has_body) {
        error = co_await incoming.read_body(limits_.body_size, limits_.request);
        if (error && (status_for(error) == 0 || stopping_)) co_return;
        if (error) {
          refused = problem(
              status_for(error),
              status_for(error) == 413
                  ? "the body is larger than " + std::to_string(limits_.body_size) + " bytes"
                  : "the body did not come",
              request.path);
        }
        request.body = incoming.body();
      }
      // What is not read would be taken for the next request.
      if (refused && has_body) outgoing.keep_alive = false;
      HttpResponse response;
      if (refused) {
        response = std::move(*refused);
      } else {
        response = co_await answer(*route, request);
      }
      if (route != nullptr) audit(socket, *route, request, response);
      outgoing.response =
          count(route == nullptr ? std::string(kNoHandler) : route->handler, std::move(response));
    }
    co_await send(socket, outgoing, limits_.request);
    if (!outgoing.keep_alive || error) co_return;
  }
}

// By path and method; where only the path is right, one of those that have it.
HttpServer::Found HttpServer::find(HttpRequest& request) const {
  Found found;
  for (const Route& route : routes_) {
    std::string part;
    if (!matches(route.path, request.path, part)) continue;
    found.methods += (found.methods.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") found.methods += ", HEAD";
    const bool is_asked =
        request.method == route.method || (request.method == "HEAD" && route.method == "GET");
    if (found.has_method || (found.route != nullptr && !is_asked)) continue;
    found.route = &route;
    found.has_method = is_asked;
    request.part = part;
  }
  return found;
}

asio::awaitable<HttpResponse> HttpServer::answer(const Route& route, const HttpRequest& request) {
  HttpResponse response;
  try {
    if (route.wait) {
      response = co_await route.wait(request);
    } else {
      response = route.handle(request);
    }
  } catch (const std::exception& failure) {
    log_error("http.handler_failed", {{"handler", route.handler}, {"error", failure.what()}});
    response = problem(500, "the relay's log says what went wrong", request.path);
  }
  co_return response;
}

HttpResponse HttpServer::count(const std::string& handler, HttpResponse response) {
  ++status_.requests[handler][response.status];
  return response;
}

void HttpServer::audit(const Socket& socket, const Route& route, const HttpRequest& request,
                       const HttpResponse& response) {
  if (!door_.admin || route.access != Access::kAdmin) return;
  const std::string by = peer_name(socket);
  const std::string asked = response.asked.empty() ? "-" : response.asked;
  if (response.status < 400) {
    log_audit(LogLevel::kInfo, "admin.request",
              {{"action", route.handler},
               {"asked", asked},
               {"path", request.path},
               {"method", request.method},
               {"by", by},
               {"status", response.status}});
    return;
  }
  const auto times = refusals_.count(Refusal{route.handler, response.status, host_in(by)},
                                     std::chrono::steady_clock::now());
  if (times == 0) return;
  log_audit(LogLevel::kWarn, "admin.refused",
            {{"action", route.handler},
             {"asked", asked},
             {"path", request.path},
             {"method", request.method},
             {"by", by},
             {"status", response.status},
             {"times", times}});
}

void HttpServer::tick(std::chrono::steady_clock::time_point now) {
  for (const auto& [refusal, times] : refusals_.due(now)) {
    log_audit(LogLevel::kWarn, "admin.refused",
              {{"action", refusal.action.empty() ? "several" : refusal.action},
               {"by", refusal.by.empty() ? "several" : refusal.by},
               {"status", refusal.status},
               {"times", times}});
  }
}

asio::awaitable<void> HttpServer::refuse(Socket socket) {
  OutgoingResponse outgoing;
  outgoing.response = count(std::string(kNoHandler), problem(503, "too many connections", ""));
  try {
    co_await send(socket, outgoing, kTurningAway);
    co_await close_gently(socket);
  } catch (const boost::system::system_error&) {
    // As in serve().
  }
}

}  // namespace relay
