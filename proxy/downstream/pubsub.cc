#include "proxy/downstream/pubsub.h"

#include "proxy/downstream/glob.h"

#include <map>
#include <set>
#include <string>

namespace relay {
namespace {

void write_change(Call& call, std::string_view what, std::string_view channel) {
  call.reply.push(3);
  call.reply.bulk(what);
  call.reply.bulk(channel);
  call.reply.integer(static_cast<long long>(call.client.channels.size()));
}

Outcome subscribe(Call& call) {
  std::set<std::string_view> wanted(call.words.begin() + 1, call.words.end());
  for (auto name = wanted.begin(); name != wanted.end();) {
    if (name->size() > kLongestChannel) return refuse(call, "ERR channel name too long");
    name = call.client.channels.contains(*name) ? wanted.erase(name) : std::next(name);
  }
  if (call.client.channels.size() + wanted.size() > kMaxChannels) {
    return refuse(call, "ERR too many channels: psync-relay allows " +
                            std::to_string(kMaxChannels) + " per connection");
  }
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    call.client.channels.emplace(call.words[i]);
    write_change(call, "subscribe", call.words[i]);
  }
  return Outcome::kReplied;
}

void write_none(Call& call, std::string_view what) {
  call.reply.push(3);
  call.reply.bulk(what);
  call.reply.null();
  call.reply.integer(static_cast<long long>(call.client.channels.size()));
}

Outcome unsubscribe(Call& call) {
  auto& channels = call.client.channels;
  if (call.words.size() == 1 && channels.empty()) write_none(call, "unsubscribe");
  while (call.words.size() == 1 && !channels.empty()) {
    const std::string channel = *channels.begin();
    channels.erase(channels.begin());
    write_change(call, "unsubscribe", channel);
  }
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    if (const auto at = channels.find(call.words[i]); at != channels.end()) channels.erase(at);
    write_change(call, "unsubscribe", call.words[i]);
  }
  return Outcome::kReplied;
}

// Client libraries end a pub/sub connection with this even if they never asked for a pattern.
Outcome punsubscribe(Call& call) {
  if (call.words.size() == 1) write_none(call, "punsubscribe");
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    write_change(call, "punsubscribe", call.words[i]);
  }
  return Outcome::kReplied;
}

Outcome no_patterns(Call& call) {
  return refuse(call, "ERR psync-relay has no patterns or shard channels: use SUBSCRIBE");
}

Outcome publish(Call& call) {
  call.reply.integer(call.host.publish(call.words[1], call.words[2]));
  return Outcome::kReplied;
}

std::map<std::string_view, long long> subscribers(const CommandHost& host) {
  std::map<std::string_view, long long> count;
  for (const Client* client : host.clients()) {
    for (const std::string& channel : client->channels) ++count[channel];
  }
  return count;
}

Outcome channels(Call& call) {
  if (call.words.size() > 3) return refuse(call, kSyntaxError);
  auto all = subscribers(call.host);
  if (call.words.size() == 3) {
    std::erase_if(all, [&](const auto& entry) { return !matches(call.words[2], entry.first); });
  }
  call.reply.array(all.size());
  for (const auto& [channel, count] : all) call.reply.bulk(channel);
  return Outcome::kReplied;
}

Outcome numsub(Call& call) {
  const auto all = subscribers(call.host);
  call.reply.array(2 * (call.words.size() - 2));
  for (std::size_t i = 2; i < call.words.size(); ++i) {
    const auto at = all.find(call.words[i]);
    call.reply.bulk(call.words[i]);
    call.reply.integer(at == all.end() ? 0 : at->second);
  }
  return Outcome::kReplied;
}

Outcome numpat(Call& call) {
  call.reply.integer(0);
  return Outcome::kReplied;
}

constexpr CommandSpec kPubsub[] = {
    {"channels", -2, channels, 0, "pubsub", "2.8.0", "List the channels with subscribers"},
    {"numpat", 2, numpat, 0, "pubsub", "2.8.0", "Count the subscribed patterns: none"},
    {"numsub", -2, numsub, 0, "pubsub", "2.8.0", "Count the subscribers of channels"},
};

constexpr unsigned kFlags = kWhileSubscribed | kNotInMulti;

constexpr CommandSpec kCommands[] = {
    {"psubscribe", -2, no_patterns, kFlags, "pubsub", "2.0.0", "Refused: no patterns"},
    {"publish", 3, publish, 0, "pubsub", "2.0.0",
     "Send a message to the subscribers on this relay"},
    {"pubsub", -2, nullptr, 0, "pubsub", "2.8.0", "Look at subscriptions", kPubsub},
    {"punsubscribe", -1, punsubscribe, kFlags, "pubsub", "2.0.0",
     "Accepted: there are no patterns"},
    {"spublish", 3, no_patterns, 0, "pubsub", "7.0.0", "Refused: no shard channels"},
    {"ssubscribe", -2, no_patterns, kFlags, "pubsub", "7.0.0", "Refused: no shard channels"},
    {"subscribe", -2, subscribe, kFlags, "pubsub", "2.0.0", "Receive the messages of channels"},
    {"unsubscribe", -1, unsubscribe, kFlags, "pubsub", "2.0.0", "Stop receiving them"},
};

}  // namespace

CommandTable pubsub_commands() { return kCommands; }

}  // namespace relay
