#include "proxy/upstream_choice.h"

#include "common/base/logging.h"

#include <charconv>
#include <optional>
#include <vector>

namespace relay {
namespace {

constexpr std::string_view kFile = "upstream";

// From the next line of `text`. One without its end was cut short, and a port with it.
std::optional<Address> take_address(std::string_view& text, std::string_view label) {
  const std::size_t end_of_line = text.find('\n');
  if (!text.starts_with(label) || end_of_line == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end_of_line);
  text.remove_prefix(end_of_line + 1);
  line.remove_prefix(label.size());
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  Address address;
  address.host = line.substr(0, space);
  const std::string_view digits = line.substr(space + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || address.port == 0) return std::nullopt;
  return address;
}

}  // namespace

std::string encode(const UpstreamChoice& choice) {
  return "configured " + choice.configured.host + " " + std::to_string(choice.configured.port) +
         "\nin-force " + choice.in_force.host + " " + std::to_string(choice.in_force.port) + "\n";
}

Address recall_upstream(FileSystem& fs, const std::string& data_dir, const Address& configured) {
  const auto text = read_file(fs, data_dir + "/" + std::string(kFile));
  if (!text) return configured;
  std::string_view rest = *text;
  const auto overridden = take_address(rest, "configured ");
  const auto in_force = take_address(rest, "in-force ");
  if (!overridden || !in_force) {
    log_warn("upstream.choice_unreadable", {{"path", data_dir + "/" + std::string(kFile)},
                                            {"effect", "the configured upstream is followed"}});
    return configured;
  }
  if (*overridden != configured) {
    log_info("upstream.choice_void",
             {{"reason", "the configured upstream has changed"},
              {"upstream", configured.host + ":" + std::to_string(configured.port)}});
    return configured;
  }
  return *in_force;
}

Result<void> remember_upstream(FileSystem& fs, const std::string& data_dir,
                               const UpstreamChoice& choice) {
  if (choice.configured == choice.in_force) {
    if (auto removed = fs.remove(data_dir + "/" + std::string(kFile)); !removed) return removed;
    return fs.sync_directory(data_dir);
  }
  return replace_file(fs, data_dir, std::string(kFile), encode(choice));
}

}  // namespace relay
