// Which replica an operator means: by the id of its connection, or by its name.
//
// Threading: one thread; blocks.
#pragma once

#include "proxy/ctl/api_client.h"
#include "proxy/ctl/json_node.h"

#include <string>
#include <string_view>

namespace relay {

bool is_replica_id(std::string_view text);  // "r17"

// An id is taken as it is. Throws CtlFault where no replica, or more than one, has that name.
std::string replica_id_of(const ApiClient& api, const std::string& id_or_name);
// The same in a list that was fetched, for a name.
std::string replica_id_in(const JsonNode& page, const std::string& name);

}  // namespace relay
