#include "proxy/downstream/client_kill.h"

#include "proxy/downstream/client_command.h"

#include <optional>
#include <string>

namespace relay {
namespace {

struct Conditions {
  std::optional<std::uint64_t> id;
  std::optional<ClientType> type;
  std::optional<std::string_view> address, local;
  std::optional<long long> min_age;  // seconds
  bool skip_me = true;

  bool hold_for(const Client& client, std::uint64_t me,
                std::chrono::steady_clock::time_point now) const {
    if (skip_me && client.id == me) return false;
    if (id && client.id != *id) return false;
    if (type && type_of(client) != *type) return false;
    if (address && client.peer != *address) return false;
    if (local && client.local != *local) return false;
    return !min_age || now - client.connected >= std::chrono::seconds(*min_age);
  }
};

// Returns the error to answer, if there is one.
std::optional<std::string> set_condition(Conditions& conditions, std::string_view option,
                                         std::string_view value) {
  if (same_word(option, "id")) {
    const auto id = parse_integer(value);
    if (!id || *id < 1) return "ERR client-id should be greater than 0";
    conditions.id = static_cast<std::uint64_t>(*id);
  } else if (same_word(option, "type")) {
    conditions.type = parse_client_type(value);
    if (!conditions.type) return "ERR Unknown client type '" + std::string(excerpt(value)) + "'";
  } else if (same_word(option, "addr")) {
    conditions.address = value;
  } else if (same_word(option, "laddr")) {
    conditions.local = value;
  } else if (same_word(option, "user")) {
    if (value != "default") return "ERR No such user '" + std::string(excerpt(value)) + "'";
  } else if (same_word(option, "maxage")) {
    const auto age = parse_integer(value);
    constexpr long long kLongest =
        1'000'000'000;  // 31 years, so that it can be counted in nanoseconds
    if (!age || *age < 1 || *age > kLongest) return std::string(kNotAnInteger);
    conditions.min_age = *age;
  } else if (same_word(option, "skipme") && same_word(value, "yes")) {
    conditions.skip_me = true;
  } else if (same_word(option, "skipme") && same_word(value, "no")) {
    conditions.skip_me = false;
  } else {
    return std::string(kSyntaxError);
  }
  return std::nullopt;
}

unsigned kill(Call& call, const Conditions& conditions) {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t me = call.client.id;
  return call.host.kill([&](const Client& client) { return conditions.hold_for(client, me, now); },
                        me);
}

}  // namespace

Outcome client_kill(Call& call) {
  const Request& words = call.words;
  Conditions conditions;
  if (words.size() == 3) {
    conditions.address = words[2];
    conditions.skip_me = false;
    return kill(call, conditions) == 0 ? refuse(call, "ERR No such client") : ok(call);
  }
  if (words.size() % 2 == 1) return refuse(call, kSyntaxError);
  for (std::size_t i = 2; i < words.size(); i += 2) {
    if (const auto error = set_condition(conditions, words[i], words[i + 1])) {
      return refuse(call, *error);
    }
  }
  call.reply.integer(kill(call, conditions));
  return Outcome::kReplied;
}

}  // namespace relay
