// The series of single replicas: which replicas have some, under which name, and their lines.
//
//  (1) What peers say of themselves appears as a label, made harmless: one byte that is not UTF-8
//      would cost the whole scrape. Two connections that announce the same address give one set of
//      series, the newer one's: doubles would cost it too.
//  (2) Where there are more replicas than may have series, the longest connected ones have them, so
//      that the set does not change at every scrape.
//  (3) One that has left keeps its series for a while, as they were last but for `online`, which is
//      0; unless those who are here need the room.
//
// Written line by line, for this is what a scrape of hundreds of replicas takes its time for.
//
// A pure function.
#pragma once

#include "proxy/metrics/names.h"
#include "proxy/status/status.h"

#include <cstddef>
#include <string>
#include <vector>

namespace relay {

struct ReplicaSeries {
  std::vector<std::string> lines;  // of each row of names.h; empty where the row is of no replica
  std::size_t dropped = 0;         // replicas that are here and have no series, being too many
};

ReplicaSeries replica_series(const Status& status);

constexpr bool is_of_replicas(const MetricRow& row) { return row.labels == "replica"; }

}  // namespace relay
