#include "proxy/config/config_file.h"

#include <gtest/gtest.h>

#include <random>

namespace relay {
namespace {

std::string errors_of(std::string_view text, const Environment& environment = {}) {
  return describe(settings_of_file("relay.yaml", text, environment).errors);
}

// "path=text" of each setting.
std::vector<std::string> settings_of(std::string_view text, const Environment& environment = {}) {
  const Settings settings = settings_of_file("relay.yaml", text, environment);
  EXPECT_EQ(describe(settings.errors), "");
  std::vector<std::string> found;
  for (const Setting& setting : settings.settings) {
    found.push_back(std::string(setting.key->path) + "=" + setting.text);
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(ConfigFile, GivesASettingForEachKey) {
  EXPECT_EQ(settings_of("upstream:\n  host: redis\n  port: \"6380\"\ndata-dir: '/x y'\n"),
            (Found{"upstream.host=redis", "upstream.port=6380", "data-dir=/x y"}));
  EXPECT_EQ(settings_of("upstream: {ack: replicas:2, send-fack: yes}"),
            (Found{"upstream.ack=replicas:2", "upstream.send-fack=yes"}));
}

TEST(ConfigFile, AnEmptyFileAndEmptyGroupsSetNothing) {
  for (std::string_view text : {"", "\n", "# only this\n", "---\n", "upstream:\n", "log: {}\n",
                                "\xef\xbb\xbf", "upstream: ~\n", "null"}) {
    EXPECT_EQ(settings_of(text), Found{}) << text;
  }
}

TEST(ConfigFile, TakesTheNamesOfRedisAtTheTopAndInTheGroup) {
  EXPECT_EQ(settings_of("masterauth: x\nlisten:\n  bind: \"::\"\n"),
            (Found{"upstream.password=x", "listen.address=::"}));
}

TEST(ConfigFile, AByteOrderMarkAndWindowsLineEndsChangeNothing) {
  EXPECT_EQ(settings_of("\xef\xbb\xbfupstream:\r\n  host: a\r\n"), Found{"upstream.host=a"});
  EXPECT_EQ(errors_of("\xef\xbb\xbfhots: a\r\n"),
            "relay.yaml:1:1: hots: unknown key, did you mean \"upstream.host\"?\n"
            "    1 | hots: a\n"
            "      | ^\n");
}

TEST(ConfigFile, AnUnknownKeyIsShownWithItsLineAndTheNearestKey) {
  EXPECT_EQ(errors_of("upstream:\n  host: redis\n  repl-timout: 60s\n"),
            "relay.yaml:3:3: upstream.repl-timout: unknown key, did you mean \"repl-timeout\"?\n"
            "    3 |   repl-timout: 60s\n"
            "      |   ^\n");
}

TEST(ConfigFile, AKeyGivenTwiceIsAnErrorThatNamesTheFirst) {
  EXPECT_EQ(errors_of("log:\n  fsync: no\n  fsync: always\n"),
            "relay.yaml:3:3: log.fsync: duplicate key, first given at line 2\n"
            "    3 |   fsync: always\n"
            "      |   ^\n");
  EXPECT_EQ(errors_of("log:\n  fsync: no\nlog:\n  fsync: always\n"),
            "relay.yaml:3:1: log: duplicate key, first given at line 1\n"
            "    3 | log:\n"
            "      | ^\n"
            "relay.yaml:4:3: log.fsync: duplicate key, first given at line 2\n"
            "    4 |   fsync: always\n"
            "      |   ^\n");
}

TEST(ConfigFile, AKeyGivenUnderTwoNamesIsAnError) {
  EXPECT_EQ(
      errors_of("listen:\n  port: 1\nport: 2\n"),
      "relay.yaml:3:1: port: duplicate key, it is another name of listen.port, given at line 2\n"
      "    3 | port: 2\n"
      "      | ^\n");
}

TEST(ConfigFile, AMapForAValueAndAValueForAMapAreErrors) {
  EXPECT_EQ(errors_of("upstream:\n  host:\n    name: redis\n"),
            "relay.yaml:3:5: upstream.host: a value is due here, not a map\n"
            "    3 |     name: redis\n"
            "      |     ^\n");
  EXPECT_EQ(errors_of("upstream:\n  port: [1, 2]\n"),
            "relay.yaml:2:9: upstream.port: a value is due here, not a list\n"
            "    2 |   port: [1, 2]\n"
            "      |         ^\n");
  EXPECT_EQ(errors_of("upstream: redis\n"),
            "relay.yaml:1:11: upstream: a map of keys is due here, not a value\n"
            "    1 | upstream: redis\n"
            "      |           ^\n");
  EXPECT_EQ(errors_of("upstream:\n- redis\n"),
            "relay.yaml:2:1: upstream: a map of keys is due here, not a list\n"
            "    2 | - redis\n"
            "      | ^\n");
  EXPECT_EQ(errors_of("just text\n"),
            "relay.yaml:1:1: a map of keys is due here\n"
            "    1 | just text\n"
            "      | ^\n");
  EXPECT_EQ(errors_of("? [a]\n: b\n"),
            "relay.yaml:1:3: a key must be a plain word\n"
            "    1 | ? [a]\n"
            "      |   ^\n");
}

TEST(ConfigFile, ABadValueIsShownAtItsPlaceAndInOrderWithTheOtherErrors) {
  EXPECT_EQ(errors_of("port: 99999\nhots: a\nlog: {fsync: 'maybe'}\n"),
            "relay.yaml:1:7: port: \"99999\" is not a port (0-65535)\n"
            "    1 | port: 99999\n"
            "      |       ^\n"
            "relay.yaml:2:1: hots: unknown key, did you mean \"upstream.host\"?\n"
            "    2 | hots: a\n"
            "      | ^\n"
            "relay.yaml:3:14: log.fsync: \"maybe\" is not one of no, interval, always\n"
            "    3 | log: {fsync: 'maybe'}\n"
            "      |              ^\n");
}

TEST(ConfigFile, AKeyWithoutAValueIsAnError) {
  EXPECT_EQ(errors_of("upstream:\n  host:\n  port: 1\n"),
            "relay.yaml:2:3: upstream.host: has no value (the empty text is \"\")\n"
            "    2 |   host:\n"
            "      |   ^\n");
}

TEST(ConfigFile, ADottedKeyIsToldToBeNested) {
  EXPECT_EQ(errors_of("upstream.host: a\n"),
            "relay.yaml:1:1: upstream.host: unknown key, write \"host\" below \"upstream:\"\n"
            "    1 | upstream.host: a\n"
            "      | ^\n");
}

TEST(ConfigFile, ASyntaxErrorIsReportedWithTheErrorsBeforeIt) {
  EXPECT_EQ(errors_of("hots: a\nlog: {fsync: no\nhttp:\n  port: 1\n"),
            "relay.yaml:1:1: hots: unknown key, did you mean \"upstream.host\"?\n"
            "    1 | hots: a\n"
            "      | ^\n"
            "relay.yaml:3:5: not valid YAML: \"{\" is not closed, or \",\" is missing\n"
            "    3 | http:\n"
            "      |     ^\n");
}

TEST(ConfigFile, SyntaxErrorsAreSaidInWordsForTheirMostFrequentCauses) {
  EXPECT_EQ(errors_of("log:\n  fsync: no\n   max-age: 1h\n"),
            "relay.yaml:3:11: not valid YAML: a \":\" where no key can be (wrong indentation, or a "
            "value that needs quotes)\n"
            "    3 |    max-age: 1h\n"
            "      |           ^\n");
  EXPECT_EQ(
      errors_of("data-dir: x\nhttp\n"),
      "relay.yaml:2:1: not valid YAML: this does not belong to the map above (wrong indentation, "
      "or \": \" is missing)\n"
      "    2 | http\n"
      "      | ^\n");
  EXPECT_EQ(errors_of("data-dir: @x\n"),
            "relay.yaml:1:11: not valid YAML: a value that begins so needs quotes\n"
            "    1 | data-dir: @x\n"
            "      |           ^\n");
  EXPECT_EQ(errors_of("data-dir: \"x\nlog: {}\n\n"),
            "relay.yaml:2:8: not valid YAML: a quote is not closed\n"
            "    2 | log: {}\n"
            "      |        ^\n");
}

TEST(ConfigFile, AnchorsAliasesTagsAndSecondDocumentsAreErrors) {
  EXPECT_EQ(errors_of("upstream:\n  host: &h redis\n  announce-ip: *h\n"),
            "relay.yaml:2:9: anchors are not accepted here\n"
            "    2 |   host: &h redis\n"
            "      |         ^\n"
            "relay.yaml:3:16: aliases are not accepted here\n"
            "    3 |   announce-ip: *h\n"
            "      |                ^\n");
  EXPECT_EQ(errors_of("data-dir: !!binary aGk=\n"),
            "relay.yaml:1:11: tags are not accepted here\n"
            "    1 | data-dir: !!binary aGk=\n"
            "      |           ^\n");
  EXPECT_EQ(errors_of("data-dir: a\n---\ndata-dir: b\n"),
            "relay.yaml:3:1: a second document; one is all there may be\n"
            "    3 | data-dir: b\n"
            "      | ^\n");
}

TEST(ConfigFile, WhatIsNotTextIsRefusedBeforeItIsParsed) {
  EXPECT_EQ(errors_of(std::string_view("data-dir: a\0b\n", 14)),
            "relay.yaml:1:12: a control character; the file must be plain text\n"
            "    1 | data-dir: a b\n"
            "      |            ^\n");
  EXPECT_EQ(errors_of("log:\n  fsync: \xff\n").substr(0, 34),
            "relay.yaml:2:10: not UTF-8 text\n  ");
}

TEST(ConfigFile, TheCaretStandsBelowItsCharacterAlsoBehindLongOnes) {
  EXPECT_EQ(errors_of("log: {\"max-\xc3\xa4ge\": no, x: 1}\n"),
            "relay.yaml:1:7: log.max-\xc3\xa4ge: unknown key, did you mean \"max-age\"?\n"
            "    1 | log: {\"max-\xc3\xa4ge\": no, x: 1}\n"
            "      |       ^\n"
            "relay.yaml:1:22: log.x: unknown key\n"
            "    1 | log: {\"max-\xc3\xa4ge\": no, x: 1}\n"
            "      |                      ^\n");
}

TEST(ConfigFile, ALongLineIsShownInPartAndAVeryLongOneNotAtAll) {
  EXPECT_EQ(errors_of("data-dir: &a " + std::string(200, 'x') + "\nlog: {fsync: no}\n"),
            "relay.yaml:1:11: anchors are not accepted here\n"
            "    1 | data-dir: &a " +
                std::string(87, 'x') + "...\n" + "      |           ^\n");
  EXPECT_EQ(errors_of("{data-dir: " + std::string(200, 'x') + ", y: 1}\n"),
            "relay.yaml:1:214: y: unknown key\n"
            "    1 | ..." +
                std::string(93, 'x') + ", y: 1}\n" + "      | " + std::string(3 + 95, ' ') + "^\n");
  EXPECT_EQ(errors_of("{data-dir: " + std::string(2000, 'x') + ", y: 1}\n"),
            "relay.yaml:1:2014: y: unknown key\n");
}

TEST(ConfigFile, ExpandsVariablesInValuesOnly) {
  const Environment environment = {{"POD_IP", "10.0.0.7"}};
  EXPECT_EQ(settings_of("upstream:\n  announce-ip: ${POD_IP}\n", environment),
            Found{"upstream.announce-ip=10.0.0.7"});
  EXPECT_EQ(settings_of("upstream: {announce-ip: \"${POD_IP}\"}\n", environment),
            Found{"upstream.announce-ip=10.0.0.7"});
  EXPECT_EQ(errors_of("upstream:\n  announce-ip: ${NODE_IP}\n", environment),
            "relay.yaml:2:16: upstream.announce-ip: the environment variable NODE_IP is not set\n"
            "    2 |   announce-ip: ${NODE_IP}\n"
            "      |                ^\n");
  EXPECT_NE(errors_of("${POD_IP}: x\n", environment), "");
}

TEST(ConfigFile, ASecretFromAVariableIsWarnedAbout) {
  const Settings settings =
      settings_of_file("relay.yaml", "masterauth: ${PW}\n", {{"PW", "hunter2"}});
  ASSERT_EQ(settings.settings.size(), 1u);
  EXPECT_EQ(settings.settings[0].text, "hunter2");
  EXPECT_EQ(
      settings.warnings,
      Found{"relay.yaml:1:13: upstream.password: a secret from the environment can be read by "
            "others; use upstream.password-file"});
}

TEST(ConfigFile, NoErrorShowsASecret) {
  const std::vector<std::string_view> texts = {
      "upstream:\n  password: [hunter2]\n",
      "upstream:\n  password:\n  - hunter2\n",
      "upstream:\n  password:\n    hunter2: x\n",
      "upstream:\n  password:\n    a: hunter2\n",
      "upstream:\n  pasword: hunter2\n",
      "upstream:\n  passwd: hunter2\n",
      "upstream:\n  pw: hunter2\n",
      "masteraut: hunter2\n",
      "mastreauht: hunter2\n",
      "requirpas: hunter2\n",
      "listen:\n  password: a\n  password: hunter2\n",
      "listen:\n  password: \"hunter2\n",
      "listen:\n  password: \"abc\n    hunter2\n",
      "listen:\n  password: |\n    hunter2\n   bad: [\n",
      "listen:\n  password: hunter2: x\n",
      "listen: {password: hunter2, x: 1}\n",
      "listen: {password:\n  hunter2, x: 1}\n",
      "listen:\n  password hunter2\n  port: 1\n",
      "listen:\n  password: ${hunter2\n",
      "listen:\n  password: ${hunter2-}\n",
      "listen:\n  password: &a hunter2\n",
      "listen:\n  password: *hunter2\n",
      "listen:\n  password: &hunter2\n",
      "listen:\n  password: !hunter2 x\n",
      "listen:\n  password: \"hunter2\\q\"\n",
      "listen:\n  password: '%hunter2'x\n",
      "listen:\n  \"password\": !x hunter2\n",
      "requirepass: hunter2\n  port: 1\n",
      "requirepass hunter2\n",
      "auth:\n  redis: hunter2\n",
      "upstream: redis://:hunter2@host\n",
      "upstream:\n  hots: redis://:hunter2@host\n",
      "requirepass: hunter2\nport: [hunter, 2]\nrequirepass: hunter2\n",
  };
  for (std::string_view text : texts) {
    const std::string errors = errors_of(text);
    EXPECT_NE(errors, "") << text;
    EXPECT_EQ(errors.find("hunter2"), std::string::npos) << text << "\n" << errors;
  }
}

TEST(ConfigFile, ALineIsMaskedFromItsSecretOnAndOtherLinesAreNot) {
  EXPECT_EQ(errors_of("listen:\n  pasword: hunter2\n  prot: 1 # the password is elsewhere\n"),
            "relay.yaml:2:3: listen.pasword: unknown key, did you mean \"password\"?\n"
            "    2 |   pasword: ***\n"
            "      |   ^\n"
            "relay.yaml:3:3: listen.prot: unknown key, did you mean \"port\"?\n"
            "    3 |   prot: 1 # the password is elsewhere\n"
            "      |   ^\n");
}

TEST(ConfigFile, StopsListingErrorsAfterAHundred) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "zz" + std::to_string(i) + "zz: 1\n";
  const Settings settings = settings_of_file("relay.yaml", text, {});
  ASSERT_EQ(settings.errors.size(), 101u);
  EXPECT_EQ(settings.errors.back().text(), "relay.yaml: more errors than these are not shown");
}

TEST(ConfigFile, DeeplyNestedTextsAreAnErrorAndNoMore) {
  for (std::string_view piece : {"[", "{a: ", "- ", "? ", "a: [", "&a [", "!x "}) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += piece;
    EXPECT_NE(errors_of(text), "") << piece;
  }
}

TEST(ConfigFile, AnyBytesGiveSettingsOrErrorsAndNeverACrash) {
  const std::string good =
      "# comment\nupstream:\n  host: \"redis\"\n  ack: replicas:2\n  password: 'x'\nlog: "
      "{max-size: 1gb}\n"
      "listen:\n  address: ${POD_IP}\n  port: |\n    5\ndata-dir: >-\n  /x\n";
  const std::string_view pieces = "\n :-?[]{},&*!|>'\"%@`#\t\\~$\xff\xc3\xa4 a0";
  std::mt19937 random(20);
  for (int round = 0; round < 1000; ++round) {
    std::string text = good;
    if (round % 3 == 0) {
      text.clear();
      for (auto n = random() % 40; n > 0; --n) text += pieces[random() % pieces.size()];
    } else if (round % 3 == 1) {
      text.resize(random() % 200);
      for (char& c : text) c = static_cast<char>(random());
    }
    for (auto n = random() % 5; n > 0 && !text.empty(); --n) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0)
        text[at] = pieces[random() % pieces.size()];
      else
        text.erase(at, random() % 9);
    }
    const Settings settings = settings_of_file("relay.yaml", text, {{"POD_IP", "::1"}});
    describe(settings.errors);
  }
}

}  // namespace
}  // namespace relay
