// A master, the relay and its replicas that speak TLS, all of them real; who is not believed is told
// why.

#include "tests/support/certificates.h"
#include "tests/support/config_mount.h"
#include "tests/support/mixed_load.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

const std::string kLocal = "DNS:localhost,IP:127.0.0.1";

class Tls : public ::testing::Test {
 protected:
  std::vector<std::string> redis_lines(const Authority& ca, const CertificateFiles& files) const {
    return {"tls-ca-cert-file " + ca.file().string(), "tls-cert-file " + files.certificate.string(),
            "tls-key-file " + files.key.string()};
  }

  // The plain port stays, for what the test has to ask.
  RedisOptions master_options() const {
    RedisOptions options;
    options.config = redis_lines(ca_, master_files_);
    options.config.push_back("tls-port " + std::to_string(master_tls_.number()));
    return options;
  }

  RedisOptions replica_options() const {
    RedisOptions options;
    options.config = redis_lines(ca_, replica_files_);
    options.config.emplace_back("tls-replication yes");
    return options;
  }

  RelayOptions relay_options(std::vector<std::string> more = {}) const {
    RelayOptions options;
    options.upstream_port = master_tls_.number();
    options.settings = {"upstream.tls=yes",
                        "upstream.tls-ca-file=" + ca_.file().string(),
                        "upstream.tls-cert-file=" + relay_files_.certificate.string(),
                        "upstream.tls-key-file=" + relay_files_.key.string(),
                        "listen.tls-port=" + std::to_string(relay_tls_.number()),
                        "listen.tls-cert-file=" + relay_files_.certificate.string(),
                        "listen.tls-key-file=" + relay_files_.key.string(),
                        "listen.tls-ca-file=" + ca_.file().string()};
    for (std::string& setting : more) options.settings.push_back(std::move(setting));
    return options;
  }

  TempDir dir_;
  Authority ca_{dir_.path(), "ours"};
  CertificateFiles master_files_ = ca_.issue("master", kLocal);
  CertificateFiles relay_files_ = ca_.issue("relay", kLocal);
  CertificateFiles replica_files_ = ca_.issue("replica", kLocal);
  ReservedPort master_tls_;
  ReservedPort relay_tls_;
};

