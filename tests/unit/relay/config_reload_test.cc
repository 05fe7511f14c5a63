// The watch and the reload on real files. Files are read on the test's own thread, so that whatever
// is due has been done when run_all() returns; only a file's time to settle is waited for.
#include "proxy/config_reload.h"

#include "common/base/logging.h"
#include "tests/support/config_mount.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"
#include "tests/support/wait_until.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace relay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Reloading : public ::testing::Test {
 protected:
  static constexpr ConfigReload::Pace kPace{.settle = 20ms, .poll = 1h};

  ~Reloading() override {
    if (!reload_) return;
    reload_->stop();
    until([this] { return has_ended_; });
  }

  std::string file() const { return (dir_ / "relay.yaml").string(); }
  std::string password_file() const { return (dir_ / "password").string(); }

  // As a start does it: read, and then run.
  void read(const std::string& path) {
    ConfigSources sources;
    sources.file = path;
    ConfigReader reader(sources);
    ConfigReading first = reader.read();
    ASSERT_TRUE(first.load) << describe(first.load.error());
    in_force_ = first.load->config;
    const ConfigReload::Surroundings around{[this]() -> const Config& { return in_force_; },
                                            [this](const Config& next) {
                                              in_force_ = next;
                                              ++times_put_in_;
                                            }};
    reload_.emplace(context_.get_executor(), context_.get_executor(), around, pace_);
    reload_->read_with(std::move(reader), std::move(first));
  }
  void run() {
    asio::co_spawn(context_, reload_->run(), [this](const std::exception_ptr& failure) {
      EXPECT_FALSE(failure);
      has_ended_ = true;
    });
    run_all();
  }
  void start(const std::string& text) {
    write_text(file(), text);
    read(file());
    run();
  }

  void run_all() {
    context_.restart();
    while (context_.poll() > 0) context_.restart();
  }
  void until(const std::function<bool()>& holds) {
    while (!holds()) {
      context_.restart();
      if (context_.run_one_for(kPatience) == 0) throw TimedOut("this never comes true");
    }
    run_all();
  }
  void until_put_in(unsigned times) {
    until([=, this] { return times_put_in_ >= times; });
  }
  void until_refused() {
    until([this] { return !status().successful; });
  }
  ReloadResult reload_by_hand() {
    std::optional<ReloadResult> result;
    asio::co_spawn(context_, reload_->reload("test"),
                   [&](const std::exception_ptr&, ReloadResult got) { result = std::move(got); });
    until([&] { return result.has_value(); });
    return *result;
  }
  const ReloadStatus& status() const { return reload_->status(); }

  TempDir dir_;
  ConfigReload::Pace pace_ = kPace;
  asio::io_context context_{1};
  Config in_force_;
  unsigned times_put_in_ = 0;
  bool has_ended_ = false;
  std::optional<ConfigReload> reload_;
};

TEST_F(Reloading, AChangedFileIsTakenOnce) {
  start("limits:\n  clients: 7\n");
  EXPECT_EQ(status().generation, 1U);
  write_text(file(), "limits:\n  clients: 8\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.clients, 8U);
  EXPECT_EQ(status().generation, 2U);
  EXPECT_TRUE(status().successful);
  write_text(dir_ / "another", "");
  run_all();
  EXPECT_FALSE(reload_->is_settling());
  EXPECT_EQ(times_put_in_, 1U);
}

TEST_F(Reloading, AChangeBetweenTheStartsReadingAndTheFirstLookIsNotLost) {
  write_text(file(), "limits:\n  clients: 7\n");
  read(file());
  write_text(file(), "limits:\n  clients: 8\n");
  run();
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.clients, 8U);
}

