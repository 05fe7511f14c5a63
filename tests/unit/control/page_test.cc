#include "proxy/control/page.h"

#include "proxy/control/embedded.h"
#include "proxy/control/html_writer.h"
#include "proxy/control/quantity_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <string>

namespace relay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

ReplicaStatus replica(std::uint64_t id, std::uint64_t acked, std::uint64_t lag = 0) {
  ReplicaStatus replica;
  replica.id = id;
  replica.ip = "192.0.2.7";
  replica.port = static_cast<std::uint16_t>(6000 + id);
  replica.peer = "192.0.2.7:40000";
  replica.state = ReplicaState::kOnline;
  replica.acked = Offset::of_bytes(acked);
  replica.lag_bytes = lag;
  replica.lag_seconds = static_cast<double>(lag) / 1000;
  return replica;
}

Status streaming() {
  Status status;
  status.now = WallTime{} + std::chrono::seconds(1'700'000'100);
  status.started = status.upstream.since = status.now - std::chrono::minutes(130);
  status.upstream.host = "master.example";
  status.upstream.port = 6379;
  status.upstream.state = LinkState::kStreaming;
  status.log.exists = true;
  status.log.begin = Offset::of_bytes(1000);
  status.log.durable = Offset::of_bytes(12'345'000);
  status.log.end = Offset::of_bytes(12'345'678);
  status.snapshot.offset = Offset::of_bytes(12'000'000);
  return status;
}

TEST(HtmlWriter, WhatCouldEndTheTextIsEscaped) {
  EXPECT_EQ(escape_html(R"(<b a="1" c='2'>&amp;</b>)"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;");
  EXPECT_EQ(escape_html("grün\n\tblau"), "grün\n\tblau");
  EXPECT_EQ(escape_html(std::string("a\0b\x1b[1m\x7f", 8)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD[1m\xEF\xBF\xBD");
}

TEST(HtmlWriter, MarkupIsLeftAsItIsAndTextIsNot) {
  HtmlWriter html;
  html.markup("<td title=\"").text("\">").markup("\">").text("<script>").markup("</td>");
  EXPECT_EQ(html.html(), "<td title=\"&quot;&gt;\">&lt;script&gt;</td>");
}

TEST(QuantityText, SizesCountIn1024sAndSaySo) {
  EXPECT_EQ(readable_bytes(0), "0 B");
  EXPECT_EQ(readable_bytes(1023), "1023 B");
  EXPECT_EQ(readable_bytes(1024), "1.0 KiB");
  EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
  EXPECT_EQ(readable_bytes(99 * 1024), "99.0 KiB");
  EXPECT_EQ(readable_bytes(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(readable_bytes(std::uint64_t{250} << 30), "250 GiB");
  EXPECT_EQ(readable_bytes(~std::uint64_t{0}), "16.0 EiB");
}

TEST(QuantityText, DurationsHaveAtMostTwoUnits) {
  EXPECT_EQ(readable_seconds(-1), "0 ms");
  EXPECT_EQ(readable_seconds(0.34), "340 ms");
  EXPECT_EQ(readable_seconds(0.9999), "1.0 s");
  EXPECT_EQ(readable_seconds(3.21), "3.2 s");
  EXPECT_EQ(readable_seconds(9.96), "10 s");
  EXPECT_EQ(readable_seconds(59.6), "1 min");
  EXPECT_EQ(readable_seconds(252), "4 min 12 s");
  EXPECT_EQ(readable_seconds(7800), "2 h 10 min");
  EXPECT_EQ(readable_seconds(86400 * 3.0 + 4 * 3600 + 59), "3 d 4 h");
}

TEST(Page, WithoutAScriptItIsTablesOfWhatTheStatusSays) {
  Status status = streaming();
  status.downstream.replicas = {replica(1, 12'344'142, 1536)};
  status.downstream.replicas[0].full = true;
  const std::string html = page(status, PageAudience::kReaders);
  EXPECT_THAT(html, HasSubstr("<caption>Ready for replicas</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">address</th><td>master.example:6379</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">state</th><td>streaming</td>"));
  EXPECT_THAT(html, HasSubstr("<td title=\"2023-11-14T20:05:00Z\">for 2 h 10 min</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">ends at</th><td class=\"number\">"
                              "<span class=\"digits\"><i>12</i><i>345</i><i>678</i></span></td>"));
  EXPECT_THAT(html, HasSubstr("<caption>1 replica</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">192.0.2.7:6001</th>"));
  EXPECT_THAT(html, HasSubstr("online (full)"));
  EXPECT_THAT(html, HasSubstr("<td data-title=\"lag\" title=\"1536 bytes\">1.5 KiB</td>"
                              "<td data-title=\"lag, time\">1.5 s</td>"));
}

TEST(Page, BeforeTheFirstSyncItSaysWhatIsMissing) {
  Status status;
  status.upstream.last_error = "Connection refused";
  const std::string html = page(status, PageAudience::kReaders);
  EXPECT_THAT(html, HasSubstr("<caption>Not ready for replicas</caption>"));
  EXPECT_THAT(html, HasSubstr("not ready: none yet"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">last error</th><td>Connection refused</td>"));
  EXPECT_THAT(html, HasSubstr("<caption>0 replicas</caption>"));
}

TEST(Page, WhatPeersSayOfThemselvesIsTextWhereverItStands) {
  const std::string evil = "</td><script>alert(1)</script>\"'&";
  Status status = streaming();
  status.upstream.host = status.upstream.last_error = evil;
  status.log.disk_degraded = true;
  status.log.disk_error = evil;
  status.downstream.replicas = {replica(1, 1), replica(2, 2)};
  status.downstream.replicas[0].ip = evil;
  status.downstream.replicas[1].port = 0;
  status.downstream.replicas[1].peer = evil;
  const std::string html = page(status, PageAudience::kReaders);
  EXPECT_EQ(count(html, "alert(1)"), 7u);  // address, error, thrice the disk's, two replicas
  EXPECT_EQ(count(html, escape_html(evil)), 7u);
  EXPECT_EQ(count(html, "<script"), 1u);  // the page's own
}

TEST(Page, AMarkInWhatAPeerSaysIsNotFilledIn) {
  Status status = streaming();
  status.upstream.last_error = "<!--tables--> data-admin=\"false\"";
  const std::string html = page(status, PageAudience::kAdmins);
  EXPECT_THAT(html, HasSubstr("&lt;!--tables--&gt; data-admin=&quot;false&quot;"));
  EXPECT_THAT(html, Not(HasSubstr("<!--tables-->")));
}

TEST(Page, OfManyReplicasThoseInMostTroubleAreListed) {
  Status status = streaming();
  for (std::uint64_t id = 1; id <= 250; ++id)
    status.downstream.replicas.push_back(replica(id, 10'000 + id, 1000 - id));
  status.downstream.replicas[249].state = ReplicaState::kSendingRdb;
  status.downstream.replicas[249].snapshot_sent = 1536;
  status.downstream.replicas[249].snapshot_size = 3072;
  const std::string html = page(status, PageAudience::kReaders);
  EXPECT_THAT(html, HasSubstr("250 replicas, of them the 100 in most trouble"));
  EXPECT_EQ(count(html, "192.0.2.7:"), 100u);
  EXPECT_LT(html.find("192.0.2.7:6250</th>"), html.find("192.0.2.7:6001</th>"));
  EXPECT_LT(html.find("192.0.2.7:6001</th>"), html.find("192.0.2.7:6099</th>"));
  EXPECT_THAT(html, Not(HasSubstr("192.0.2.7:6100</th>")));
  EXPECT_THAT(html, HasSubstr(">1.5 KiB of 3.0 KiB</td>"));
}

TEST(Page, IPv6AddressesStandInBrackets) {
  Status status = streaming();
  status.upstream.host = "2001:db8::1";
  status.upstream.port = 6379;
  EXPECT_THAT(page(status, PageAudience::kReaders), HasSubstr("<td>[2001:db8::1]:6379</td>"));
  status.downstream.replicas = {replica(1, 1)};
  status.downstream.replicas[0].ip = "2001:db8::7";
  EXPECT_THAT(page(status, PageAudience::kReaders), HasSubstr(">[2001:db8::7]:6001</th>"));
}

TEST(Page, ActionsAreOfferedToAdminsOnly) {
  EXPECT_THAT(page(streaming(), PageAudience::kReaders),
              HasSubstr("<html lang=\"en\" data-admin=\"false\">"));
  EXPECT_THAT(page(streaming(), PageAudience::kAdmins),
              HasSubstr("<html lang=\"en\" data-admin=\"true\">"));
}

std::string sha256_base64(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 64> encoded{};
  EVP_EncodeBlock(encoded.data(), hash.data(), static_cast<int>(size));
  return reinterpret_cast<const char*>(encoded.data());
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

TEST(Embedded, ThePolicyAllowsThePagesOwnStyleAndScriptAndNothingFromElsewhere) {
  const std::string_view html = page_template();
  const std::string_view policy = page_security_policy();
  const std::string script = sha256_base64(between(html, "<script type=\"module\">", "</script>"));
  const std::string style = sha256_base64(between(html, "<style>", "</style>"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'sha256-" + script + "';"));
  EXPECT_THAT(policy, HasSubstr("style-src 'sha256-" + style + "';"));
  EXPECT_EQ(count(policy, "unsafe"), 0u);
}

TEST(Embedded, ThePageNeedsNothingFromElsewhere) {
  const std::string_view html = page_template();
  EXPECT_EQ(count(html, "<script"), 1u);
  EXPECT_EQ(count(html, "src="), 0u);
  EXPECT_EQ(count(html, "@import"), 0u);
  EXPECT_EQ(count(html, " onclick"), 0u);
  EXPECT_EQ(count(html, "https://"), 0u);
  EXPECT_EQ(count(html, "http://"), count(html, "http://www.w3.org/2000/svg"));
  EXPECT_EQ(count(html, "<!--tables-->"), 1u);
  EXPECT_TRUE(html.ends_with("</html>\n"));
}

TEST(Embedded, TheDescriptionOfTheApiIsWhole) {
  EXPECT_TRUE(openapi_yaml().starts_with("# The control API of psync-relay"));
  EXPECT_THAT(openapi_yaml(), HasSubstr("\nopenapi: 3.1.0\n"));
  EXPECT_THAT(openapi_yaml(), HasSubstr("    ReloadResult:\n"));
}

TEST(Page, WarningsARefusedReloadAndEventsAreSaidWithoutAScript) {
  Status status = streaming();
  status.log.disk_degraded = true;
  status.log.disk_error = "No space <left>";
  status.reload.successful = false;
  status.reload.error = "log.max-size: too small";
  status.reload.restart_required = {"data-dir", "listen.port"};
  const std::string html = page(
      status, PageAudience::kReaders,
      {R"({"id":1,"time":"2026-11-26T06:02:11.337Z","level":"info","event":"relay.started"})",
       R"({"id":2,"time":"2026-11-26T06:02:12.337Z","level":"warn","event":"upstream.lost","text":"<b>"})"});
  EXPECT_THAT(html, HasSubstr("<p class=\"warning\"><span><strong>disk degraded</strong>"));
  EXPECT_THAT(html, HasSubstr("No space &lt;left&gt;"));
  EXPECT_THAT(html, HasSubstr("refused: log.max-size: too small"));
  EXPECT_THAT(html, HasSubstr("data-dir, listen.port"));
  EXPECT_THAT(html, HasSubstr("text=&lt;b&gt;"));
  EXPECT_LT(html.find("upstream.lost"), html.find("relay.started"));
}

TEST(Page, AReplicaThatHangsIsSaidToBeSilent) {
  Status status = streaming();
  status.downstream.replicas = {replica(1, 100), replica(2, 100), replica(3, 100)};
  status.downstream.replicas[0].ack_age = std::chrono::seconds(31);
  status.downstream.replicas[1].ack_age = std::chrono::seconds(9);
  status.downstream.replicas[2].ack_age = std::chrono::seconds(31);
  status.downstream.replicas[2].state = ReplicaState::kSendingRdb;
  const std::string html = page(status, PageAudience::kReaders);
  EXPECT_EQ(count(html, "silent for 31 s"), 1U);
  EXPECT_EQ(count(html, ">31 s<"), 1U)
      << "while it is sent a snapshot it has nothing to acknowledge";
}

}  // namespace
}  // namespace relay
