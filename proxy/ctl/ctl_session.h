// What a command of `psync-relay ctl` works with: its command line, the relay, and where its words
// go.
//
//  (1) Answers go to standard output, everything else to standard error: a pipe gets answers alone.
//  (2) The relay is looked for when the first command asks for it, so that a mistake about it is
//      said after those about the command.
//
// Threading: one thread.
#pragma once

#include "proxy/config/setting.h"
#include "proxy/ctl/api_client.h"
#include "proxy/ctl/ctl_line.h"
#include "proxy/ctl/json_node.h"
#include "proxy/ctl/text_table.h"

#include <optional>
#include <string>
#include <string_view>

namespace relay {

class CtlSession {
 public:
  CtlSession(CtlLine line, Environment environment);

  const CtlLine& line() const { return line_; }
  const Environment& environment() const { return environment_; }
  const Style& style() const { return style_; }  // of standard output
  bool wants_json() const { return wants_json_; }

  const ApiClient& api();

  void print(std::string_view text) const;            // to standard output
  void print_line_of(const std::string& json) const;  // with the newline that it may lack
  void note(std::string_view text) const;             // a line to standard error

 private:
  // Fixed after construction.
  const CtlLine line_;
  const Environment environment_;
  const Style style_;
  const bool wants_json_;

  std::optional<ApiClient> api_;
};

}  // namespace relay
