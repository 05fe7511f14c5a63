// Where the relay listens: on sockets that it was passed, or else where the configuration says.
#include "common/base/logging.h"
#include "proxy/relay_parts.h"

#include <sys/socket.h>
#include <sys/stat.h>

namespace relay {
namespace {

bool is_tcp(int listening) {
  const int family = family_of_socket(listening);
  return family == AF_INET || family == AF_INET6;
}

void say_passed(std::string_view name, int listening) {
  const std::string group = name.starts_with("replica") ? "listen" : std::string(name);
  const std::string port = name == "replica-tls" ? ".tls-port" : ".port";
  log_info("listen.passed", {{"socket", name},
                             {"address", address_of_socket(listening)},
                             {"effect", group + ".address and " + group + port + " are not used"}});
}

std::string cannot_listen(const std::string& address, std::uint16_t port,
                          const std::string& reason) {
  return "cannot listen on " + address + ":" + std::to_string(port) + ": " + reason;
}

std::string not_tcp(std::string_view name, int listening) {
  return "cannot listen on the passed socket " + std::string(name) + " (" +
         address_of_socket(listening) + "): it is not a TCP socket";
}

// A socket in a directory, which its mode guards. Of an abstract one, or one of another family, we
// could not say who may connect.
bool has_path(int listening) {
  const std::string address = address_of_socket(listening);
  return family_of_socket(listening) == AF_UNIX && !address.empty() && !address.starts_with('@');
}

void warn_if_open_to_all(int listening) {
  const std::string path = address_of_socket(listening);
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || (found.st_mode & S_IRWXO) == 0) return;
  log_warn("config.warning",
           {{"text", "the passed socket admin (" + path +
                         ") is open to every user of this machine, and who "
                         "reaches it can change all; SocketMode=0660 closes it"}});
}

}  // namespace

// The unix socket, and TCP besides where that is wanted. A passed socket takes the place of the one
// of its kind.
std::string Relay::Parts::open_admin() {
  const Config::Admin& wanted = config.admin;
  const auto passed = sockets.take("admin");
  const bool passed_tcp = passed && is_tcp(*passed);
  if (passed) {
    if (passed_tcp && wanted.token.empty()) {
      return "the passed socket admin is a TCP socket: that needs admin.token-file";
    }
    if (!passed_tcp && !has_path(*passed)) {
      return "cannot listen on the passed socket admin (" + address_of_socket(*passed) +
             "): it is neither a TCP socket nor a unix socket with a path";
    }
    if (!passed_tcp) warn_if_open_to_all(*passed);
    say_passed("admin", *passed);
    HttpServer& server = passed_tcp ? admin_tcp : admin_unix;
    if (auto taken = server.listen_on(*passed); !taken) return taken.error().message();
  }
  if (!admin_unix.is_open() && wanted.socket != "none") {
    const bool is_default = wanted.socket.empty();
    const std::string path = is_default ? config.data_dir + "/admin.sock" : wanted.socket;
    if (const auto bound = admin_unix.listen_unix(path); !bound) {
      if (!is_default) return "cannot listen on " + path + ": " + bound.error().message();
      log_warn("admin.no_socket",
               {{"path", path},
                {"reason", bound.error()},
                {"effect", "nothing can be changed there; admin.socket may name another path"}});
    }
  }
  if (admin_tcp.is_open() || wanted.address.empty()) return {};
  if (const auto bound = admin_tcp.listen(wanted.address, wanted.port); !bound) {
    return cannot_listen(wanted.address, wanted.port, bound.error().message());
  }
  log_info("admin.listening", {{"address", wanted.address}, {"port", admin_tcp.port()}});
  return {};
}

std::string Relay::Parts::open_tls() {
  if (config.listen.tls_port == 0) return {};
  if (const auto passed = sockets.take("replica-tls")) {
    if (!is_tcp(*passed)) return not_tcp("replica-tls", *passed);
    say_passed("replica-tls", *passed);
    listener.open_tls(*passed);
    return {};
  }
  try {
    listener.open_tls();
  } catch (const boost::system::system_error& error) {
    return cannot_listen(config.listen.address, config.listen.tls_port, error.code().message());
  }
  log_info("listen.tls", {{"address", config.listen.address}, {"port", listener.tls_port()}});
  return {};
}

// Empty, or why not.
std::string Relay::Parts::open_ports() {
  if (const auto passed = sockets.take("replica")) {
    if (!is_tcp(*passed)) return not_tcp("replica", *passed);
    say_passed("replica", *passed);
    listener.open_plain(*passed);
    if (config.listen.password.empty() && !listener.endpoint().address().is_loopback()) {
      log_warn("config.warning", {{"text",
                                   "the passed socket is open to other machines and there is no "
                                   "listen.password; who reaches it can read all data"}});
    }
  } else if (config.listen.plain) {
    try {
      listener.open_plain();
    } catch (const boost::system::system_error& error) {
      return cannot_listen(config.listen.address, config.listen.port, error.code().message());
    }
  }
  if (std::string fault = open_tls(); !fault.empty()) return fault;
  if (const auto passed = sockets.take("http")) {
    if (!is_tcp(*passed)) return not_tcp("http", *passed);
    say_passed("http", *passed);
    if (auto taken = http.listen_on(*passed); !taken) return taken.error().message();
  } else if (auto bound = http.listen(config.http.address, config.http.port); !bound) {
    return cannot_listen(config.http.address, config.http.port, bound.error().message());
  }
  if (std::string fault = open_admin(); !fault.empty()) return fault;
  for (const std::string& name : sockets.names()) {
    log_warn("listen.passed_unused", {{"socket", name}, {"effect", "it is closed"}});
  }
  sockets = PassedSockets();
  return {};
}

}  // namespace relay
