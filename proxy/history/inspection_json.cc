#include "proxy/history/inspection_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace relay {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::value(text);
}

json::array texts(const std::vector<std::string>& all) {
  json::array list;
  for (const std::string& text : all) list.emplace_back(text);
  return list;
}

json::value of(const std::optional<History>& history) {
  if (!history) return nullptr;
  json::array former;
  for (const History::Former& one : history->former()) {
    json::object before;
    before["id"] = one.id.view();
    before["until"] = one.until.bytes();
    former.push_back(std::move(before));
  }
  json::object object;
  object["id"] = history->id().view();
  object["start"] = history->start().bytes();
  object["own_id"] = history->own_ids();
  object["former"] = std::move(former);
  return object;
}

json::value of(const RecoveredLog& log) {
  if (log.empty()) return nullptr;
  json::array segments;
  for (const SegmentInfo& segment : log.segments) {
    json::object one;
    one["begin"] = segment.base.bytes();
    one["end"] = segment.end.bytes();
    one["file_bytes"] = segment.file_bytes;
    segments.push_back(std::move(one));
  }
  json::object object;
  object["begin"] = log.begin.bytes();
  object["end"] = log.end.bytes();
  object["boundary"] = log.boundary.bytes();
  object["segments"] = std::move(segments);
  return object;
}

json::object of(const Inspection::SnapshotFile& snapshot) {
  json::object object;
  object["name"] = snapshot.name;
  object["offset"] = snapshot.offset.bytes();
  object["bytes"] = snapshot.bytes;
  object["fault"] = text_or_null(snapshot.fault);
  object["checksum"] = !snapshot.checksum_disabled;
  return object;
}

json::object of(const Inspection::Generation& generation, bool is_used) {
  json::array snapshots;
  for (const auto& snapshot : generation.snapshots) snapshots.push_back(of(snapshot));
  json::object object;
  object["name"] = generation.name;
  object["used"] = is_used;
  object["damaged"] = generation.is_damaged();
  object["fault"] = text_or_null(generation.fault);
  object["incomplete"] = generation.is_incomplete;
  object["history"] = of(generation.history);
  object["log"] = of(generation.log);
  object["log_damaged"] = generation.log.is_damaged;
  object["incidents"] = texts(generation.log.incidents);
  object["lost_bytes"] = generation.log.lost_bytes;
  object["snapshots"] = std::move(snapshots);
  return object;
}

}  // namespace

std::string to_json(const Inspection& found) {
  json::array generations;
  for (const auto& generation : found.generations) {
    generations.push_back(of(generation, generation.name == found.start_uses));
  }
  json::object start;
  start["fault"] = text_or_null(found.start_fault);
  start["uses"] = text_or_null(found.start_uses);
  start["asks"] = found.start_asks;
  start["changes"] = texts(found.start_changes);
  json::object object;
  object["damaged"] = found.is_damaged();
  object["generations"] = std::move(generations);
  object["set_aside"] = texts(found.set_aside);
  object["start"] = std::move(start);
  return json::serialize(object);
}

}  // namespace relay
