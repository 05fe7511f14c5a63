// A crash after every change that a relay's life makes on its disk: first full sync, stream, a
// snapshot taken ahead of us, another id after a torn command, a refresh, a second full sync. What
// is found then is the state before or after the step that was cut short, and every byte of it is
// the masters'.
#include "tests/unit/history/generations_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

constexpr Offset kAt = Offset::of_bytes(1000);
constexpr Offset kOther = Offset::of_bytes(7'000'000);

// What was finished before the crash must be found after it.
struct Finished {
  std::string id = "none";
  Offset end;
};

class Life {
 public:
  // Stops where the disk does not answer any more.
  Finished live() {
    try {
      step(&Life::first_full_sync);
      step(&Life::stream);
      step(&Life::snapshot_ahead_of_us);
      step(&Life::another_id);
      step(&Life::stream);
      step(&Life::refresh);
      step(&Life::stream);
      step(&Life::second_full_sync);
      step(&Life::stream);
    } catch (const SpoolError&) {
    }
    return finished_;
  }
  GenerationsBench& bench() { return bench_; }

 private:
  void step(void (Life::*action)()) {
    (this->*action)();
    if (bench_.plan.has_crashed()) throw SpoolError("write", "the machine is gone");
    finished_ = {bench_.id(), bench_.log().durable()};
  }
  void first_full_sync() { bench_.full_sync(id_of('a'), kAt); }
  void stream() {
    bench_.append(3000);
    bench_.settle();
    bench_.append(3000, 700);
    bench_.settle();
  }
  void snapshot_ahead_of_us() { bench_.refresh(id_of('a'), bench_.log().end() + 500); }
  void another_id() {
    bench_.continue_as(id_of('b'));
    bench_.append(2000);
    bench_.settle();
  }
  void refresh() { bench_.refresh(id_of('b'), bench_.log().boundary()); }
  void second_full_sync() { bench_.full_sync(id_of('c'), kOther); }

  GenerationsBench bench_;
  Finished finished_;
};

void expect_before_or_after(std::unique_ptr<MemoryFileSystem> disk, const Finished& finished,
                            std::map<std::string, SentStream> sent) {
  // What was on its way may be found, too.
  sent.try_emplace(id_of('a').str(), SentStream{kAt, ""});
  sent.try_emplace(id_of('c').str(), SentStream{kOther, ""});
  GenerationsBench found(std::move(disk));
  EXPECT_TRUE(is_true_of(found, sent));
  const std::string order = "none" + id_of('a').str() + id_of('b').str() + id_of('c').str();
  EXPECT_GE(order.find(found.id()), order.find(finished.id));
  if (found.id() == finished.id && found.id() != "none") {
    EXPECT_GE(found.log().durable().bytes() + 700, finished.end.bytes())
        << "no more is missing than a torn command";
  }
  // And it can go on from there.
  found.sent = sent;
  if (!found.generations.current()) {
    found.full_sync(id_of('a'), kAt);
  } else {
    SentStream& stream = found.sent.at(found.id());
    stream.bytes.resize(found.log().end().since(stream.start));
  }
  found.append(100);
  found.settle();
  EXPECT_TRUE(is_true_of(found, found.sent));
}

TEST(GenerationsCrash, AtEveryChangeLeavesTheStateBeforeOrAfter) {
  std::uint64_t n = 0;
  for (bool crashed = true; crashed; ++n) {
    SCOPED_TRACE(testing::Message() << "crash after change " << n);
    Life life;
    life.bench().plan.crash_after(n);
    const Finished finished = life.live();
    crashed = life.bench().plan.has_crashed();
    const auto& sent = life.bench().sent;
    expect_before_or_after(life.bench().memory->crash(), finished, sent);
    expect_before_or_after(life.bench().memory->process_kill(), finished, sent);
    expect_before_or_after(life.bench().memory->torn_crash(n), finished, sent);
    if (!crashed) {
      EXPECT_EQ(finished.id, id_of('c').str());
    }
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(n, 60U);
}

}  // namespace
}  // namespace relay::test
