// A real Prometheus: Debian 12's, or another version's program. Its data are in a directory of its
// own, and it listens on 127.0.0.1 alone.
//
// What it is asked are expressions, as by Grafana; an expression that it does not understand throws.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/http_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <string>
#include <vector>

namespace relay::test {

struct Series {
  Labels labels;
  std::vector<double> values;  // at the times asked for
};

class PrometheusServer {
 public:
  // Starts it and waits until it answers. The rules are a file beside `config` that this may name.
  PrometheusServer(const std::filesystem::path& program, const std::string& config,
                   const std::filesystem::path& rules);
  ~PrometheusServer();

  std::string version() const;
  std::vector<Series> now(const std::string& expr) const;
  // Since the server was started, twice a second.
  std::vector<Series> since_start(const std::string& expr) const;
  // Since the server's time was `from`, which is the value of time().
  std::vector<Series> since(double from, const std::string& expr) const;
  double time() const;
  // How many rules it has, and how many of them it has evaluated, all without an error.
  unsigned rules() const;
  unsigned healthy_rules() const;

 private:
  std::string page(const std::string& path) const;

  TempDir dir_;
  ReservedPort port_;
  std::unique_ptr<ChildProcess> process_;
  double started_ = 0;
};

// True if some value of some series is a number, not NaN as for a quantile of nothing.
bool has_a_number(const std::vector<Series>& found);

}  // namespace relay::test
