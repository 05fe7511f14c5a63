#include "proxy/ctl/read_commands.h"

#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/detail_text.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/replica_choice.h"
#include "proxy/ctl/replica_text.h"
#include "proxy/ctl/status_text.h"

#include <functional>
#include <list>

namespace relay {
namespace {

using Words = std::function<std::string(const JsonNode&)>;

// An answer as it came, or in words.
int show(CtlSession& session, const std::string& target, const Words& words) {
  const ApiAnswer answer = session.api().get(target);
  if (session.wants_json()) {
    session.print_line_of(answer.body);
  } else {
    const boost::json::value value = parse_json(session.api().endpoint(), answer);
    session.print(words(JsonNode(value)));
  }
  return 0;
}

}  // namespace

int show_status(CtlSession& session) {
  return show(session, session.wants_json() ? "/v1/status" : "/v1/status?limit=50",
              [&](const JsonNode& status) { return status_text(status, session.style()); });
}

int show_replicas(CtlSession& session) {
  const std::string state = session.line().text("--state").value_or("");
  std::list<boost::json::value> pages;
  std::vector<JsonNode> all;
  std::string after;
  do {
    std::string target = "/v1/replicas?limit=10000";
    if (!state.empty()) target += "&state=" + state;
    if (!after.empty()) target += "&after=" + after;
    const ApiAnswer answer = session.api().get(target);
    const JsonNode page(pages.emplace_back(parse_json(session.api().endpoint(), answer)));
    // A page is a document of its own; there is a second one beyond 10000.
    if (session.wants_json()) session.print_line_of(answer.body);
    for (const JsonNode& replica : page["items"].items()) all.push_back(replica);
    after = page["next"].text();
  } while (is_replica_id(after));
  if (!session.wants_json()) session.print(replicas_text(all, state, session.style()));
  return 0;
}

int show_replica(CtlSession& session) {
  const std::string id = replica_id_of(session.api(), session.line().operands[0]);
  return show(session, "/v1/replicas/" + id,
              [&](const JsonNode& replica) { return replica_text(replica, session.style()); });
}

int show_log(CtlSession& session) {
  return show(session, "/v1/log",
              [&](const JsonNode& log) { return log_text(log, session.style()); });
}

int show_snapshots(CtlSession& session) {
  return show(session, "/v1/snapshots", [&](const JsonNode& snapshots) {
    return snapshots_text(snapshots, session.style());
  });
}

int show_config(CtlSession& session) {
  return show(session, "/v1/config",
              [&](const JsonNode& config) { return config_text(config, session.style()); });
}

int show_version(CtlSession& session) { return show(session, "/version", version_text_of); }

int show_ready(CtlSession& session) {
  ApiRequest request;
  request.target = "/readyz?verbose";
  const ApiAnswer answer = session.api().send(request);
  if (answer.status != 503) require_success(request, answer);
  // The lines are the relay's, but the texts in them may be the master's.
  std::string text;
  for (std::string_view rest = answer.body; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += without_controls(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  session.print(text);
  return answer.status == 503 ? 1 : 0;
}

}  // namespace relay
