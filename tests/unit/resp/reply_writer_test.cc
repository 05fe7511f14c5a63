// Each element in both protocols, to the byte.
#include "common/resp/reply_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace relay {
namespace {

template <typename Write>
std::string written(int protocol, Write write) {
  std::string out;
  ReplyWriter writer(out, protocol);
  write(writer);
  return out;
}

TEST(ReplyWriter, Resp2HasFewKinds) {
  const std::string out = written(2, [](ReplyWriter& writer) {
    writer.simple("OK");
    writer.error("ERR no");
    writer.integer(-5);
    writer.bulk(std::string("a\r\n\0", 4));
    writer.verbatim("info");
    writer.null();
    writer.array(3);
    writer.map(2);
    writer.push(3);
    writer.boolean(true);
    writer.boolean(false);
  });
  EXPECT_EQ(out, std::string("+OK\r\n-ERR no\r\n:-5\r\n$4\r\na\r\n\0\r\n", 29) +
                     "$4\r\ninfo\r\n$-1\r\n*3\r\n*4\r\n*3\r\n:1\r\n:0\r\n");
}

TEST(ReplyWriter, Resp3HasItsOwn) {
  const std::string out = written(3, [](ReplyWriter& writer) {
    writer.verbatim("info");
    writer.null();
    writer.array(3);
    writer.map(2);
    writer.push(3);
    writer.boolean(true);
    writer.boolean(false);
  });
  EXPECT_EQ(out, "=8\r\ntxt:info\r\n_\r\n*3\r\n%2\r\n>3\r\n#t\r\n#f\r\n");
}

TEST(ReplyWriter, ALineStaysOneLine) {
  EXPECT_EQ(written(2, [](ReplyWriter& writer) { writer.error("ERR a\r\nb\n+OK"); }),
            "-ERR a  b +OK\r\n");
  EXPECT_EQ(written(2, [](ReplyWriter& writer) { writer.simple("a\nb"); }), "+a b\r\n");
}

TEST(ReplyWriter, WritesBehindWhatIsThere) {
  std::string out = "\r\n";
  ReplyWriter writer(out);
  writer.simple("OK");
  EXPECT_EQ(out, "\r\n+OK\r\n");
}

TEST(ToCommand, IsAnArrayOfBulks) {
  EXPECT_EQ(to_command({"PING"}), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(to_command({"REPLCONF", "ACK", "223"}),
            "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n223\r\n");
}

}  // namespace
}  // namespace relay
