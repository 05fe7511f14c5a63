#include "tests/support/prometheus_server.h"

#include "tests/support/http_page.h"
#include "tests/support/text_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <regex>
#include <stdexcept>

namespace relay::test {

namespace {

unsigned count(const std::string& text, std::string_view part) {
  unsigned found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Labels labels_in(const std::string& object) {
  static const std::regex kPair(R"re("(\w+)":"((?:[^"\\]|\\.)*)")re");
  Labels labels;
  for (std::sregex_iterator pair(object.begin(), object.end(), kPair), end; pair != end; ++pair) {
    labels[(*pair)[1]] = (*pair)[2];
  }
  return labels;
}

// Of the JSON only what a vector or a matrix is: {"metric":{labels},"values":[[time,"value"],...]}.
std::vector<Series> series_in(const std::string& json) {
  constexpr std::string_view kBegin = "\"metric\":{";
  static const std::regex kValue(R"re(\[[0-9.e+]+,"([^"]*)"\])re");
  std::vector<Series> found;
  for (auto at = json.find(kBegin); at != std::string::npos;) {
    const auto labels = at + kBegin.size() - 1;
    const auto values = json.find('}', labels);
    at = json.find(kBegin, values);
    const std::string text = json.substr(values, at - values);
    Series series{labels_in(json.substr(labels, values - labels)), {}};
    for (std::sregex_iterator value(text.begin(), text.end(), kValue), end; value != end; ++value) {
      series.values.push_back(std::stod((*value)[1]));
    }
    found.push_back(std::move(series));
  }
  return found;
}

}  // namespace

PrometheusServer::PrometheusServer(const std::filesystem::path& program, const std::string& config,
                                   const std::filesystem::path& rules) {
  std::filesystem::copy_file(rules, dir_ / rules.filename());
  write_text(dir_ / "prometheus.yml", config);
  Program prometheus;
  prometheus.argv = {program, "--config.file=" + (dir_ / "prometheus.yml").string(),
                     "--storage.tsdb.path=" + (dir_ / "data").string(),
                     "--web.listen-address=127.0.0.1:" + std::to_string(port_.number()),
                     "--log.level=warn"};
  prometheus.output = dir_ / "log";
  prometheus.directory = dir_.path();
  process_ = std::make_unique<ChildProcess>(prometheus);
  wait_until(
      [this] {
        return !process_->is_running() ||
               (http_page(port_.number(), "/-/ready"), started_ = time(), true);
      },
      kPatience, "Prometheus answering");
  if (!process_->is_running()) {
    throw std::runtime_error("Prometheus has ended at once:\n" + last_lines(dir_ / "log", 10));
  }
}

PrometheusServer::~PrometheusServer() {
  if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::cerr << "--- the end of the log of Prometheus\n" << last_lines(dir_ / "log", 10);
  }
}

std::string PrometheusServer::page(const std::string& path) const {
  return http_page(port_.number(), "/api/v1/" + path);
}

std::string PrometheusServer::version() const {
  return labels_in(page("status/buildinfo")).at("version");
}

std::vector<Series> PrometheusServer::now(const std::string& expr) const {
  return series_in(page("query?query=" + query_escaped(expr)));
}

std::vector<Series> PrometheusServer::since_start(const std::string& expr) const {
  return since(started_, expr);
}

std::vector<Series> PrometheusServer::since(double from, const std::string& expr) const {
  return series_in(page("query_range?query=" + query_escaped(expr) + "&start=" +
                        std::to_string(from) + "&end=" + std::to_string(time()) + "&step=0.5"));
}

double PrometheusServer::time() const { return now("vector(time())").at(0).values.at(0); }

unsigned PrometheusServer::rules() const { return count(page("rules"), "\"health\":"); }

unsigned PrometheusServer::healthy_rules() const {
  return count(page("rules"), "\"health\":\"ok\"");
}

bool has_a_number(const std::vector<Series>& found) {
  return std::any_of(found.begin(), found.end(), [](const Series& series) {
    return std::any_of(series.values.begin(), series.values.end(),
                       [](double value) { return !std::isnan(value); });
  });
}

}  // namespace relay::test
