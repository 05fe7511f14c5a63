#include "proxy/ctl/text_table.h"

#include "proxy/ctl/json_node.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace relay {
namespace {

const Style kPlainStyle;
const Style kColours{true, 80};

std::string without_escapes(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      result += text[i];
    }
  }
  return result;
}

TextTable table() {
  TextTable result({{"ID"}, {"LAG", TextTable::Align::kRight}, {"NOTE"}});
  result.add({{"r1"}, {"5 B", Paint::kBad}, {""}});
  result.add({{"r1000"}, {"12 KiB"}, {"slow", Paint::kWarn}});
  return result;
}

TEST(TextTable, ColumnsStandBelowEachOther) {
  EXPECT_EQ(table().text(kPlainStyle),
            "ID        LAG  NOTE\n"
            "r1        5 B\n"
            "r1000  12 KiB  slow\n");
}

TEST(TextTable, ColoursChangeNothingButColours) {
  const std::string coloured = table().text(kColours);
  EXPECT_NE(coloured, table().text(kPlainStyle));
  EXPECT_EQ(without_escapes(coloured), table().text(kPlainStyle));
}

TEST(TextTable, CharactersAreCountedAndNotBytes) {
  TextTable wide({{"NAME"}, {"X"}});
  wide.add({{"gr\xc3\xbc\xc3\x9f"}, {"1"}});
  EXPECT_EQ(wide.text(kPlainStyle), "NAME  X\ngr\xc3\xbc\xc3\x9f  1\n");
}

TEST(Clipped, CutsWhatIsSeenAndEndsTheColour) {
  EXPECT_EQ(clipped("abcdef", 4), "abcd");
  EXPECT_EQ(clipped("abc", 4), "abc");
  EXPECT_EQ(clipped("\xc3\xbc\xc3\xbc\xc3\xbc", 2), "\xc3\xbc\xc3\xbc");
  const std::string red = painted("abcdef", Paint::kBad, kColours);
  EXPECT_EQ(clipped(red, 3), "\x1b[31mabc\x1b[0m");
  EXPECT_EQ(clipped(red, 6), red);
  EXPECT_EQ(shown_width(red), 6u);
}

TEST(JsonNode, WhatIsNotThereReadsAsAbsent) {
  const auto value = boost::json::parse(R"({"a": {"b": [1, -2, 2.5, "x", null, true]}})");
  const JsonNode root(value);
  EXPECT_FALSE(root["no"]["such"]["place"]);
  EXPECT_EQ(root["a"].text(), "");
  const auto items = root["a"]["b"].items();
  ASSERT_EQ(items.size(), 6u);
  EXPECT_EQ(items[0].count(), 1u);
  EXPECT_EQ(items[1].count(), std::nullopt);
  EXPECT_EQ(items[2].number(), 2.5);
  EXPECT_EQ(items[2].count(), std::nullopt);
  EXPECT_EQ(items[3].number(), std::nullopt);
  EXPECT_FALSE(items[4]);
  EXPECT_TRUE(items[5].is_true());
  EXPECT_EQ(JsonNode().items().size(), 0u);
}

TEST(JsonNode, ANameCannotSteerTheTerminal) {
  const auto value = boost::json::parse("\"a\\u001b[2Jb\\u009b0mc\\u007f\\nd\\u00fc\"");
  EXPECT_EQ(JsonNode(value).text(), "a?[2Jb?0mc??d\xc3\xbc");
}

}  // namespace
}  // namespace relay
