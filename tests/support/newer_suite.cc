#include "tests/support/newer_suite.h"

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

namespace relay::test {

namespace {

// Where new versions come first.
constexpr const char* kSuite = "sid";
// Some tens of megabytes, on the first run of all.
constexpr std::chrono::seconds kFetching = 240s;

}  // namespace

NewerProgram from_newer_suite(const std::string& package, const std::string& program) {
  const std::filesystem::path source = RELAY_SOURCE_DIR;
  const TempDir dir;
  Program fetch;
  fetch.argv = {source / "tests/support/from_suite.sh", source / "build/suites", kSuite, package,
                program};
  fetch.output = dir / "output";
  ExitStatus status;
  try {
    status = run(fetch, kFetching);
  } catch (const TimedOut& error) {
    return {std::nullopt, error.what() + ("\n" + read_text(fetch.output))};
  }
  const auto lines = lines_of(fetch.output);
  if (status.code != 0 || lines.empty()) return {std::nullopt, read_text(fetch.output)};
  return {lines.back(), ""};
}

}  // namespace relay::test
