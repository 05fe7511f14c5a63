#include "common/base/event_ring.h"

#include "common/base/log_output.h"
#include "common/base/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace relay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(EventRing, TheOldestMakeRoomAndIdsGoOn) {
  EventRing ring(3);
  EXPECT_THAT(ring.after(0), IsEmpty());
  for (const char* line : {R"({"a":1})", R"({"a":2})", R"({"a":3})", R"({"a":4})"}) ring.add(line);
  EXPECT_EQ(ring.newest(), 4U);
  EXPECT_THAT(ring.after(0),
              ElementsAre(R"({"id":2,"a":2})", R"({"id":3,"a":3})", R"({"id":4,"a":4})"));
  EXPECT_THAT(ring.after(1, 1), ElementsAre(R"({"id":2,"a":2})"));
  EXPECT_THAT(ring.after(3), ElementsAre(R"({"id":4,"a":4})"));
  EXPECT_THAT(ring.after(4), IsEmpty());
  EXPECT_THAT(ring.after(5), IsEmpty());
  EXPECT_THAT(ring.after(2, 0), IsEmpty());
  EXPECT_THAT(ring.last(2), ElementsAre(R"({"id":3,"a":3})", R"({"id":4,"a":4})"));
  EXPECT_EQ(ring.last(99), ring.after(0));
  EXPECT_THAT(ring.last(0), IsEmpty());
}

TEST(EventRing, IsFilledByTheLogWhateverThatShows) {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  set_log_output(nowhere);
  set_log_level(LogLevel::kError);
  const std::uint64_t before = logged_events().newest();
  log_debug("not.an_event");
  log_info("link.up", {{"offset", 7}, {"reason", "a \"test\""}});
  set_log_level(LogLevel::kInfo);
  set_log_output(kLogToStandardError);
  ::close(nowhere);
  const auto events = logged_events().after(before);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(events.front(), StartsWith("{\"id\":" + std::to_string(before + 1) + ",\"time\":\""));
  EXPECT_THAT(events.front(), HasSubstr(R"("level":"info","event":"link.up","offset":7,)"));
  EXPECT_THAT(events.front(), HasSubstr(R"("reason":"a \"test\""})"));
}

TEST(EventRing, TakesEventsFromAnyThread) {
  EventRing ring(100'000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&ring] {
      for (int n = 0; n < 1000; ++n) {
        ring.add(R"({"a":1})");
        (void)ring.after(ring.newest() - 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ring.newest(), 4000U);
  EXPECT_THAT(ring.after(3999), ElementsAre(R"({"id":4000,"a":1})"));
}

}  // namespace
}  // namespace relay
