#include "proxy/ctl/admin_commands.h"

#include "proxy/config/host_port.h"
#include "proxy/config/small_file.h"
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/detail_text.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/replica_choice.h"

#include <boost/json/serialize.hpp>

namespace relay {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;  // as the relay has it

int change(CtlSession& session, const std::string& target, const boost::json::object& body = {}) {
  const ApiClient& api = session.api();
  const ApiAnswer answer = api.post(target, boost::json::serialize(body));
  if (session.wants_json()) {
    session.print_line_of(answer.body);
  } else {
    const boost::json::value value = parse_json(api.endpoint(), answer);
    session.print(JsonNode(value)["done"].text() + "\n");
  }
  return 0;
}

}  // namespace

int reload_config(CtlSession& session) {
  const ApiClient& api = session.api();
  ApiRequest request;
  request.method = "POST";
  request.target = "/v1/reload";
  request.body = "{}";
  const ApiAnswer answer = api.send(request);
  if (session.wants_json() && answer.status == 422) {
    session.print_line_of(answer.body);
    return 1;
  }
  require_success(request, answer);
  if (session.wants_json()) {
    session.print_line_of(answer.body);
  } else {
    const boost::json::value value = parse_json(api.endpoint(), answer);
    session.print(reload_text(JsonNode(value), false, session.style()));
  }
  return 0;
}

int check_config(CtlSession& session) {
  const std::string& file = session.line().operands[0];
  const Result<std::string> text = read_small_file(file == "-" ? "/dev/stdin" : file, kLargestFile);
  if (!text) {
    throw CtlFault("cannot read " + file + ": " +
                   (text.error().value() == EFBIG ? "larger than 1mb" : text.error().message()));
  }
  const boost::json::object body = {{"text", *text}};
  const ApiClient& api = session.api();
  const ApiAnswer answer = api.post("/v1/config/check", boost::json::serialize(body));
  const boost::json::value value = parse_json(api.endpoint(), answer);
  if (session.wants_json()) {
    session.print_line_of(answer.body);
  } else {
    session.print(reload_text(JsonNode(value), true, session.style()));
  }
  return JsonNode(value)["valid"].is_true() ? 0 : 1;
}

int undrain(CtlSession& session) { return change(session, "/v1/undrain"); }

int follow_master(CtlSession& session) {
  const auto address = parse_host_port(session.line().operands[0]);
  return change(session, "/v1/upstream",
                {{"host", *address->host}, {"port", std::stoi(address->port)}});
}

int reconnect(CtlSession& session) { return change(session, "/v1/upstream/reconnect"); }

int resync(CtlSession& session) {
  return change(session, "/v1/upstream/resync", {{"kind", "full"}, {"confirm", true}});
}

int disconnect_replica(CtlSession& session) {
  const std::string id = replica_id_of(session.api(), session.line().operands[0]);
  return change(session, "/v1/replicas/" + id + "/disconnect");
}

int set_relay_log_level(CtlSession& session) {
  return change(session, "/v1/loglevel", {{"level", session.line().operands[0]}});
}

}  // namespace relay
