// The Status as Prometheus reads it: text format 0.0.4, the rows of names.h in their order.
//
//  (1) Every row is there in every answer, and nothing else is.
//  (2) A lag is never negative: an acknowledgement may be newer than the end that this picture was
//      taken with.
//  (3) What peers say of themselves appears as a label, made harmless: one byte that is not UTF-8
//      would cost the whole scrape. Two connections that announce the same address give one set of
//      series, the newer one's: doubles would cost it too.
//
// A pure function.
#pragma once

#include "proxy/metrics/process_status.h"
#include "proxy/status/status.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace relay {

// Prometheus 3 refuses a scrape that does not say exactly what it is.
constexpr std::string_view kExpositionContentType = "text/plain; version=0.0.4; charset=utf-8";

// Replicas with series of their own; the longest connected ones, so that the set does not change at
// every scrape.
constexpr std::size_t kMostReplicasInMetrics = 500;

std::string expose(const Status& status, const ProcessStatus& process);

}  // namespace relay
