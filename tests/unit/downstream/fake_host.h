// A relay reduced to what commands see of it, and a client that talks to it: words in, the bytes of
// the reply out.
#pragma once

#include "proxy/downstream/commands.h"

#include <string>
#include <utility>
#include <vector>

namespace relay {

class FakeHost : public CommandHost {
 public:
  Config config_data;
  Status status_data;
  std::vector<const Client*> client_list;
  std::vector<std::string> chain = {std::string(40, '1')};
  std::string follow_refusal;

  std::vector<std::pair<std::string, std::uint16_t>> followed;
  std::vector<std::pair<std::string, std::string>> published;
  std::vector<std::uint64_t> killed;

  const Config& config() const override { return config_data; }
  Status status() const override { return status_data; }
  std::vector<const Client*> clients() const override { return client_list; }
  unsigned kill(const std::function<bool(const Client&)>& which, std::uint64_t) override {
    unsigned count = 0;
    for (const Client* client : client_list) {
      if (!which(*client)) continue;
      killed.push_back(client->id);
      ++count;
    }
    return count;
  }
  unsigned publish(std::string_view channel, std::string_view message) override {
    published.emplace_back(channel, message);
    unsigned count = 0;
    for (const Client* client : client_list) {
      if (client->channels.contains(channel)) ++count;
    }
    return count;
  }
  std::string follow(const std::string& host, std::uint16_t port) override {
    if (follow_refusal.empty()) followed.emplace_back(host, port);
    return follow_refusal;
  }
  std::vector<std::string> relay_chain() const override { return chain; }
};

class Speaker {
 public:
  explicit Speaker(FakeHost& host, std::uint64_t id = 7) : host_(host) {
    client.id = id;
    client.peer = "10.0.0.9:5000" + std::to_string(id % 10);
    client.local = "10.0.0.1:6479";
    client.connected = client.last_command = Clock::now();
    client.authenticated = host.config_data.listen.password.empty();
  }

  // Words are separated by one space; `""` stands for an empty one.
  std::string say(std::string_view line) {
    std::vector<std::string> words;
    while (true) {
      const std::size_t space = line.find(' ');
      const std::string_view word = line.substr(0, space);
      words.emplace_back(word == "\"\"" ? "" : word);
      if (space == std::string_view::npos) break;
      line.remove_prefix(space + 1);
    }
    return say_words(words);
  }
  std::string say_words(const std::vector<std::string>& words) {
    std::string out;
    ReplyWriter reply(out, client.protocol);
    const Request request(words.begin(), words.end());
    outcome = execute(host_, client, request, reply);
    return out;
  }

  Client client;
  Outcome outcome = Outcome::kReplied;

 private:
  FakeHost& host_;
};

inline std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

}  // namespace relay
