// Following the events of a relay over a restart of it: what to ask for next, and what of an answer
// is new.
//
//  (1) Ids begin anew with each start of a relay. So the last event that was seen is asked for
//      again: if it comes with the same time, the rest follows it; if not, the relay is another one
//      by now, and everything it has is new.
//  (2) Events that were dropped before we asked are told of.
//
// Threading: pure; one owner.
#pragma once

#include "proxy/ctl/json_node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace relay {

class EventFeed {
 public:
  explicit EventFeed(std::uint64_t since) : last_id_(since) {}

  std::uint64_t since() const;  // for the query

  struct News {
    bool restarted = false;    // ask again: the rest of this answer is not filled in
    std::uint64_t missed = 0;  // events between the last one seen and the first of these
    std::vector<JsonNode> events;
  };
  // An answer to since(), which must outlive the news.
  News take(const JsonNode& page);

 private:
  std::uint64_t last_id_;
  std::string last_time_;  // "": none was seen yet
};

}  // namespace relay
