#include "proxy/ctl/endpoint.h"

#include "proxy/config/config_environment.h"
#include "proxy/config/config_file.h"
#include "proxy/config/config_keys.h"
#include "proxy/config/small_file.h"
#include "proxy/ctl/fault.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr std::size_t kLargestToken = 64 * 1024;
constexpr std::string_view kNoSocket = "none";  // as admin.socket says it
constexpr std::string_view kUrlVariable = "PSYNC_RELAY_URL";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_ipv6(std::string_view host) { return host.find(':') != std::string_view::npos; }

// The texts of the keys that say where a relay is, by path.
class Places {
 public:
  explicit Places(const ConfigSources& sources) {
    if (sources.file) {
      const Result<std::string> text = read_small_file(*sources.file, kLargestFile);
      if (!text) {
        throw CtlFault("cannot read " + *sources.file + ": " + text.error().message());
      }
      const Settings settings = settings_of_file(*sources.file, *text, sources.environment);
      // Not YAML at all: going on would be to ask another relay than the one that is meant.
      if (settings.settings.empty() && !settings.errors.empty()) {
        throw CtlFault("cannot find the relay by " + *sources.file + ":\n" +
                       describe(settings.errors) + "--url or --socket says where it is");
      }
      add(settings);
    }
    add(settings_of_environment(sources.environment));
    for (const FlagSetting& flag : sources.flags) {
      if (const ConfigKey* key = find_key(flag.path)) set(*key, flag.text);
    }
  }

  std::string text(std::string_view path) const {
    if (const auto found = texts_.find(path); found != texts_.end()) return found->second;
    const ConfigKey* key = find_key(path);
    return key == nullptr ? "" : key->print(Config());
  }

  std::uint16_t port(std::string_view path) const {
    return parse_port(text(path)).value_or(std::uint16_t{0});
  }

  std::string host(std::string_view path) const {
    std::string host = text(path);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "0.0.0.0" || host == "*") return "127.0.0.1";
    return host == "::" ? "::1" : host;
  }

 private:
  void add(const Settings& settings) {
    for (const Setting& setting : settings.settings) set(*setting.key, setting.text);
  }
  void set(const ConfigKey& key, const std::string& text) {
    // No other is needed, and a password even less.
    if (key.group() == "http" || key.group() == "admin" || key.path == "data-dir") {
      texts_.insert_or_assign(std::string(key.path), text);
    }
  }

  std::map<std::string, std::string, std::less<>> texts_;
};

std::string read_token(const std::string& file) {
  Result<std::string> token = read_small_file(file, kLargestToken);
  if (!token) {
    throw CtlFault("cannot read the token in " + file + ": " + token.error().message());
  }
  // As the relay reads it: an editor's newline at the end is no part of it.
  if (token->ends_with('\n')) token->pop_back();
  if (token->ends_with('\r')) token->pop_back();
  if (token->empty()) throw CtlFault("the token file " + file + " is empty");
  // It goes into a header, where such bytes would end it, or begin another.
  const bool odd = std::any_of(token->begin(), token->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (odd) throw CtlFault("the token file " + file + " holds more than a line");
  return std::move(*token);
}

Endpoint at_socket(const std::string& path) {
  Endpoint endpoint;
  endpoint.socket = path;
  return endpoint;
}

Endpoint at_admin_port(const Places& places, bool needs_token) {
  Endpoint endpoint;
  endpoint.host = places.host("admin.address");
  endpoint.port = places.port("admin.port");
  if (endpoint.port == 0) {
    throw CtlFault("admin.port is 0, any that is free: --url says which one the relay was given");
  }
  if (!needs_token) return endpoint;
  endpoint.token = places.text("admin.token");
  const std::string file = places.text("admin.token-file");
  if (!file.empty()) endpoint.token = read_token(file);
  return endpoint;
}

std::optional<Endpoint> as_told(const ToldWhere& told) {
  std::optional<Endpoint> endpoint;
  if (told.socket) endpoint = at_socket(*told.socket);
  if (told.url) endpoint = parse_url(*told.url);
  return endpoint;
}

void add_token(Endpoint& endpoint, const ToldWhere& told) {
  if (told.token_file) endpoint.token = read_token(*told.token_file);
}

}  // namespace

std::string Endpoint::shown() const {
  return socket.empty() ? "http://" + host_header() + prefix : "unix:" + socket;
}

std::string Endpoint::host_header() const {
  if (!socket.empty()) return "localhost";
  return (is_ipv6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Endpoint parse_url(std::string_view url) {
  const std::string shown = in_quotes(url);
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    throw CtlFault(shown + ": the relay speaks no TLS; http:// it is");
  }
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.find("://") != std::string_view::npos) {
    throw CtlFault(shown + " is no http:// URL");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  if (authority.find('@') != std::string_view::npos) {
    throw CtlFault("a URL must not hold a secret: everyone can see it; --token-file takes a file");
  }
  if (path.find_first_of("?# \r\n") != std::string_view::npos) {
    throw CtlFault(shown + ": a URL here is http://HOST:PORT, perhaps with a path");
  }
  while (path.ends_with('/')) path.remove_suffix(1);

  Endpoint endpoint;
  endpoint.prefix = std::string(path);
  std::string_view port = "80";
  const std::size_t bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos) {
    endpoint.host = std::string(authority.substr(1, bracket - 1));
    authority.remove_prefix(bracket + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    endpoint.host = std::string(authority.substr(0, colon));
    authority.remove_prefix(colon);
  }
  if (authority.starts_with(':')) {
    port = authority.substr(1);
    authority = {};
  }
  const auto number = parse_port(port);
  if (endpoint.host.empty() || !authority.empty() || !number || *number == 0 ||
      endpoint.host.find_first_of(" \r\n\t[]") != std::string::npos) {
    throw CtlFault(shown + " is no URL of a relay (http://127.0.0.1:8479, http://[::1]:8479)");
  }
  endpoint.port = *number;
  return endpoint;
}

Endpoint endpoint_to_look_at(const ToldWhere& told) {
  auto endpoint = as_told(told);
  const auto variable = told.config.environment.find(kUrlVariable);
  if (!endpoint && variable != told.config.environment.end() && !variable->second.empty()) {
    endpoint = parse_url(variable->second);
  }
  if (!endpoint) {
    const Places places(told.config);
    endpoint.emplace();
    endpoint->host = places.host("http.address");
    endpoint->port = places.port("http.port");
    if (endpoint->port == 0) {
      throw CtlFault("http.port is 0, any that is free: --url says which one the relay was given");
    }
  }
  add_token(*endpoint, told);
  return *endpoint;
}

Endpoint endpoint_to_steer_by(const ToldWhere& told) {
  auto endpoint = as_told(told);
  if (!endpoint) {
    const Places places(told.config);
    std::string socket = places.text("admin.socket");
    if (socket.empty()) socket = places.text("data-dir") + "/admin.sock";
    const bool has_socket = socket != kNoSocket;
    const bool has_tcp = !places.text("admin.address").empty();
    if (!has_socket && !has_tcp) {
      throw CtlFault(
          "by its configuration the relay has no admin listener: admin.socket is none, and "
          "admin.address is empty");
    }
    // Where there are both, the socket: it needs no token.
    if (has_socket && (!has_tcp || ::access(socket.c_str(), F_OK) == 0)) {
      endpoint = at_socket(socket);
    } else {
      endpoint = at_admin_port(places, !told.token_file);
    }
  }
  add_token(*endpoint, told);
  return *endpoint;
}

}  // namespace relay
