// Whether this relay should be sent replicas: what /readyz answers, and why.
//
//  (1) Ready means: it has a history that it can serve, and was not asked to stop.
//  (2) Losing the master later does not make it unready. What it holds is served, and taking it out
//      of service would send its replicas to the master, which is what it is there to prevent.
//      Neither does a disk that fails: the log goes on in memory.
//  (3) Such troubles are in the list all the same, as checks that are not required.
//
// A pure function.
#pragma once

#include "proxy/status/status.h"

#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct Check {
  std::string_view name;
  bool ok = false;
  std::string text;      // "ok", or what is the matter
  bool required = true;  // if not, it is told but does not count
};

struct Readiness {
  bool ready = false;
  std::vector<Check> checks;
};

Readiness readiness(const Status& status);

}  // namespace relay
