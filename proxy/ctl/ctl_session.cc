#include "proxy/ctl/ctl_session.h"

#include "proxy/ctl/endpoint.h"
#include "proxy/ctl/terminal.h"

#include <unistd.h>
#include <utility>

namespace relay {
namespace {

bool is_json_wanted(const CtlLine& line) {
  if (line.form != CtlLine::Form::kAuto) return line.form == CtlLine::Form::kJson;
  return line.command->json == CtlCommand::Json::kWhenPiped && !is_terminal(STDOUT_FILENO);
}

}  // namespace

CtlSession::CtlSession(CtlLine line, Environment environment)
    : line_(std::move(line)),
      environment_(std::move(environment)),
      style_(style_for(STDOUT_FILENO, environment_)),
      wants_json_(is_json_wanted(line_)) {}

const ApiClient& CtlSession::api() {
  if (!api_) {
    const ToldWhere told{line_.url,
                         line_.socket,
                         line_.token_file,
                         {line_.config_file, environment_, line_.settings}};
    api_.emplace(line_.command->where == CtlCommand::Where::kRead ? endpoint_to_look_at(told)
                                                                  : endpoint_to_steer_by(told),
                 line_.timeout);
  }
  return *api_;
}

void CtlSession::print(std::string_view text) const { write_all(STDOUT_FILENO, text); }

void CtlSession::print_line_of(const std::string& json) const {
  print(json.ends_with('\n') ? json : json + "\n");
}

void CtlSession::note(std::string_view text) const {
  write_all(STDERR_FILENO, "psync-relay ctl: " + std::string(text) + "\n");
}

}  // namespace relay
