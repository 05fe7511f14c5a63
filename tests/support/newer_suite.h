// Programs of a newer Debian than the one that the tests run on: a Prometheus 3, a current
// redis_exporter. They are extracted below build/, never installed (tests/support/from_suite.sh).
//
// A machine that cannot reach the suite has none of them: a test says so loudly and leaves out what
// needs them. What has been fetched once is there from then on.
//
// Threading: any thread; fetching is one process at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace relay::test {

struct NewerProgram {
  std::optional<std::filesystem::path> path;
  std::string why_not;  // what was tried, if it is not there
};

// `program` is its path in the package: "usr/bin/prometheus".
NewerProgram from_newer_suite(const std::string& package, const std::string& program);

}  // namespace relay::test