TEST_F(Reloading, ABadFileChangesNothingSaysWhyAndIsNotTriedAgain) {
  start("limits:\n  clients: 7\n");
  const auto errors = log_count(LogLevel::kError);
  write_text(file(), "limits:\n  cleints: 8\n  replicas: 5\n");
  until_refused();
  EXPECT_EQ(status().error, file() +
                                ":2:3: limits.cleints: unknown key, did you mean "
                                "\"clients\"?");
  EXPECT_EQ(log_count(LogLevel::kError), errors + 1);
  EXPECT_EQ(times_put_in_, 0U);
  EXPECT_EQ(status().generation, 1U);
  // A look that finds what was refused.
  write_text(dir_ / "another", "");
  run_all();
  EXPECT_FALSE(reload_->is_settling());
  EXPECT_EQ(log_count(LogLevel::kError), errors + 1);

  write_text(file(), "limits:\n  clients: 8\n  replicas: 5\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.replicas, 5U);
  EXPECT_TRUE(status().successful);
  EXPECT_EQ(status().error, "");
}

TEST_F(Reloading, WhatIsHalfWrittenIsNotTaken) {
  pace_.settle = 1s;
  start("limits:\n  clients: 7\n");
  const auto errors = log_count(LogLevel::kError);
  write_text(file(), "limits:\n  cli");
  until([this] { return reload_->is_settling(); });
  write_text(file(), "limits:\n  clients: 8\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.clients, 8U);
  EXPECT_EQ(log_count(LogLevel::kError), errors);
  EXPECT_TRUE(status().successful);
}

TEST_F(Reloading, WhatIsTakenBackBeforeItHasSettledWasNothing) {
  pace_.settle = 1s;
  start("limits:\n  clients: 7\n");
  write_text(file(), "limits:\n  clients: 8\n");
  until([this] { return reload_->is_settling(); });
  write_text(file(), "limits:\n  clients: 7\n");
  until([this] { return !reload_->is_settling(); });
  EXPECT_EQ(times_put_in_, 0U);
  EXPECT_EQ(status().generation, 1U);
}

TEST_F(Reloading, APasswordFileIsWatchedAsWell) {
  write_text(password_file(), "one\n");
  start("listen:\n  password-file: " + password_file() + "\n");
  write_text(password_file(), "two\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.listen.password, "two");
  write_text(password_file(), "");
  until_refused();
  EXPECT_THAT(status().error, HasSubstr("password is empty"));
  EXPECT_EQ(in_force_.listen.password, "two");
}

TEST_F(Reloading, APasswordFileThatAReloadNamesIsWatchedFromThenOn) {
  start("limits:\n  clients: 7\n");
  write_text(password_file(), "one\n");
  write_text(file(), "listen:\n  password-file: " + password_file() + "\n");
  until_put_in(1);
  write_text(password_file(), "two\n");
  until_put_in(2);
  EXPECT_EQ(in_force_.listen.password, "two");
}

TEST_F(Reloading, AConfigMapIsFollowedThroughEachOfItsUpdates) {
  ConfigMount mount(ConfigMount::Files{{"relay.yaml", "limits:\n  clients: 1\n"}});
  read(mount.path("relay.yaml"));
  run();
  for (unsigned i = 1; i <= 3; ++i) {
    mount.update({{"relay.yaml", "limits:\n  clients: " + std::to_string(10 + i) + "\n"}});
    until_put_in(i);
    EXPECT_EQ(in_force_.limits.clients, 10 + i);
  }
}

TEST_F(Reloading, AFileThatVanishesChangesNothingAndIsTakenWhenItComesBack) {
  start("limits:\n  clients: 7\n");
  std::filesystem::remove(file());
  until_refused();
  EXPECT_THAT(status().error, HasSubstr("No such file"));
  EXPECT_EQ(in_force_.limits.clients, 7U);
  write_text(file(), "limits:\n  clients: 8\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.clients, 8U);
}

TEST_F(Reloading, AnEmptyFileIsWhatAFailedWriteLeaves) {
  start("listen:\n  password: secret\n");
  write_text(file(), "");
  until_refused();
  EXPECT_EQ(in_force_.listen.password, "secret");
  write_text(file(), "# the defaults\n");
  until_put_in(1);
  EXPECT_EQ(in_force_.listen.password, "");
}

TEST_F(Reloading, WhatNobodyTellsOfIsFoundByLooking) {
  pace_.poll = 5ms;
  write_text(file(), "limits:\n  clients: 7\n");
  const int descriptor = ::open(file().c_str(), O_RDWR | O_CLOEXEC);
  void* bytes = ::mmap(nullptr, 20, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ASSERT_NE(bytes, MAP_FAILED);
  read(file());
  run();
  static_cast<char*>(bytes)[19] = '8';  // no call, and so no event
  until_put_in(1);
  EXPECT_EQ(in_force_.limits.clients, 8U);
  ::munmap(bytes, 20);
  ::close(descriptor);
}

TEST_F(Reloading, WithoutTheWatchOnlyWhoAsksReloads) {
  start("reload:\n  watch: no\nlimits:\n  clients: 7\n");
  write_text(file(), "reload:\n  watch: yes\nlimits:\n  clients: 8\n");
  run_all();
  EXPECT_FALSE(reload_->is_settling());
  EXPECT_EQ(times_put_in_, 0U);
  EXPECT_THAT(reload_by_hand().applied, ElementsAre("limits.clients", "reload.watch"));
  write_text(file(), "reload:\n  watch: no\nlimits:\n  clients: 9\n");
  until_put_in(2);
  EXPECT_EQ(in_force_.limits.clients, 9U);
  write_text(file(), "limits:\n  clients: 10\n");
  run_all();
  EXPECT_FALSE(reload_->is_settling());
}

TEST_F(Reloading, WhatWaitsForARestartIsNamedForAsLongAsItDoes) {
  start("listen:\n  backlog: 10\n");
  write_text(file(), "listen:\n  backlog: 11\n");
  until_put_in(1);
  EXPECT_THAT(status().restart_required, ElementsAre("listen.backlog"));
  EXPECT_EQ(in_force_.listen.backlog, 10U);
  EXPECT_EQ(reload_->sources().at("listen.backlog").place, file() + ":2");
  write_text(file(), "listen:\n  backlog: 10\n");
  until_put_in(2);
  EXPECT_THAT(status().restart_required, IsEmpty());
}

TEST_F(Reloading, ATextIsCheckedWithoutBeingTaken) {
  start("limits:\n  clients: 7\n");
  const auto check = [this](const std::string& text) {
    std::optional<ReloadResult> result;
    asio::co_spawn(context_, reload_->check(text),
                   [&](const std::exception_ptr&, ReloadResult got) { result = std::move(got); });
    until([&] { return result.has_value(); });
    return *result;
  };
  const ReloadResult good = check("limits:\n  clients: 8\ndata-dir: elsewhere\n");
  EXPECT_TRUE(good.is_good());
  EXPECT_THAT(good.applied, ElementsAre("limits.clients"));
  EXPECT_THAT(good.restart_required, ElementsAre("data-dir"));
  EXPECT_EQ(describe(check("limits:\n  cleints: 8\n").errors).substr(0, file().size() + 6),
            file() + ":2:3: ");
  EXPECT_EQ(in_force_.limits.clients, 7U);
  EXPECT_EQ(status().generation, 1U);
}

TEST_F(Reloading, AMasterThatRefusesThePasswordHasItsFileReadAgain) {
  write_text(password_file(), "one\n");
  start("upstream:\n  password-file: " + password_file() + "\nreload:\n  watch: no\n");
  reload_->password_refused();
  run_all();
  EXPECT_EQ(times_put_in_, 0U);
  write_text(password_file(), "two\n");
  reload_->password_refused();
  run_all();
  EXPECT_EQ(times_put_in_, 1U);
  EXPECT_EQ(in_force_.upstream.password, "two");
  std::filesystem::remove(password_file());
  const auto warnings = log_count(LogLevel::kWarn);
  for (int i = 0; i < 3; ++i) {
    reload_->password_refused();
    run_all();
  }
  EXPECT_EQ(in_force_.upstream.password, "two");
  EXPECT_EQ(log_count(LogLevel::kWarn), warnings + 1);
}

TEST_F(Reloading, WithoutAFileThereIsNothingToWatch) {
  const ConfigReload::Surroundings around{[this]() -> const Config& { return in_force_; },
                                          [](const Config&) {}};
  reload_.emplace(context_.get_executor(), context_.get_executor(), around);
  EXPECT_FALSE(reload_by_hand().is_good());
  ConfigReader reader{ConfigSources{}};
  reload_->read_with(reader, reader.read());
  run();
  EXPECT_TRUE(reload_by_hand().is_good());
}

}  // namespace
}  // namespace relay::test
