#include "proxy/control/gzip.h"

#include <gtest/gtest.h>

#include <string>
#include <zlib.h>

namespace relay {
namespace {

std::string gunzip(std::string packed, std::size_t at_most) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(at_most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

TEST(Gzip, WhatWasPackedUnpacksToTheSame) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "metric{label=\"" + std::to_string(i * i) + "\"} 1\n";
  const std::string packed = gzip(text);
  EXPECT_LT(packed.size(), text.size() / 2);
  EXPECT_EQ(gunzip(packed, text.size() + 1), text);
  EXPECT_EQ(gunzip(gzip(""), 1), "");
  EXPECT_EQ(gunzip(gzip("x"), 2), "x");
}

TEST(Gzip, IsAcceptedWhereTheHeaderNamesItWithAWeight) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP;q=0.5, br"));
  EXPECT_TRUE(accepts_gzip(" gzip ; q=1.000 "));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_TRUE(accepts_gzip("identity;q=0.1,*;q=0.5"));
}

TEST(Gzip, IsNotAcceptedWhereTheHeaderDoesNotNameItOrRefusesIt) {
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
  EXPECT_FALSE(accepts_gzip("*, gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("xgzip, gzipx"));
  EXPECT_FALSE(accepts_gzip(",,;,;q=,"));
}

}  // namespace
}  // namespace relay
