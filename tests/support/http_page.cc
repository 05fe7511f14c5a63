#include "tests/support/http_page.h"

#include "tests/support/socket.h"

#include <stdexcept>

namespace relay::test {

std::string http_page(std::uint16_t port, const std::string& path) {
  auto socket = Socket::connect_to(port);
  socket.send_all("GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
  std::string text;
  for (std::string piece; !(piece = socket.receive()).empty();) text += piece;
  const auto border = text.find("\r\n\r\n");
  if (border == std::string::npos) throw std::runtime_error("not an HTTP answer: " + text);
  if (text.substr(0, border).find(" 200 ") == std::string::npos) {
    throw std::runtime_error(path + ": " + text);
  }
  return text.substr(border + 4);
}

std::string query_escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return result;
}

}  // namespace relay::test
