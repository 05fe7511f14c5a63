// `psync-relay ctl rdb FILE`: the newest snapshot, as a file.
#include "common/base/duration.h"
#include "common/base/transfer_pace.h"
#include "proxy/ctl/admin_commands.h"
#include "proxy/ctl/content_range.h"
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/partial_file.h"
#include "proxy/ctl/quantities.h"
#include "proxy/ctl/terminal.h"
#include "proxy/snapshot/rdb_verifier.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <exception>
#include <functional>

namespace relay {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr auto kBetweenDrawings = 100ms;
constexpr auto kBetweenRedrawings = 1s;
constexpr unsigned kBarWidth = 30;

class Download {
 public:
  Download(CtlSession& session, PartialFile& file) : session_(session), file_(file) {}

  void run() {
    ApiRequest request;
    request.target = "/v1/rdb";
    if (file_.size() > 0) {
      request.headers = {{"Range", "bytes=" + std::to_string(file_.size()) + "-"},
                         {"If-Range", file_.etag()}};
      file_.read_back([this](std::string_view bytes) { verifier_.observe(bytes); });
    }
    const ApiClient& api = session_.api();
    const auto on_header = [this](const ApiHeader& header) { begin(header); };
    const auto on_bytes = [this](std::string_view bytes) { take(bytes); };
    try {
      asio::io_context context;
      std::exception_ptr failure;
      asio::steady_timer next(context);
      // A download that stalls gives no bytes to draw at.
      std::function<void()> redraw = [&] {
        next.expires_after(kBetweenRedrawings);
        next.async_wait([&](const boost::system::error_code& cancelled) {
          if (cancelled) return;
          if (began_ != Clock::time_point{}) draw(Clock::now());
          redraw();
        });
      };
      if (progress_.is_shown()) redraw();
      asio::co_spawn(context, pass_on(api.endpoint(), request, api.limit(), on_header, on_bytes),
                     [&](const std::exception_ptr& error) {
                       failure = error;
                       next.cancel();
                     });
      context.run();
      if (failure) std::rethrow_exception(failure);
    } catch (const Refused&) {
      if (!is_all_there_) throw;
    } catch (const Unreachable& broken) {
      progress_.clear();
      if (file_.size() == 0) throw;
      throw Unreachable(std::string(broken.what()) + "; " + std::to_string(file_.size()) +
                        (total_ ? " of " + std::to_string(*total_) : "") + " bytes are in " +
                        file_.path() + ", --resume goes on");
    }
    progress_.clear();
  }

  // Throws where it is not what a server would load.
  RdbVerifier::Verdict verify() {
    if (total_ && file_.size() != *total_) {
      throw CtlFault(file_.path() + " has " + std::to_string(file_.size()) + " bytes instead of " +
                     std::to_string(*total_));
    }
    RdbVerifier::Verdict verdict = verifier_.finish();
    if (!verdict.ok) {
      // Going on with it could not make it good.
      file_.discard();
      throw CtlFault("what arrived is no good snapshot (" + verdict.text + "); it was removed");
    }
    return verdict;
  }

 private:
  void begin(const ApiHeader& header) {
    const auto range = parse_content_range(header.content_range);
    if (header.status == 416) {
      // Nothing is missing: it broke off between the last byte and the new name.
      is_all_there_ = range && range->total == file_.size() && file_.size() > 0;
      total_ = range ? range->total : std::nullopt;
      return;
    }
    if (header.status == 206) {
      if (!range || range->first != file_.size()) {
        throw CtlFault("the relay sent another part of the snapshot than was asked for");
      }
      total_ = range->total;
    } else {
      if (file_.size() > 0) {
        session_.note("the relay has another snapshot by now: from the beginning");
        verifier_ = RdbVerifier();
      }
      file_.begin(header.etag);
      total_ = header.content_length;
    }
    first_ = file_.size();
    began_ = Clock::now();
    pace_.begin(began_);
  }

  void take(std::string_view bytes) {
    file_.append(bytes);
    verifier_.observe(bytes);
    const auto now = Clock::now();
    if (!progress_.is_shown() || now - drawn_ < kBetweenDrawings) return;
    draw(now);
  }

  void draw(Clock::time_point now) {
    drawn_ = now;
    pace_.note(file_.size() - first_, now);
    const Pace pace = pace_.at(file_.size() - first_, now);
    const auto done = static_cast<double>(file_.size());
    std::optional<double> left;
    if (pace.rate > 0 && total_) left = (static_cast<double>(*total_) - done) / pace.rate;
    progress_.show(progress_text(done, total_, pace.rate, left, kBarWidth, pace.stalled));
  }

  CtlSession& session_;
  PartialFile& file_;
  ProgressLine progress_;
  RdbVerifier verifier_;
  std::optional<std::uint64_t> total_;
  bool is_all_there_ = false;
  std::uint64_t first_ = 0;  // what was there before
  Clock::time_point began_{};
  TransferPace pace_;
  Clock::time_point drawn_;
};

void tell(const CtlSession& session, const PartialFile& file, const RdbVerifier::Verdict& verdict) {
  if (session.wants_json()) {
    boost::json::object told = {{"file", file.file()},
                                {"bytes", file.size()},
                                {"checksum_verified", !verdict.checksum_disabled},
                                {"replid", nullptr},
                                {"offset", nullptr}};
    if (verdict.repl_id) told["replid"] = std::string(verdict.repl_id->view());
    if (verdict.repl_offset) told["offset"] = verdict.repl_offset->bytes();
    session.print_line_of(boost::json::serialize(told));
    return;
  }
  std::string text = file.file() + ": " + std::to_string(file.size()) + " bytes";
  if (verdict.repl_offset) text += ", at offset " + std::to_string(verdict.repl_offset->bytes());
  text += verdict.checksum_disabled ? "; the master writes no checksum, only its form was checked"
                                    : "; its checksum is right";
  session.print(text + "\n");
}

}  // namespace

int download_rdb(CtlSession& session) {
  session.api();  // what is wrong with that is said before a file is made
  PartialFile file(session.line().operands[0]);
  const bool goes_on = session.line().has("--resume") && !file.etag().empty();
  const bool is_new = file.size() == 0;
  if (!goes_on) file.begin("");
  RdbVerifier::Verdict verdict;
  {
    Download download(session, file);
    try {
      download.run();
    } catch (const CtlFault&) {
      if (is_new && file.size() == 0) file.discard();  // nothing came: leave nothing
      throw;
    }
    verdict = download.verify();
  }
  file.complete();
  tell(session, file, verdict);
  return 0;
}

}  // namespace relay
