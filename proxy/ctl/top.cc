// `psync-relay ctl top`: the picture, drawn anew until a key or a signal ends it.
//
// The first picture is fetched before the terminal is touched: what is wrong with the address is
// said as by every other command. From then on a relay that goes away is waited for, as an operator
// who restarts it would.
#include "common/io/task_group.h"
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/read_commands.h"
#include "proxy/ctl/terminal.h"
#include "proxy/ctl/top_screen.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>
#include <optional>
#include <unistd.h>

namespace relay {
namespace {

namespace asio = boost::asio;

constexpr char kEscape = '\x1b';
constexpr char kEndOfFile = '\x04';  // Ctrl-D, as a terminal without line editing passes it
constexpr Duration kInterval = 2s;

class Top {
 public:
  Top(CtlSession& session, FullScreen& screen, boost::json::value first)
      : session_(session),
        screen_(screen),
        tasks_(context_.get_executor()),
        keys_(context_, ::dup(STDIN_FILENO)),
        signals_(context_),
        timer_(context_),
        status_(std::move(first)) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP}) {
      signals_.add(signal);
    }
  }

  // The signal that ended it; 0: a key did.
  int run() {
    draw();
    tasks_.spawn(watch_keys());
    tasks_.spawn(watch_signals());
    tasks_.spawn(refresh());
    context_.run();
    return ended_by_;
  }

 private:
  void end(int signal) {
    ended_by_ = signal;
    is_ending_ = true;
    tasks_.cancel();
  }

  asio::awaitable<void> watch_keys() {
    while (!is_ending_) {
      std::array<char, 64> pressed{};
      ErrorCode error;
      const std::size_t n = co_await keys_.async_read_some(
          asio::buffer(pressed), asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) co_return end(0);  // the terminal is gone
      const std::string_view keys(pressed.data(), n);
      // An arrow key begins with Escape too, and ends nothing.
      const bool is_escape = keys.ends_with(kEscape);
      if (is_escape || keys.find_first_of("qQ") != std::string_view::npos ||
          keys.find(kEndOfFile) != std::string_view::npos) {
        co_return end(0);
      }
      if (keys.find(' ') != std::string_view::npos) timer_.cancel();
    }
  }

  asio::awaitable<void> watch_signals() {
    while (!is_ending_) {
      ErrorCode error;
      const int signal =
          co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      if (signal == SIGTSTP) {
        screen_.leave();
        std::raise(SIGSTOP);
        screen_.enter();  // the shell has brought us back
      } else if (signal != SIGWINCH) {
        co_return end(signal);
      }
      draw();
    }
  }

  asio::awaitable<void> refresh() {
    const Duration interval = session_.line().duration("--interval").value_or(kInterval);
    while (!is_ending_) {
      ErrorCode woken;
      timer_.expires_after(interval);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      if (is_ending_) co_return;
      co_await fetch();
      if (!is_ending_) draw();
    }
  }

  asio::awaitable<void> fetch() {
    ApiRequest request;
    // More than fit on any screen would be fetched for nothing.
    request.target = "/v1/status?limit=" + std::to_string(screen_.size().rows);
    const ApiClient& api = session_.api();
    try {
      const ApiAnswer answer = co_await ask(api.endpoint(), request, api.limit());
      require_success(request, answer);
      boost::json::value status = parse_json(api.endpoint(), answer);
      rates_ = rates_between(JsonNode(status_), JsonNode(status));
      status_ = std::move(status);
      trouble_.clear();
    } catch (const CtlFault& fault) {
      trouble_ = fault.what();
    }
  }

  void draw() {
    const TopPicture picture{JsonNode(status_), rates_, trouble_};
    screen_.draw(top_lines(picture, screen_.size(), session_.style()));
  }

  CtlSession& session_;
  FullScreen& screen_;
  asio::io_context context_;
  TaskGroup tasks_;
  asio::posix::stream_descriptor keys_;
  asio::signal_set signals_;
  asio::steady_timer timer_;

  boost::json::value status_;
  StreamRates rates_;
  std::string trouble_;
  bool is_ending_ = false;
  int ended_by_ = 0;
};

}  // namespace

int run_top(CtlSession& session) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) {
    throw CtlFault("top needs a terminal; `psync-relay ctl status` does not");
  }
  boost::json::value first =
      session.api().get_json("/v1/status?limit=" + std::to_string(screen_size(STDOUT_FILENO).rows));
  int signal = 0;
  {
    FullScreen screen(STDIN_FILENO, STDOUT_FILENO);
    signal = Top(session, screen, std::move(first)).run();
  }
  // Ctrl-C is how many leave it. By any other signal we end as if we had not caught it.
  if (signal != 0 && signal != SIGINT) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return 0;
}

}  // namespace relay
