// `psync-relay ctl events`.
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/event_feed.h"
#include "proxy/ctl/event_text.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/quantities.h"
#include "proxy/ctl/read_commands.h"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <thread>

namespace relay {
namespace {

constexpr auto kBetweenQuestions = std::chrono::seconds(1);
constexpr int kShownBefore = 10;  // as tail -f

std::string target_since(std::uint64_t id) { return "/v1/events?since=" + std::to_string(id); }

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
  EventFeed feed(since.value_or(0));
  bool is_away = false;
  bool has_answered = false;
  const auto go_on_without = [&](const CtlFault& away) {
    if (!is_away) session.note(std::string(away.what()) + " (trying again)");
    is_away = true;
  };
  while (true) {
    try {
      const bool begins = !has_answered && !since;
      const boost::json::value page = session.api().get_json(
          begins ? "/v1/events?limit=" + std::to_string(kShownBefore) : target_since(feed.since()));
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
  if (session.wants_json() && level.empty()) {
    session.print_line_of(answer.body);
    return 0;
  }
  const boost::json::value page = parse_json(session.api().endpoint(), answer);
  const std::vector<JsonNode> events = JsonNode(page)["events"].items();
  if (session.wants_json()) {
    // The answer's own shape, with fewer events in it.
    boost::json::object fewer = page.is_object() ? page.get_object() : boost::json::object();
    boost::json::array kept;
    for (const JsonNode& event : events) {
      if (is_at_least(event, level)) kept.push_back(*event.value());
    }
    fewer["events"] = std::move(kept);
    session.print_line_of(boost::json::serialize(fewer));
    return 0;
  }
  const auto first = events.empty() ? std::nullopt : events.front()["id"].count();
  if (session.line().has("--since") && first && *first > since + 1) {
    session.note(counted(*first - since - 1, "event") + " after " + std::to_string(since) +
                 " are no longer held");
  }
  print_events(session, events, level);
  return 0;
}

}  // namespace relay
