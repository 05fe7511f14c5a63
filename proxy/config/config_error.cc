#include "proxy/config/config_error.h"

namespace relay {

std::string ConfigError::text() const {
  std::string all = where;
  if (!all.empty()) all += ": ";
  all += message;
  if (!excerpt.empty()) all.append("\n").append(excerpt);
  return all;
}

std::string describe(const ConfigErrors& errors) {
  std::string all;
  for (const ConfigError& error : errors) all.append(error.text()).append("\n");
  return all;
}

}  // namespace relay
