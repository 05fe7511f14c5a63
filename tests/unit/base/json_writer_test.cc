#include "common/base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace relay {
namespace {

TEST(JsonWriter, NestsAndSeparates) {
  JsonWriter json;
  json.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .value("x")
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .value(true)
      .null()
      .end_array()
      .member("c", std::optional<int>())
      .member("d", std::optional<int>(-5))
      .end_object();
  EXPECT_EQ(json.take(), R"({"a":1,"b":["x",{},[],true,null],"c":null,"d":-5})");
}

TEST(JsonWriter, NumbersAreWrittenWithoutNoise) {
  JsonWriter json;
  json.begin_array()
      .value(0.0)
      .value(0.25)
      .value(1e8)
      .value(-1.5)
      .value(std::numeric_limits<double>::infinity())
      .value(std::numeric_limits<double>::quiet_NaN())
      .value(std::numeric_limits<std::uint64_t>::max())
      .end_array();
  EXPECT_EQ(json.take(), "[0,0.250000,100000000,-1.500000,null,null,18446744073709551615]");
}

TEST(JsonWriter, TextIsEscapedAndAlwaysUtf8) {
  const auto written = [](std::string_view text) {
    std::string json;
    append_json_text(json, text);
    return json;
  };
  EXPECT_EQ(written("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(written("a\nb\x01\x7f"), "\"a\\u000ab\\u0001\\u007f\"");
  EXPECT_EQ(written("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  // A lone byte, a form that is too long, half of a pair, an end that is missing.
  EXPECT_EQ(written("\xff|\xc0\xaf|\xed\xa0\x80|\xe2\x82"),
            "\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"");
}

}  // namespace
}  // namespace relay
