#include "proxy/downstream/serving.h"

#include <boost/asio/error.hpp>

namespace relay {

const char* name_of(Ended reason) {
  switch (reason) {
    case Ended::kEof:
      return "eof";
    case Ended::kReset:
      return "reset";
    case Ended::kTimeout:
      return "timeout";
    case Ended::kAckTimeout:
      return "ack_timeout";
    case Ended::kLogTrimmed:
      return "log_trimmed";
    case Ended::kProtocol:
      return "protocol";
    case Ended::kHistory:
      return "history";
    case Ended::kSnapshot:
      return "snapshot";
    case Ended::kStorage:
      return "storage";
    case Ended::kAdmin:
      return "admin";
    case Ended::kShutdown:
      return "shutdown";
    case Ended::kComplete:
      return "complete";
    case Ended::kRefused:
      return "refused";
  }
  return "unknown";
}

Ended ended_by(const ErrorCode& error) {
  return error == asio::error::eof ? Ended::kEof : Ended::kReset;
}

ReplicaCounters::ReplicaCounters() {
  for (int i = 0; i <= static_cast<int>(Ended::kRefused); ++i) {
    disconnects[name_of(static_cast<Ended>(i))] = 0;
  }
  for (const RefusalReason reason : {RefusalReason::kNoHistory, RefusalReason::kUnknownReplid,
                                     RefusalReason::kTrimmed, RefusalReason::kAhead}) {
    refusals[relay::name_of(reason)] = 0;
  }
}

}  // namespace relay
