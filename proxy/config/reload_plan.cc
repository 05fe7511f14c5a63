#include "proxy/config/reload_plan.h"

#include "proxy/config/config_changes.h"
#include "proxy/config/config_rules.h"

namespace relay {

ReloadPlan plan_reload(const Config& in_force, const KeySources& sources_in_force,
                       const ConfigLoad& read) {
  ReloadPlan plan;
  if (!read) {
    plan.result.errors = read.error();
    return plan;
  }
  plan.config = with_reloadable(in_force, read->config);
  plan.sources = read->sources;
  for (const ConfigChange& change : changes_between(in_force, read->config)) {
    if (change.reloadable) {
      plan.result.applied.emplace_back(change.key);
      continue;
    }
    plan.result.restart_required.emplace_back(change.key);
    plan.sources.erase(std::string(change.key));
    const auto before = sources_in_force.find(change.key);
    if (before != sources_in_force.end()) plan.sources.insert(*before);
  }
  // What waits for a restart stays as it is, and beside it not every new value is good.
  for (const BrokenRule& rule : broken_rules(plan.config)) {
    const auto source = read->sources.find(rule.key);
    plan.result.errors.push_back(
        {source != read->sources.end() ? source->second.place : "",
         std::string(rule.key) + ": " + rule.complaint + ", until a restart takes all of it", ""});
  }
  if (plan.result.is_good()) {
    plan.result.warnings = read->warnings;
  } else {
    plan.result.applied.clear();
    plan.result.restart_required.clear();
  }
  return plan;
}

}  // namespace relay
