// Requests made of every known word and of noise: whatever is said, the answer is well-formed, and
// the client's state stays bounded.
#include "proxy/downstream/pubsub.h"
#include "proxy/downstream/transaction.h"
#include "tests/unit/downstream/fake_host.h"
#include "tests/unit/downstream/reply_shape.h"

#include <gtest/gtest.h>

#include <random>

namespace relay {
namespace {

class RandomWords {
 public:
  explicit RandomWords(unsigned seed) : random_(seed) {
    for (const CommandSpec* spec : all_commands()) {
      words_.emplace_back(spec->name);
      for (const CommandSpec& sub : spec->subcommands) words_.emplace_back(sub.name);
    }
    for (const char* word : {"*",
                             "?",
                             "-1",
                             "0",
                             "1",
                             "2",
                             "3",
                             "7",
                             "99999999999999999999",
                             "eof",
                             "capa",
                             "psync-relay",
                             "ack",
                             "type",
                             "id",
                             "normal",
                             "pubsub",
                             "skipme",
                             "no",
                             "yes",
                             "addr",
                             "default",
                             "secret",
                             "setname",
                             "replication",
                             "all",
                             "help",
                             "listening-port",
                             "ip-address",
                             "filterby",
                             "pattern",
                             "failover",
                             "get",
                             "set",
                             "[a-",
                             "\\"}) {
      words_.emplace_back(word);
    }
  }

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  std::vector<std::string> request() {
    std::vector<std::string> words;
    // Mostly a command with about as many words as it wants, so that handlers are reached.
    const CommandSpec* spec = all_commands()[below(all_commands().size())];
    words.push_back(below(8) == 0 ? word() : std::string(spec->name));
    if (!spec->subcommands.empty() && below(8) != 0) {
      words.emplace_back(spec->subcommands[below(spec->subcommands.size())].name);
    }
    for (std::size_t n = below(5); n > 0; --n) words.push_back(word());
    return words;
  }

 private:
  std::string word() {
    switch (below(6)) {
      case 0: {
        std::string noise(below(40), '\0');
        for (char& c : noise) c = static_cast<char>(below(256));
        return noise;
      }
      case 1:
        return std::string(below(600), 'x');
      default:
        return words_[below(words_.size())];
    }
  }

  std::mt19937 random_;
  std::vector<std::string> words_;
};

TEST(RandomRequests, NeverBreakTheAnswerOrTheBounds) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomWords random(seed);
  FakeHost host;
  host.config_data.listen.password = "secret";
  std::vector<Speaker> speakers;
  for (std::uint64_t id = 1; id <= 4; ++id) speakers.emplace_back(host, id);
  for (Speaker& speaker : speakers) host.client_list.push_back(&speaker.client);
  speakers[3].client.is_replica = true;

  for (int i = 0; i < 20'000; ++i) {
    Speaker& speaker = speakers[random.below(speakers.size())];
    if (random.below(20) == 0) speaker.say("AUTH secret");
    if (random.below(50) == 0) speaker.say("RESET");
    const auto request = random.request();
    const std::string reply = speaker.say_words(request);
    const auto replies = count_replies(reply);
    ASSERT_TRUE(replies) << request[0] << ": " << reply;
    const bool subscription =
        request[0].size() > 8 && request[0].find("subscribe") != std::string::npos;
    const bool answered =
        speaker.outcome == Outcome::kReplied || speaker.outcome == Outcome::kClose;
    if (!subscription) {
      ASSERT_EQ(*replies, answered ? 1u : 0u) << request[0] << ": " << reply;
    }
    ASSERT_LE(speaker.client.channels.size(), kMaxChannels);
    ASSERT_LE(speaker.client.queued.size(), kMaxQueuedCommands);
    ASSERT_LE(speaker.client.queued_bytes, kMaxQueuedBytes);
  }
}

}  // namespace
}  // namespace relay
