#include "proxy/ctl/replica_choice.h"

#include "proxy/config/value_kinds.h"
#include "proxy/ctl/fault.h"

#include <vector>

namespace relay {

bool is_replica_id(std::string_view text) {
  return text.size() > 1 && text.front() == 'r' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string replica_id_in(const JsonNode& page, const std::string& name) {
  std::vector<std::string> ids;
  for (const JsonNode& replica : page["items"].items()) {
    if (replica["name"].text() == name) ids.push_back(replica["id"].text());
  }
  if (ids.empty()) {
    throw CtlFault("no replica is called " + in_quotes(name) +
                   " (psync-relay ctl replicas shows their names)");
  }
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ", ") + id;
  if (ids.size() > 1) throw CtlFault("more than one replica has that name, choose an id: " + list);
  // It becomes a part of a path.
  if (!is_replica_id(list)) throw CtlFault("the id of that replica is not understood");
  return list;
}

std::string replica_id_of(const ApiClient& api, const std::string& id_or_name) {
  if (is_replica_id(id_or_name)) return id_or_name;
  const boost::json::value page = api.get_json("/v1/replicas?limit=10000");
  return replica_id_in(JsonNode(page), id_or_name);
}

}  // namespace relay
