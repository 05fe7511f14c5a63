#include "proxy/metrics/process_status.h"

#include "common/base/logging.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <unistd.h>

namespace relay {
namespace {

TEST(ProcessStatus, AStatLineIsReadPastANameWithBlanksAndBrackets) {
  const ProcStat stat = parse_proc_stat(
      "4242 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 111 222 13 14 15 16 17 18 9000 40960 30 "
      "18446744073709551615 1\n");
  EXPECT_EQ(stat.user_ticks, 111u);
  EXPECT_EQ(stat.system_ticks, 222u);
  EXPECT_EQ(stat.threads, 17u);
  EXPECT_EQ(stat.start_ticks, 9000u);
  EXPECT_EQ(stat.virtual_bytes, 40960u);
  EXPECT_EQ(stat.resident_pages, 30u);
}

TEST(ProcessStatus, WhatIsNotAStatLineIsAllZero) {
  EXPECT_EQ(parse_proc_stat("").user_ticks, 0u);
  EXPECT_EQ(parse_proc_stat("4242 (cut").threads, 0u);
  EXPECT_EQ(parse_proc_stat("4242 (cut)").threads, 0u);
  EXPECT_EQ(parse_proc_stat("4242 (x) S a b c").threads, 0u);
}

TEST(ProcessStatus, ThisProcessIsDescribed) {
  const ProcessStatus status = read_process_status();
  EXPECT_GT(status.open_files, 2u);
  EXPECT_GE(status.max_files, status.open_files);
  EXPECT_GT(status.resident_bytes, 1'000'000u);
  EXPECT_GT(status.virtual_bytes, status.resident_bytes);
  EXPECT_GE(status.max_virtual_bytes, status.virtual_bytes);
  EXPECT_GE(status.threads, 1u);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(status.start_time, now + 2);  // the kernel's count of ticks is coarse
  EXPECT_GT(status.start_time, now - 24 * 3600);
}

TEST(ProcessStatus, AnOpenedFileAndAStartedThreadAreCounted) {
  const ProcessStatus before = read_process_status();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  char byte = 0;
  std::thread waits([&] { [[maybe_unused]] const auto n = ::read(ends[0], &byte, 1); });
  const ProcessStatus during = read_process_status();
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  waits.join();
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(during.open_files, before.open_files + 2);
  EXPECT_GE(during.threads, before.threads + 1);
}

TEST(ProcessStatus, LogLinesAreCountedByLevel) {
  const ProcessStatus before = read_process_status();
  testing::internal::CaptureStderr();
  log_warn("test.warning");
  testing::internal::GetCapturedStderr();
  const ProcessStatus after = read_process_status();
  EXPECT_EQ(after.log_lines[2], before.log_lines[2] + 1);
  EXPECT_EQ(after.log_lines[3], before.log_lines[3]);
}

}  // namespace
}  // namespace relay
