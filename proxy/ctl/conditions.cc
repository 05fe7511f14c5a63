#include "proxy/ctl/conditions.h"

namespace relay {
namespace {

std::string why_not_ready(const JsonNode& status) {
  std::string reasons;
  for (const JsonNode& check : status["checks"].items()) {
    if (check["ok"].is_true() || !check["required"].is_true()) continue;
    reasons += (reasons.empty() ? " (" : "; ") + check["name"].text() + ": " + check["text"].text();
  }
  return "it is not ready" + (reasons.empty() ? "" : reasons + ")");
}

}  // namespace

std::vector<std::string> missing(const Conditions& wanted, const JsonNode& status) {
  std::vector<std::string> phrases;
  if (wanted.ready && !status["ready"].is_true()) phrases.push_back(why_not_ready(status));
  if (wanted.online) {
    const auto online = status["replicas"]["online"].count().value_or(0);
    if (online < *wanted.online) {
      phrases.push_back(std::to_string(online) + " of " + std::to_string(*wanted.online) +
                        " replicas " + (online == 1 ? "is" : "are") + " online");
    }
  }
  if (wanted.offset) {
    const auto offset = status["log"]["end_offset"].count().value_or(0);
    if (offset < *wanted.offset) {
      phrases.push_back("its log is at " + std::to_string(offset) + " of " +
                        std::to_string(*wanted.offset));
    }
  }
  return phrases;
}

}  // namespace relay
