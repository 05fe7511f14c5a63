#include "proxy/ctl/endpoint.h"

#include "proxy/ctl/fault.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using test::TempDir;
using test::write_text;

template <typename Call>
std::string fault_of(const Call& call) {
  try {
    call();
  } catch (const CtlFault& fault) {
    return fault.what();
  }
  return "";
}

std::string fault_of_url(std::string_view url) {
  return fault_of([&] { parse_url(url); });
}

TEST(Url, IsAHostAPortAndPerhapsAPath) {
  EXPECT_EQ(parse_url("http://127.0.0.1:8479").shown(), "http://127.0.0.1:8479");
  EXPECT_EQ(parse_url("http://relay:8479/").shown(), "http://relay:8479");
  EXPECT_EQ(parse_url("relay:8479").shown(), "http://relay:8479");
  EXPECT_EQ(parse_url("http://relay").port, 80);
  const Endpoint six = parse_url("http://[fe80::1]:8479/relay-0/");
  EXPECT_EQ(six.host, "fe80::1");
  EXPECT_EQ(six.prefix, "/relay-0");
  EXPECT_EQ(six.host_header(), "[fe80::1]:8479");
}

TEST(Url, WhatItIsNotIsAnError) {
  for (std::string_view url :
       {"", "http://", "http://:80", "http://a:0", "http://a:x", "http://a:70000", "ftp://a",
        "http://a:1?b", "http://a b:1", "http://[::1", "http://::1:80", "http://a:1\r\nX: y"}) {
    EXPECT_NE(fault_of_url(url), "") << url;
  }
  EXPECT_NE(fault_of_url("https://a:1").find("TLS"), std::string::npos);
}

TEST(Url, ASecretInItIsRefusedAndNotRepeated) {
  const std::string fault = fault_of_url("http://user:hunter2@a:1");
  EXPECT_NE(fault.find("secret"), std::string::npos);
  EXPECT_EQ(fault.find("hunter2"), std::string::npos);
}

TEST(LookingAtARelay, GoesToWhatWasSaidThenTheVariableThenTheConfiguration) {
  TempDir dir;
  const std::string file = dir / "relay.yaml";
  write_text(file, "http:\n  address: 10.0.0.1\n  port: 9000\n");
  ToldWhere told;
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://127.0.0.1:8479");
  told.config.file = file;
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://10.0.0.1:9000");
  told.config.environment = {{"PSYNC_RELAY_HTTP__PORT", "9001"}};
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://10.0.0.1:9001");
  told.config.flags = {{"--set", "http.port", "9002"}};
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://10.0.0.1:9002");
  told.config.environment.emplace("PSYNC_RELAY_URL", "http://b:2");
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://b:2");
  told.url = "http://c:3";
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://c:3");
  told.url.reset();
  told.socket = "/run/admin.sock";
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "unix:/run/admin.sock");
}

TEST(LookingAtARelay, AnAddressToListenOnBecomesOneToConnectTo) {
  ToldWhere told;
  told.config.flags = {{"--set", "http.address", "0.0.0.0"}};
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://127.0.0.1:8479");
  told.config.flags = {{"--set", "http.address", "[::]"}};
  EXPECT_EQ(endpoint_to_look_at(told).shown(), "http://[::1]:8479");
  told.config.flags = {{"--set", "http.port", "0"}};
  EXPECT_NE(fault_of([&] { endpoint_to_look_at(told); }).find("--url"), std::string::npos);
}

TEST(LookingAtARelay, AMistakeInAnotherKeyDoesNotHideWhereItIs) {
  TempDir dir;
  const std::string file = dir / "relay.yaml";
  write_text(file,
             "http:\n  port: 9000\nlog:\n  max-siez: 1gb\n"
             "upstream:\n  password-file: /there/is/no/such/file\n");
  ToldWhere told;
  told.config.file = file;
  EXPECT_EQ(endpoint_to_look_at(told).port, 9000);
}

