#include "proxy/ctl/wait_commands.h"

#include "common/base/duration.h"
#include "proxy/ctl/conditions.h"
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/detail_text.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/quantities.h"
#include "proxy/ctl/snapshot_arrival.h"
#include "proxy/ctl/terminal.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace relay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = 200ms;
constexpr Duration kWaitDefault = 60s;
constexpr Duration kSnapshotDefault = 1h;
// Beyond the time after which the relay itself ends what it has begun.
constexpr Duration kGrace = 10s;
constexpr Duration kShutdownDefault = 60s;
constexpr unsigned kBarWidth = 30;

std::string joined(const std::vector<std::string>& phrases) {
  std::string text;
  for (const std::string& phrase : phrases) text += (text.empty() ? "" : "; ") + phrase;
  return text;
}

// A request of a wait takes no longer than the wait may, and one that is cut short ends no earlier
// than it: whoever waits can tell which it was.
ApiAnswer ask_within(const ApiClient& api, const std::string& target, Clock::time_point until) {
  const auto rest = std::chrono::ceil<Duration>(until - Clock::now());
  return ApiClient(api.endpoint(), std::clamp<Duration>(rest, 1ms, api.limit())).get(target);
}

void pause_until(Clock::time_point until) {
  std::this_thread::sleep_for(
      std::min<Clock::duration>(kPause, std::max<Clock::duration>(until - Clock::now(), 1ms)));
}

// {"done": "..."} as it came, or in words.
void show_done(const CtlSession& session, const ApiAnswer& answer, const Endpoint& endpoint) {
  if (session.wants_json()) return session.print_line_of(answer.body);
  const boost::json::value value = parse_json(endpoint, answer);
  session.print(JsonNode(value)["done"].text() + "\n");
}

// How long the relay gives its replicas when it is not told.
Duration shutdown_timeout(const ApiClient& api) {
  const boost::json::value config = api.get_json("/v1/config");
  for (const JsonNode& key : JsonNode(config)["keys"].items()) {
    if (key["key"].text() != "shutdown-timeout") continue;
    return parse_duration(key["value"].text()).value_or(kShutdownDefault);
  }
  return kShutdownDefault;
}

}  // namespace

int wait_for_conditions(CtlSession& session) {
  const Conditions wanted{session.line().has("--ready"), session.line().number("--online"),
                          session.line().number("--offset")};
  const auto limit = session.line().duration("--timeout").value_or(kWaitDefault);
  const auto until = Clock::now() + limit;
  ProgressLine progress;
  std::vector<std::string> lacking;
  while (true) {
    try {
      const ApiAnswer answer = ask_within(session.api(), "/v1/status?limit=0", until);
      const boost::json::value status = parse_json(session.api().endpoint(), answer);
      lacking = missing(wanted, JsonNode(status));
      if (lacking.empty()) {
        progress.clear();
        if (session.wants_json()) session.print_line_of(answer.body);
        return 0;
      }
    } catch (const NoAnswer& late) {
      // A question that the end of the wait cut short tells less than the one before it.
      if (lacking.empty() || Clock::now() < until) lacking = {late.what()};
    } catch (const Unreachable& away) {
      lacking = {away.what()};
    } catch (const Refused& refused) {
      if (!refused.is_for_now()) throw;
      lacking = {refused.what()};
    }
    if (Clock::now() >= until) {
      throw CtlFault("not within " + format_duration(limit) + ": " + joined(lacking));
    }
    progress.show("waiting: " + joined(lacking));
    pause_until(until);
  }
}

