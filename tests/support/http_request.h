// One HTTP/1.1 request of any kind, over TCP or a unix socket: what an operator's program sends to
// the control API.
#pragma once

#include "tests/support/http_client.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace relay::test {

struct HttpCall {
  std::string method = "GET";
  std::string path;
  std::string headers = {};  // whole lines, each with its "\r\n"
  std::string body = {};
};

HttpAnswer http_call(std::uint16_t port, const HttpCall& call);
HttpAnswer http_call(const std::filesystem::path& unix_socket, const HttpCall& call);

// A change as the API wants it: POST, application/json.
HttpAnswer post(const std::filesystem::path& unix_socket, const std::string& path,
                const std::string& body = "");

}  // namespace relay::test
