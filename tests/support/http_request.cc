#include "tests/support/http_request.h"

#include "tests/support/socket.h"

#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>

namespace relay::test {
namespace {

Socket connect_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + text);
  std::memcpy(address.sun_path, text.c_str(), text.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Socket socket(fd);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + text + ": " + std::strerror(errno));
  }
  return socket;
}

HttpAnswer exchange(Socket socket, const HttpCall& call) {
  std::string request = call.method + " " + call.path + " HTTP/1.1\r\nConnection: close\r\n";
  if (call.headers.find("Host:") == std::string::npos) request += "Host: 127.0.0.1\r\n";
  request += call.headers;
  if (!call.body.empty() || call.method == "POST") {
    request += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
  }
  socket.send_all(request + "\r\n" + call.body);
  std::string text;
  for (std::string piece; !(piece = socket.receive()).empty();) text += piece;
  const auto border = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || border == std::string::npos) {
    throw std::runtime_error("not an HTTP answer: " + text.substr(0, 80));
  }
  return {std::stoi(text.substr(9, 3)), text.substr(0, border), text.substr(border + 4)};
}

}  // namespace

HttpAnswer http_call(std::uint16_t port, const HttpCall& call) {
  return exchange(Socket::connect_to(port), call);
}

HttpAnswer http_call(const std::filesystem::path& unix_socket, const HttpCall& call) {
  return exchange(connect_to(unix_socket), call);
}

HttpAnswer post(const std::filesystem::path& unix_socket, const std::string& path,
                const std::string& body) {
  return http_call(unix_socket, {.method = "POST",
                                 .path = path,
                                 .headers = "Content-Type: application/json\r\n",
                                 .body = body});
}

}  // namespace relay::test
