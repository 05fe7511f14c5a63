// Where the relay listens: on sockets that it was passed, or else where the configuration says.
#include "common/base/logging.h"
#include "proxy/relay_parts.h"

#include <sys/socket.h>

namespace relay {
namespace {

bool is_tcp(int listening) {
  const int family = family_of_socket(listening);
  return family == AF_INET || family == AF_INET6;
}

void say_passed(std::string_view name, int listening) {
  const std::string group = name == "replica" ? "listen" : std::string(name);
  log_info("listen.passed", {{"socket", name},
                             {"address", address_of_socket(listening)},
                             {"effect", group + ".address and " + group + ".port are not used"}});
}

std::string cannot_listen(const std::string& address, std::uint16_t port,
                          const std::string& reason) {
  return "cannot listen on " + address + ":" + std::to_string(port) + ": " + reason;
}

std::string not_tcp(std::string_view name, int listening) {
  return "cannot listen on the passed socket " + std::string(name) + " (" +
         address_of_socket(listening) + "): it is not a TCP socket";
}

}  // namespace

// Empty, or why not.
std::string Relay::Parts::open_ports() {
  if (const auto passed = sockets.take("replica")) {
    if (!is_tcp(*passed)) return not_tcp("replica", *passed);
    say_passed("replica", *passed);
    listener.open(*passed);
    if (config.listen.password.empty() && !listener.endpoint().address().is_loopback()) {
      log_warn("config.warning", {{"text",
                                   "the passed socket is open to other machines and there is no "
                                   "listen.password; who reaches it can read all data"}});
    }
  } else {
    try {
      listener.open();
    } catch (const boost::system::system_error& error) {
      return cannot_listen(config.listen.address, config.listen.port, error.code().message());
    }
  }
  if (const auto passed = sockets.take("http")) {
    if (!is_tcp(*passed)) return not_tcp("http", *passed);
    say_passed("http", *passed);
    if (auto taken = http.listen_on(*passed); !taken) return taken.error().message();
  } else if (auto bound = http.listen(config.http.address, config.http.port); !bound) {
    return cannot_listen(config.http.address, config.http.port, bound.error().message());
  }
  for (const std::string& name : sockets.names()) {
    log_warn("listen.passed_unused", {{"socket", name}, {"effect", "it is closed"}});
  }
  sockets = PassedSockets();
  return {};
}

}  // namespace relay
