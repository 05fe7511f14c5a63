#include "proxy/config/expansion.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

const Environment kEnvironment = {{"POD_IP", "10.0.0.7"}, {"EMPTY", ""}, {"NESTED", "${POD_IP}"}};

TEST(Expansion, ReplacesVariablesAndLeavesOtherDollarsAlone) {
  EXPECT_EQ(expand("", kEnvironment).text, "");
  EXPECT_EQ(expand("plain", kEnvironment).text, "plain");
  EXPECT_EQ(expand("${POD_IP}", kEnvironment).text, "10.0.0.7");
  EXPECT_EQ(expand("a${POD_IP}b${EMPTY}c", kEnvironment).text, "a10.0.0.7bc");
  EXPECT_EQ(expand("$POD_IP $ 5$", kEnvironment).text, "$POD_IP $ 5$");
  EXPECT_EQ(expand("$${POD_IP}", kEnvironment).text, "${POD_IP}");
  EXPECT_EQ(expand("$$", kEnvironment).text, "$$");
  EXPECT_EQ(expand("${NESTED}", kEnvironment).text, "${POD_IP}");
}

TEST(Expansion, SaysWhetherAVariableWasPutIn) {
  EXPECT_TRUE(expand("${EMPTY}", kEnvironment).used);
  EXPECT_FALSE(expand("$${EMPTY}", kEnvironment).used);
}

TEST(Expansion, AVariableThatIsNotSetIsAnError) {
  EXPECT_EQ(expand("x${POD_PI}", kEnvironment).complaint,
            "the environment variable POD_PI is not set");
}

TEST(Expansion, WhatIsNoVariableIsAnErrorThatQuotesNothing) {
  for (std::string_view text :
       {"${", "${}", "${POD_IP", "${POD IP}", "${1}", "${A:-b}", "x${hunter-2}"}) {
    EXPECT_EQ(
        expand(text, kEnvironment).complaint,
        "\"${\" must be followed by a variable's name and \"}\" (write \"$${\" for the characters)")
        << text;
  }
}

TEST(Expansion, IsUndoneByItsInverse) {
  for (std::string_view text : {"", "a", "${X}", "$${X}", "$$${", "$", "${${"}) {
    const Expansion back = expand(unexpanded(text), {});
    EXPECT_EQ(back.complaint, "") << text;
    EXPECT_EQ(back.text, text);
  }
}

}  // namespace
}  // namespace relay
