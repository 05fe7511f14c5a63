#include "proxy/history/inspection_json.h"

#include "tests/unit/history/generations_bench.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

using testing::ElementsAre;
namespace json = boost::json;

constexpr Offset kAt = Offset::of_bytes(1000);

std::unique_ptr<MemoryFileSystem> used_disk() {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(3000, 100);
  bench.settle();
  bench.continue_as(id_of('b'));
  bench.append(2000, 10);
  bench.settle();
  bench.stop();
  return bench.memory->crash();
}

json::object printed(FileSystem& fs) {
  return json::parse(to_json(*inspect(fs, kData))).as_object();
}

std::vector<std::string> keys(const json::value& object) {
  std::vector<std::string> names;
  for (const auto& entry : object.as_object()) names.emplace_back(entry.key_c_str());
  return names;
}

// These are promised: whoever changes one changes the help, the header and the CHANGELOG.
TEST(InspectionJson, HasTheKeysThatTheHelpNames) {
  const auto disk = used_disk();
  const json::object all = printed(*disk);
  EXPECT_THAT(keys(all), ElementsAre("damaged", "generations", "set_aside", "start"));
  EXPECT_THAT(keys(all.at("start")), ElementsAre("fault", "uses", "asks", "changes"));
  const json::value& generation = all.at("generations").at(0);
  EXPECT_THAT(keys(generation),
              ElementsAre("name", "used", "damaged", "fault", "incomplete", "history", "log",
                          "log_damaged", "incidents", "lost_bytes", "snapshots"));
  EXPECT_THAT(keys(generation.at("history")), ElementsAre("id", "start", "own_id", "former"));
  EXPECT_THAT(keys(generation.at("history").at("former").at(0)), ElementsAre("id", "until"));
  EXPECT_THAT(keys(generation.at("log")), ElementsAre("begin", "end", "boundary", "segments"));
  EXPECT_THAT(keys(generation.at("log").at("segments").at(0)),
              ElementsAre("begin", "end", "file_bytes"));
  EXPECT_THAT(keys(generation.at("snapshots").at(0)),
              ElementsAre("name", "offset", "bytes", "fault", "checksum"));
}

TEST(InspectionJson, SaysWhatIsThere) {
  const auto disk = used_disk();
  const json::object all = printed(*disk);
  EXPECT_EQ(all.at("damaged"), json::value(false));
  EXPECT_TRUE(all.at("set_aside").as_array().empty());
  const json::value& start = all.at("start");
  EXPECT_TRUE(start.at("fault").is_null());
  EXPECT_EQ(start.at("uses").as_string(), "generation-1");
  EXPECT_EQ(start.at("asks").as_string(), "PSYNC " + id_of('b').str() + " 5891");
  EXPECT_TRUE(start.at("changes").as_array().empty());
  const json::value& generation = all.at("generations").at(0);
  EXPECT_EQ(generation.at("name").as_string(), "generation-1");
  EXPECT_EQ(generation.at("used"), json::value(true));
  EXPECT_TRUE(generation.at("fault").is_null());
  EXPECT_EQ(generation.at("history").at("id").as_string(), id_of('b').str());
  EXPECT_EQ(generation.at("history").at("own_id"), json::value(false));
  EXPECT_EQ(generation.at("history").at("former").at(0).at("id").as_string(), id_of('a').str());
  EXPECT_EQ(generation.at("history").at("former").at(0).at("until").to_number<int>(), 3900);
  EXPECT_EQ(generation.at("log").at("begin").to_number<int>(), 1000);
  EXPECT_EQ(generation.at("log").at("end").to_number<int>(), 5900);
  EXPECT_EQ(generation.at("log").at("boundary").to_number<int>(), 5890);
  const json::array& segments = generation.at("log").at("segments").as_array();
  EXPECT_EQ(segments.front().at("begin").to_number<int>(), 1000);
  EXPECT_EQ(segments.back().at("end").to_number<int>(), 5900);
  EXPECT_EQ(generation.at("snapshots").at(0).at("offset").to_number<int>(), 1000);
  EXPECT_TRUE(generation.at("snapshots").at(0).at("fault").is_null());
  EXPECT_EQ(generation.at("snapshots").at(0).at("checksum"), json::value(true));
}

TEST(InspectionJson, SaysWhatIsDamaged) {
  const auto disk = used_disk();
  ASSERT_TRUE(replace_file(*disk, generation_dir(1), "history", "damaged"));
  ASSERT_TRUE(replace_file(*disk, generation_dir(1), snapshot_name(kAt), "damaged"));
  const json::object all = printed(*disk);
  EXPECT_EQ(all.at("damaged"), json::value(true));
  const json::value& generation = all.at("generations").at(0);
  EXPECT_EQ(generation.at("damaged"), json::value(true));
  EXPECT_EQ(generation.at("used"), json::value(false));
  EXPECT_TRUE(generation.at("fault").is_string());
  EXPECT_TRUE(generation.at("history").is_null());
  EXPECT_TRUE(generation.at("snapshots").at(0).at("fault").is_string());
  EXPECT_TRUE(all.at("start").at("uses").is_null());
  EXPECT_EQ(all.at("start").at("asks").as_string(), "PSYNC ? -1");
  EXPECT_FALSE(all.at("start").at("changes").as_array().empty());
}

}  // namespace
}  // namespace relay::test