int start_snapshot(CtlSession& session) {
  const ApiClient& api = session.api();
  const std::string target = "/v1/snapshots";
  if (!session.line().has("--wait")) {
    show_done(session, api.post("/v1/snapshot", "{}"), api.endpoint());
    return 0;
  }
  const boost::json::value before = api.get_json(target);
  try {
    api.post("/v1/snapshot", "{}");
  } catch (const Refused& refused) {
    // One is on its way: that one will do.
    if (refused.status != 409 || !JsonNode(before)["arriving"]) throw;
    session.note("one is on its way already; waiting for that");
  }
  const auto limit = session.line().duration("--timeout").value_or(kSnapshotDefault);
  const auto until = Clock::now() + limit;
  ProgressLine progress;
  while (true) {
    const ApiAnswer answer = ask_within(api, target, until);
    const boost::json::value now = parse_json(api.endpoint(), answer);
    const SnapshotArrival arrival = arrival_between(JsonNode(before), JsonNode(now));
    if (arrival.outcome == SnapshotArrival::Outcome::kFailed) {
      throw CtlFault("the snapshot did not come: " + arrival.reason +
                     " (psync-relay ctl events says more)");
    }
    if (arrival.outcome == SnapshotArrival::Outcome::kWhole) {
      progress.clear();
      if (session.wants_json()) {
        session.print_line_of(answer.body);
      } else {
        session.print(snapshots_text(JsonNode(now), session.style()));
      }
      return 0;
    }
    const JsonNode arriving = JsonNode(now)["arriving"];
    const std::string so_far =
        arriving ? transfer_text(arriving, kBarWidth) : "waiting for the master";
    if (Clock::now() >= until) {
      throw CtlFault("not within " + format_duration(limit) + ": " + so_far +
                     "; the relay goes on fetching it");
    }
    progress.show(so_far);
    pause_until(until);
  }
}

int drain(CtlSession& session) {
  const ApiClient& api = session.api();
  const auto given = session.line().duration("--timeout");
  boost::json::object body;
  if (given) body["timeout"] = format_duration(*given);
  const bool waits = session.line().has("--wait");
  const Duration limit = kGrace + (given ? *given : waits ? shutdown_timeout(api) : Duration());
  const ApiAnswer done = api.post("/v1/drain", boost::json::serialize(body));
  if (!waits) {
    show_done(session, done, api.endpoint());
    return 0;
  }
  const auto until = Clock::now() + limit;
  ProgressLine progress;
  std::string lacking;
  while (true) {
    try {
      const ApiAnswer answer = ask_within(api, "/v1/status?limit=0", until);
      const boost::json::value status = parse_json(api.endpoint(), answer);
      if (!JsonNode(status)["draining"].is_true()) {
        throw CtlFault("it is no longer draining: somebody has taken that back");
      }
      const auto left = JsonNode(status)["replicas"]["total"].count().value_or(0);
      if (left == 0) {
        progress.clear();
        if (session.wants_json()) {
          session.print_line_of(answer.body);
        } else {
          session.print("drained: no replica is left\n");
        }
        return 0;
      }
      lacking = counted(left, "replica") + (left == 1 ? " is" : " are") + " still connected";
    } catch (const NoAnswer& late) {
      // How many were left tells more than that nobody said so again.
      if (lacking.empty()) lacking = late.what();
    } catch (const Refused& refused) {
      if (!refused.is_for_now()) throw;
      if (lacking.empty()) lacking = refused.what();
    }
    if (Clock::now() >= until) {
      throw CtlFault("not within " + format_duration(limit) + ": " + lacking);
    }
    progress.show("draining: " + lacking);
    pause_until(until);
  }
}

int shut_down(CtlSession& session) {
  const ApiClient& api = session.api();
  const bool waits = session.line().has("--wait");
  const Duration limit = kGrace + (waits ? shutdown_timeout(api) : Duration());
  std::string run_id;
  if (waits) {
    const boost::json::value status = api.get_json("/v1/status?limit=0");
    run_id = JsonNode(status)["run_id"].text();
  }
  const ApiAnswer done = api.post("/v1/shutdown", "{}");
  if (!waits) {
    show_done(session, done, api.endpoint());
    return 0;
  }
  const auto until = Clock::now() + limit;
  ProgressLine progress;
  while (true) {
    try {
      const ApiAnswer answer = ask_within(api, "/v1/status?limit=0", until);
      const boost::json::value status = parse_json(api.endpoint(), answer);
      // Its supervisor was quicker than we.
      if (JsonNode(status)["run_id"].text() != run_id) break;
    } catch (const NoAnswer&) {
      // Busy with its end, perhaps.
    } catch (const Refused& refused) {
      if (!refused.is_for_now()) throw;
    } catch (const Unreachable&) {
      break;
    }
    if (Clock::now() >= until) {
      throw CtlFault("not within " + format_duration(limit) + ": it still answers");
    }
    progress.show("stopping");
    pause_until(until);
  }
  progress.clear();
  if (session.wants_json()) {
    session.print_line_of(done.body);
  } else {
    session.print("stopped\n");
  }
  return 0;
}

}  // namespace relay
