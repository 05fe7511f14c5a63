#include "tests/support/http_client.h"

#include "tests/support/socket.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace relay::test {

HttpAnswer http_get(std::uint16_t port, const std::string& path, const std::string& address) {
  auto socket = Socket::connect_to(port, address);
  socket.send_all("GET " + path + " HTTP/1.1\r\nHost: " + address +
                  "\r\nConnection: close\r\n\r\n");
  std::string text;
  for (std::string piece; !(piece = socket.receive()).empty();) text += piece;
  const auto border = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || border == std::string::npos) {
    throw std::runtime_error("not an HTTP answer: " + text.substr(0, 80));
  }
  return {std::stoi(text.substr(9, 3)), text.substr(0, border), text.substr(border + 4)};
}

std::optional<double> find_sample(const std::string& page, const std::string& name,
                                  const Labels& labels) {
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const auto after = line.substr(name.size());
    if (!after.starts_with('{') && !after.starts_with(' ')) continue;
    const bool all = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
      return after.find(label.first + "=\"" + label.second + "\"") != std::string::npos;
    });
    if (all) return std::stod(line.substr(line.rfind(' ') + 1));
  }
  return std::nullopt;
}

}  // namespace relay::test