TEST(LookingAtARelay, AFileThatTellsNothingIsAnErrorAndNotTheDefault) {
  TempDir dir;
  const std::string file = dir / "relay.yaml";
  ToldWhere told;
  told.config.file = file;
  EXPECT_NE(fault_of([&] { endpoint_to_look_at(told); }).find(file), std::string::npos);
  write_text(file, "http: [");
  EXPECT_NE(fault_of([&] { endpoint_to_look_at(told); }).find("relay.yaml:"), std::string::npos);
  write_text(file, "");
  EXPECT_EQ(endpoint_to_look_at(told).port, 8479);
}

TEST(LookingAtARelay, SendsNoTokenUnlessOneIsGiven) {
  TempDir dir;
  write_text(dir / "token", "s3cret\n");
  ToldWhere told;
  EXPECT_EQ(endpoint_to_look_at(told).token, "");
  told.token_file = dir / "token";
  EXPECT_EQ(endpoint_to_look_at(told).token, "s3cret");
}

TEST(SteeringARelay, GoesToTheSocketInItsDataDirectory) {
  ToldWhere told;
  EXPECT_EQ(endpoint_to_steer_by(told).shown(), "unix:./psync-relay-data/admin.sock");
  told.config.flags = {{"--data-dir", "data-dir", "/var/lib/psync-relay"}};
  EXPECT_EQ(endpoint_to_steer_by(told).shown(), "unix:/var/lib/psync-relay/admin.sock");
  // The variable is where the read-only listener is.
  told.config.environment = {{"PSYNC_RELAY_URL", "http://b:2"}};
  EXPECT_EQ(endpoint_to_steer_by(told).socket, "/var/lib/psync-relay/admin.sock");
  told.url = "http://c:3";
  EXPECT_EQ(endpoint_to_steer_by(told).shown(), "http://c:3");
}

TEST(SteeringARelay, GoesWhereTheConfigurationHasIt) {
  TempDir dir;
  write_text(dir / "token", "s3cret\n");
  ToldWhere told;
  const auto set = [&](const std::string& path, const std::string& text) {
    told.config.flags.push_back({"--set", path, text});
  };
  set("admin.socket", dir / "elsewhere.sock");
  EXPECT_EQ(endpoint_to_steer_by(told).socket, dir / "elsewhere.sock");
  set("admin.address", "0.0.0.0");
  set("admin.port", "9100");
  set("admin.token-file", dir / "token");
  const Endpoint over_tcp = endpoint_to_steer_by(told);
  EXPECT_EQ(over_tcp.shown(), "http://127.0.0.1:9100");
  EXPECT_EQ(over_tcp.token, "s3cret");
  // The one that needs no token wins, if it is there.
  write_text(dir / "elsewhere.sock", "");
  EXPECT_EQ(endpoint_to_steer_by(told).socket, dir / "elsewhere.sock");
  set("admin.socket", "none");
  EXPECT_EQ(endpoint_to_steer_by(told).port, 9100);
  write_text(dir / "other", "0ther");
  told.token_file = dir / "other";
  EXPECT_EQ(endpoint_to_steer_by(told).token, "0ther");
}

TEST(SteeringARelay, ThatHasNoAdminListenerIsSaidToBeSo) {
  ToldWhere told;
  told.config.flags = {{"--set", "admin.socket", "none"}};
  EXPECT_NE(fault_of([&] { endpoint_to_steer_by(told); }).find("no admin listener"),
            std::string::npos);
}

TEST(Token, IsOneLineOfAFileThatNoMessageRepeats) {
  TempDir dir;
  ToldWhere told;
  told.url = "http://a:1";
  told.token_file = dir / "token";
  const auto fault = [&] { return fault_of([&] { endpoint_to_steer_by(told); }); };
  EXPECT_NE(fault().find("cannot read"), std::string::npos);
  write_text(*told.token_file, "\n");
  EXPECT_NE(fault().find("empty"), std::string::npos);
  write_text(*told.token_file, "s3cret\r\nX: y");
  EXPECT_NE(fault().find("line"), std::string::npos);
  EXPECT_EQ(fault().find("s3cret"), std::string::npos);
  write_text(*told.token_file, "s3cret\r\n");
  EXPECT_EQ(endpoint_to_steer_by(told).token, "s3cret");
  EXPECT_EQ(endpoint_to_steer_by(told).shown().find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace relay
