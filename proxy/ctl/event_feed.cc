#include "proxy/ctl/event_feed.h"

namespace relay {

std::uint64_t EventFeed::since() const {
  return last_time_.empty() || last_id_ == 0 ? last_id_ : last_id_ - 1;
}

EventFeed::News EventFeed::take(const JsonNode& page) {
  News news;
  std::vector<JsonNode> events = page["events"].items();
  const std::uint64_t newest = page["newest"].count().value_or(0);
  const bool knows_last = !last_time_.empty() && last_id_ > 0;
  bool is_another = newest < last_id_ && knows_last;
  if (knows_last && !events.empty() && events.front()["id"].count() == last_id_) {
    is_another = is_another || events.front()["time"].text() != last_time_;
    events.erase(events.begin());
  }
  if (is_another) {
    last_id_ = 0;
    last_time_.clear();
    news.restarted = true;
    return news;
  }
  if (!events.empty()) {
    const std::uint64_t first = events.front()["id"].count().value_or(0);
    // Whoever asks from the beginning has missed nothing that it asked for.
    if (last_id_ > 0 && first > last_id_ + 1) news.missed = first - last_id_ - 1;
    last_id_ = events.back()["id"].count().value_or(last_id_);
    last_time_ = events.back()["time"].text();
  }
  news.events = std::move(events);
  return news;
}

}  // namespace relay
