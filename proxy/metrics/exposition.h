// The Status as Prometheus reads it: text format 0.0.4, the rows of names.h in their order.
//
//  (1) Every row is there in every answer, and nothing else is.
//  (2) The rows of single replicas, nearly all of a large page, are written by replica_series.cc;
//      prometheus-cpp would take ten times as long for them.
//
// A pure function.
#pragma once

#include "proxy/metrics/process_status.h"
#include "proxy/status/status.h"

#include <string>
#include <string_view>

namespace relay {

// Prometheus 3 refuses a scrape that does not say exactly what it is.
constexpr std::string_view kExpositionContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string expose(const Status& status, const ProcessStatus& process);

}  // namespace relay
