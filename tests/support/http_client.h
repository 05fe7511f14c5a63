// One GET over HTTP/1.1, and the reading of a metrics page.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace relay::test {

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

using Labels = std::map<std::string, std::string>;

HttpAnswer http_get(std::uint16_t port, const std::string& path,
                    const std::string& address = "127.0.0.1");

// The value of the sample with this name and at least these labels; none if the page has no such
// sample.
std::optional<double> find_sample(const std::string& page, const std::string& name,
                                  const Labels& labels = {});

}  // namespace relay::test
