// Which psync-relay this is. The revision is the build's to give; a build that gives none says so.
#pragma once

#include <string_view>

namespace relay {

#ifndef RELAY_REVISION
#define RELAY_REVISION "unknown"
#endif

constexpr std::string_view kBuildVersion = RELAY_VERSION;
constexpr std::string_view kBuildRevision = RELAY_REVISION;

}  // namespace relay
