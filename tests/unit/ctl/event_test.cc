#include "proxy/ctl/event_feed.h"
#include "proxy/ctl/event_text.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace relay {
namespace {

// Events first to last, each at a time that begins with `run`: those of another start have others.
boost::json::value page(std::uint64_t first, std::uint64_t last, const std::string& run) {
  boost::json::array events;
  for (std::uint64_t id = first; id <= last; ++id) {
    events.push_back({{"id", id}, {"time", run + std::to_string(id)}});
  }
  return {{"newest", last}, {"events", events}};
}

std::vector<std::uint64_t> ids(const EventFeed::News& news) {
  std::vector<std::uint64_t> result;
  for (const JsonNode& event : news.events) result.push_back(*event["id"].count());
  return result;
}

using Ids = std::vector<std::uint64_t>;

TEST(EventFeed, EachEventIsToldOnce) {
  EventFeed feed(0);
  EXPECT_EQ(feed.since(), 0u);
  const auto first = page(1, 3, "a");
  EXPECT_EQ(ids(feed.take(JsonNode(first))), (Ids{1, 2, 3}));
  EXPECT_EQ(feed.since(), 2u) << "the last one is asked for again";
  const auto same = page(3, 3, "a");
  EXPECT_EQ(ids(feed.take(JsonNode(same))), Ids{});
  const auto more = page(3, 5, "a");
  EXPECT_EQ(ids(feed.take(JsonNode(more))), (Ids{4, 5}));
}

TEST(EventFeed, ARestartIsSeenHoweverManyEventsItMade) {
  for (std::uint64_t newest : {0u, 1u, 4u, 5u, 6u, 9u}) {
    EventFeed feed(0);
    const auto first = page(1, 5, "a");
    feed.take(JsonNode(first));
    const auto other = page(std::min<std::uint64_t>(5, newest + 1), newest, "b");
    const EventFeed::News news = feed.take(JsonNode(other));
    EXPECT_TRUE(news.restarted) << newest;
    EXPECT_EQ(feed.since(), 0u);
    const auto all = page(1, newest, "b");
    EXPECT_EQ(feed.take(JsonNode(all)).events.size(), newest);
  }
}

TEST(EventFeed, WhatWasDroppedIsCounted) {
  EventFeed feed(0);
  const auto first = page(1, 5, "a");
  feed.take(JsonNode(first));
  const auto late = page(2000, 2001, "a");
  const EventFeed::News news = feed.take(JsonNode(late));
  EXPECT_EQ(news.missed, 1994u);
  EXPECT_EQ(ids(news), (Ids{2000, 2001}));
}

TEST(EventFeed, BeginsBehindAnId) {
  EventFeed feed(7);
  EXPECT_EQ(feed.since(), 7u);
  const auto first = page(8, 9, "a");
  EXPECT_EQ(ids(feed.take(JsonNode(first))), (Ids{8, 9}));
  EventFeed early(0);
  const auto later = page(500, 501, "a");
  EXPECT_EQ(early.take(JsonNode(later)).missed, 0u) << "nothing before was asked for";
}

TEST(EventText, IsALineWithTheReasons) {
  const auto event = boost::json::parse(
      R"({"id": 12, "time": "2026-11-26T05:00:00.123Z", "level": "warn", "event": "upstream.lost",
          "reason": "connection \"reset\"", "port": 6379, "again": true, "empty": ""})");
  EXPECT_EQ(event_line(JsonNode(event), {}),
            "    12  2026-11-26T05:00:00.123Z  warn   upstream.lost "
            "reason=\"connection \\\"reset\\\"\" port=6379 again=true empty=\"\"");
}

TEST(EventText, LevelsAreOrdered) {
  const auto warn = boost::json::parse(R"({"level": "warn"})");
  EXPECT_TRUE(is_at_least(JsonNode(warn), ""));
  EXPECT_TRUE(is_at_least(JsonNode(warn), "info"));
  EXPECT_TRUE(is_at_least(JsonNode(warn), "warn"));
  EXPECT_FALSE(is_at_least(JsonNode(warn), "error"));
}

}  // namespace
}  // namespace relay
