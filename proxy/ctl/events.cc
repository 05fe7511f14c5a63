// `psync-relay ctl events`.
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/event_feed.h"
#include "proxy/ctl/event_text.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/quantities.h"
#include "proxy/ctl/read_commands.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace relay {
namespace {

constexpr auto kBetweenQuestions = std::chrono::seconds(1);
constexpr std::uint64_t kShownBefore = 10;  // as tail -f

std::string target_since(std::uint64_t id) { return "/v1/events?since=" + std::to_string(id); }

// The id behind which there are so many events.
std::uint64_t before_the_last(CtlSession& session, std::uint64_t most) {
  const boost::json::value none = session.api().get_json("/v1/events?limit=0");
  const std::uint64_t newest = JsonNode(none)["newest"].count().value_or(0);
  return newest - std::min(newest, most);
}

void print_events(const CtlSession& session, const std::vector<JsonNode>& events,
                  const std::string& level) {
  std::string text;
  for (const JsonNode& event : events) {
    if (!is_at_least(event, level)) continue;
    text += session.wants_json() ? boost::json::serialize(*event.value())
                                 : event_line(event, session.style());
    text += '\n';
  }
  if (!text.empty()) session.print(text);
}

[[noreturn]] void follow(CtlSession& session, const std::string& level) {
  const auto since = session.line().number("--since");
  const std::uint64_t shown_before = session.line().number("--limit").value_or(kShownBefore);
  EventFeed feed(since.value_or(0));
  bool is_away = false;
  bool has_answered = false;
  const auto go_on_without = [&](const CtlFault& away) {
    if (!is_away) session.note(std::string(away.what()) + " (trying again)");
    is_away = true;
  };
  while (true) {
    try {
      if (!has_answered && !since) feed = EventFeed(before_the_last(session, shown_before));
      const boost::json::value page = session.api().get_json(target_since(feed.since()));
      if (is_away) session.note("the relay answers again");
      is_away = false;
      has_answered = true;
      const EventFeed::News news = feed.take(JsonNode(page));
      if (news.restarted) {
        session.note("the relay was started anew");
        continue;
      }
      if (news.missed > 0) {
        session.note(counted(news.missed, "event") + " came and went before they could be fetched");
      }
      print_events(session, news.events, level);
    } catch (const Unreachable& away) {
      if (!has_answered) throw;
      go_on_without(away);
    } catch (const Refused& refused) {
      if (!has_answered || !refused.is_for_now()) throw;
      go_on_without(refused);
    }
    std::this_thread::sleep_for(kBetweenQuestions);
  }
}

}  // namespace

int show_events(CtlSession& session) {
  const std::string level = session.line().text("--level").value_or("");
  if (session.line().has("--follow")) follow(session, level);
  const std::uint64_t since = session.line().number("--since").value_or(0);

  const ApiAnswer answer = session.api().get(target_since(since));
  const auto limit = session.line().number("--limit");
  if (session.wants_json() && level.empty() && !limit) {
    session.print_line_of(answer.body);
    return 0;
  }
  const boost::json::value page = parse_json(session.api().endpoint(), answer);
  const std::vector<JsonNode> all = JsonNode(page)["events"].items();
  std::vector<JsonNode> events;
  for (const JsonNode& event : all) {
    if (is_at_least(event, level)) events.push_back(event);
  }
  if (limit && events.size() > *limit) {
    events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(*limit));
  }
  if (session.wants_json()) {
    // The answer's own shape, with fewer events in it.
    boost::json::object fewer = page.is_object() ? page.get_object() : boost::json::object();
    boost::json::array kept;
    for (const JsonNode& event : events) kept.push_back(*event.value());
    fewer["events"] = std::move(kept);
    session.print_line_of(boost::json::serialize(fewer));
    return 0;
  }
  const auto first = all.empty() ? std::nullopt : all.front()["id"].count();
  if (session.line().has("--since") && first && *first > since + 1) {
    session.note(counted(*first - since - 1, "event") + " after " + std::to_string(since) +
                 " are no longer held");
  }
  print_events(session, events, level);
  return 0;
}

}  // namespace relay
