#include "proxy/config/config_environment.h"

#include <array>
#include <map>

namespace relay {
namespace {

constexpr std::string_view kPrefix = "PSYNC_RELAY_";
constexpr std::string_view kUrlOfCtl = "PSYNC_RELAY_URL";  // where `psync-relay ctl` connects

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string path_of(std::string_view variable) {
  std::string_view rest = variable.substr(kPrefix.size());
  std::string path;
  while (!rest.empty()) {
    if (rest.starts_with("__")) {
      path += '.';
      rest.remove_prefix(2);
      continue;
    }
    path += rest.front() == '_' ? '-' : lower(rest.front());
    rest.remove_prefix(1);
  }
  return path;
}

// The "service links" of Kubernetes: PSYNC_RELAY_SERVICE_HOST=10.0.0.1,
// PSYNC_RELAY_PORT=tcp://10.0.0.1:6379, PSYNC_RELAY_PORT_6379_TCP_ADDR=..., and the same behind
// PSYNC_RELAY_METRICS for a Service psync-relay-metrics.
bool is_service_link(std::string_view variable, std::string_view value) {
  if (variable.find("__") != std::string_view::npos) return false;
  if (variable.ends_with("_SERVICE_HOST")) return true;
  if (variable.find("_SERVICE_PORT") != std::string_view::npos) return true;
  constexpr std::array<std::string_view, 3> kProtocols = {"tcp", "udp", "sctp"};
  for (std::string_view protocol : kProtocols) {
    std::string scheme(protocol);
    scheme += "://";
    if (variable.ends_with("_PORT") && value.starts_with(scheme)) return true;
    std::string part = "_";
    for (char c : protocol) part += upper(c);
    const std::size_t at = variable.find(part);
    if (at == std::string_view::npos) continue;
    // A number stands between _PORT_ and the protocol.
    const std::string_view before = variable.substr(0, at);
    const std::size_t digits = before.find_last_not_of("0123456789");
    if (digits != std::string_view::npos && digits + 1 < before.size() &&
        before.substr(0, digits + 1).ends_with("_PORT_")) {
      return true;
    }
  }
  return false;
}

// A name in a message: variables may hold any byte.
std::string shown(std::string_view name) {
  const std::string quotes = in_quotes(name);
  return quotes.substr(1, quotes.size() - 2);
}

}  // namespace

std::string variable_of(std::string_view path) {
  std::string variable(kPrefix);
  for (char c : path) {
    if (c == '.') {
      variable += "__";
    } else {
      variable += c == '-' ? '_' : upper(c);
    }
  }
  return variable;
}

Settings settings_of_environment(const Environment& environment) {
  Settings result;
  std::map<const ConfigKey*, std::string> first;
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with(kPrefix) || variable == kUrlOfCtl) continue;
    if (is_service_link(variable, value)) continue;
    const std::string path = path_of(variable);
    const ConfigKey* key = find_key(path);
    if (key == nullptr) {
      const auto nearest = nearest_key(path);
      std::string message = "unknown variable";
      if (nearest && nearest->key) message += ", did you mean " + variable_of(nearest->path) + "?";
      result.errors.push_back({shown(variable), message, ""});
      continue;
    }
    const auto [earlier, is_new] = first.emplace(key, variable);
    if (!is_new) {
      result.errors.push_back(
          {variable,
           std::string(key->path) + ": duplicate key, " + earlier->second + " sets it too", ""});
      continue;
    }
    if (key->secret) {
      result.warnings.push_back(variable +
                                ": a secret in the environment can be read by others; use " +
                                variable_of(std::string(key->path) + "-file"));
    }
    result.settings.push_back({key, value, {ConfigSource::kEnvironment, variable}, variable, ""});
  }
  return result;
}

Environment environment_of(const char* const* variables) {
  Environment environment;
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view variable(*variables);
    const std::size_t sign = variable.find('=');
    if (sign == std::string_view::npos) continue;
    environment.emplace(variable.substr(0, sign), variable.substr(sign + 1));
  }
  return environment;
}

}  // namespace relay