TEST_F(Tls, FullSyncsStreamsAndPartialSyncsAreTheSameAsWithout) {
  RedisServer master("master", master_options());
  master.populate("key", 20'000, 500);
  RelayProcess relay(relay_options());
  RedisServer first("replica 1", replica_options());
  RedisServer second("replica 2", replica_options());
  RedisServer plain("plain replica");
  // While the snapshot may still arrive.
  first.follow(relay_tls_.number());
  second.follow(relay_tls_.number());
  plain.follow(relay.port());
  const std::vector<RedisServer*> replicas = {&first, &second, &plain};
  wait_until_in_sync(master, replicas, &relay);
  MixedLoad load({.port = master.port(), .big_value_bytes = 3'000'000, .big_value_every = 300});
  load.wait_for_commands(5000);

  // The links are cut while the bytes flow, on both sides.
  master.command({"CLIENT", "KILL", "TYPE", "slave"});
  wait_until([&] { return master.info_number("sync_partial_ok") == 1; }, kPatience,
             "the relay's partial sync");
  relay.client().require({"CLIENT", "KILL", "TYPE", "slave"});
  wait_until(
      [&] {
        return relay.metric("psync_relay_replica_syncs_total", {{"kind", "partial"}}) >= 3;
      },
      kPatience, "the replicas' partial syncs");
  load.wait_for_commands(5000);
  load.stop();
  wait_until_in_sync(master, replicas, &relay);
  EXPECT_EQ(master.full_syncs_given(), 1U);
  for (RedisServer* replica : replicas) EXPECT_EQ(replica->full_syncs_taken(), 1U);

  const auto status = boost::json::parse(relay.get("/v1/status").body).as_object();
  EXPECT_TRUE(status.at("upstream").at("tls").as_bool());
  unsigned encrypted = 0;
  for (const auto& one : status.at("replicas").at("items").as_array()) {
    if (one.at("tls").as_bool()) ++encrypted;
  }
  EXPECT_EQ(encrypted, 2U);
  EXPECT_GT(
      relay.metric("psync_relay_tls_certificate_expiry_timestamp_seconds", {{"use", "replica"}}),
      0);
}

TEST_F(Tls, AReplicaThatWasAwayGetsTheOldPartFromTheDisk) {
  RedisServer master("master", master_options());
  RelayProcess relay(relay_options(
      {"log.max-size=256mb", "log.segment-size=2mb", "log.memory=1mb", "log.memory-hard=8mb"}));
  RedisServer away("replica", replica_options());
  RedisServer stays("replica that stays", replica_options());
  away.follow(relay_tls_.number());
  stays.follow(relay_tls_.number());
  wait_until_in_sync(master, {&away, &stays}, &relay);
  away.pause();
  MixedLoad load({.port = master.port(), .value_bytes = 4000});
  const auto from = relay.offset();
  wait_until([&] { return relay.offset() > from + 40'000'000; }, 2 * kPatience, "40 MB of log");
  load.stop();
  // It holds nobody back, and nothing for it lies in memory.
  wait_until_in_sync(master, {&stays}, &relay);
  away.resume();
  wait_until_in_sync(master, {&away, &stays}, &relay);
  EXPECT_EQ(away.full_syncs_taken(), 1U);
}

TEST_F(Tls, AMasterThatIsNotBelievedIsNotFollowedAndTheReasonIsSaid) {
  RedisServer master("master", master_options());
  const Authority other(dir_.path(), "other");
  RelayProcess relay(relay_options());
  relay.wait_until_streaming();
  relay.stop();
  const auto began = relay.count_in_log("upstream.streaming");
  std::string& ca = relay.options().settings.at(1);
  ASSERT_THAT(ca, ::testing::StartsWith("upstream.tls-ca-file="));
  ca = "upstream.tls-ca-file=" + other.file().string();
  relay.start();
  wait_until(
      [&] {
        return relay.metric("psync_relay_upstream_disconnects_total", {{"reason", "tls"}}) >= 2;
      },
      kPatience, "attempts that fail");
  EXPECT_TRUE(relay.is_in_log("the peer's certificate is refused"));
  EXPECT_EQ(relay.count_in_log("upstream.streaming"), began);

  // The name counts as well: the certificate is for localhost.
  ca = "upstream.tls-ca-file=" + ca_.file().string();
  relay.options().settings.emplace_back("upstream.tls-server-name=redis.example");
  relay.stop();
  relay.start();
  relay.wait_for_log("hostname mismatch");
  relay.options().settings.back() = "upstream.tls-server-name=localhost";
  relay.stop();
  relay.start();
  relay.wait_until_streaming();
}

TEST_F(Tls, WithoutACaOfItsOwnTheSystemsAreBelieved) {
  RedisServer master("master", master_options());
  RelayOptions options = relay_options();
  std::string& ca = options.settings.at(1);
  ASSERT_THAT(ca, ::testing::StartsWith("upstream.tls-ca-file="));
  ca = "upstream.tls-ca-file=";
  RelayProcess relay(options);
  relay.wait_for_log("the peer's certificate is refused");
  relay.stop();
  relay.options().environment = {{"SSL_CERT_FILE", ca_.file().string()}};
  relay.start();
  relay.wait_until_streaming();
}

TEST_F(Tls, WithoutACertificateNobodyEntersAndNobodyElseNotices) {
  RedisServer master("master", master_options());
  RelayProcess relay(relay_options());
  RedisServer good("replica", replica_options());
  good.follow(relay_tls_.number());
  wait_until_in_sync(master, {&good}, &relay);

  const Authority other(dir_.path(), "other");
  const CertificateFiles theirs = other.issue("replica", kLocal);
  RedisOptions options;
  options.config = redis_lines(ca_, theirs);  // it believes us; we do not believe it
  options.config.emplace_back("tls-replication yes");
  RedisServer stranger("stranger", options);
  stranger.follow(relay_tls_.number());
  relay.wait_for_log("client.no_tls");
  // One that speaks no TLS at all.
  EXPECT_THROW(RedisClient(relay_tls_.number()).require({"PING"}), std::exception);
  relay.wait_for_log("the peer does not speak TLS here");
  EXPECT_GE(relay.metric("psync_relay_client_tls_failures_total"), 2);
  EXPECT_FALSE(stranger.is_linked());
  master.populate("more", 100, 100);
  wait_until_in_sync(master, {&good}, &relay);
  EXPECT_EQ(relay.metric("psync_relay_replica_connects_total"), 1);
}

TEST_F(Tls, ARenewedCertificateIsShownToTheNextAndABadOneToNobody) {
  RedisServer master("master", master_options());
  // As cert-manager renews: the whole Secret is another directory from one moment to the next.
  const Authority next(dir_.path(), "next");
  const CertificateFiles renewed = next.issue("relay", kLocal);
  const auto files = [](const CertificateFiles& of) {
    return ConfigMount::Files{{"tls.crt", read_text(of.certificate)},
                              {"tls.key", read_text(of.key)}};
  };
  ConfigMount secret(files(relay_files_));
  RelayOptions options = relay_options({"listen.tls-auth-clients=no"});
  options.settings.at(5) = "listen.tls-cert-file=" + secret.path("tls.crt");
  options.settings.at(6) = "listen.tls-key-file=" + secret.path("tls.key");
  RelayProcess relay(options);
  RedisServer first("replica 1", replica_options());
  first.follow(relay_tls_.number());
  wait_until_in_sync(master, {&first}, &relay);

  secret.update(
      {{"tls.crt", read_text(renewed.certificate)}, {"tls.key", read_text(relay_files_.key)}});
  relay.wait_for_log("config.refused");
  EXPECT_TRUE(relay.is_in_log("it is not the key of the certificate"));
  EXPECT_FALSE(relay.is_in_log("PRIVATE KEY"));
  secret.update(files(renewed));
  relay.wait_for_log("config.reloaded");
  EXPECT_TRUE(relay.is_in_log("changed=listen.tls-cert-file,listen.tls-key-file"));

  // One that believes the new CA alone is let in, beside the one that came with the old.
  RedisOptions of_next;
  of_next.config = redis_lines(next, next.issue("replica", kLocal));
  of_next.config.emplace_back("tls-replication yes");
  RedisServer second("replica 2", of_next);
  second.follow(relay_tls_.number());
  wait_until_in_sync(master, {&first, &second}, &relay);
  EXPECT_EQ(relay.metric("psync_relay_replica_connects_total"), 2);
}

TEST_F(Tls, WithThePlainPortClosedEverythingGoesThroughTls) {
  RedisServer master("master", master_options());
  RelayOptions options = relay_options({"listen.plain=no"});
  options.plain = false;
  RelayProcess relay(options);
  RedisServer replica("replica", replica_options());
  replica.follow(relay_tls_.number());
  wait_until_in_sync(master, {&replica});
  EXPECT_THROW(RedisClient(relay.port(), "", std::chrono::seconds(1)), std::exception);
  // The master shows the port that is there.
  EXPECT_THAT(master.info_field("slave0"),
              ::testing::HasSubstr("port=" + std::to_string(relay_tls_.number())));
}

TEST_F(Tls, WhatCannotWorkIsRefusedAtTheStart) {
  const auto refused = [&](const std::vector<std::string>& settings) {
    Program program;
    program.argv = {relay_binary(), "--check-config"};
    for (const std::string& setting : settings) {
      program.argv.emplace_back("--set");
      program.argv.push_back(setting);
    }
    program.output = dir_ / "check";
    EXPECT_EQ(run(program).code, 78);
    return read_text(dir_ / "check");
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(refused({"listen.plain=no"}), HasSubstr("nobody could connect"));
  EXPECT_THAT(refused({"listen.tls-port=7000"}), HasSubstr("needs listen.tls-cert-file"));
  EXPECT_THAT(refused({"upstream.tls-cert-file=/nowhere"}), HasSubstr("cannot read /nowhere"));
  const std::string certificate = "listen.tls-cert-file=" + relay_files_.certificate.string();
  const std::string key = "listen.tls-key-file=" + relay_files_.key.string();
  EXPECT_THAT(refused({"listen.tls-port=7000", certificate, key}),
              HasSubstr("needs listen.tls-ca-file"));
  const std::string wrong = "listen.tls-key-file=" + master_files_.key.string();
  EXPECT_THAT(refused({"listen.tls-port=7000", "listen.tls-auth-clients=no", certificate, wrong}),
              HasSubstr("it is not the key of the certificate"));
  EXPECT_THAT(refused({"listen.tls-port=6479", "listen.tls-auth-clients=no", certificate, key}),
              HasSubstr("listen.port"));
  EXPECT_THAT(refused({"upstream.tls=yes", "upstream.tls-ca-file=" + relay_files_.key.string()}),
              HasSubstr("it holds no certificate of a CA"));
}

}  // namespace
}  // namespace relay::test
