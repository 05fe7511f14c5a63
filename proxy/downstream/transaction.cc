#include "proxy/downstream/transaction.h"

#include "proxy/downstream/commands.h"

#include <string>
#include <utility>
#include <vector>

namespace relay {
namespace {

Outcome multi(Call& call) {
  if (call.client.in_multi) return refuse(call, "ERR MULTI calls can not be nested");
  call.client.in_multi = true;
  return ok(call);
}

Outcome exec(Call& call) {
  Client& client = call.client;
  if (!client.in_multi) return refuse(call, "ERR EXEC without MULTI");
  const bool failed = client.multi_failed;
  const std::vector<std::vector<std::string>> queued = std::move(client.queued);
  discard_transaction(client);  // before the commands run: they are not inside MULTI
  if (failed) {
    return refuse(call, "EXECABORT Transaction discarded because of previous errors.");
  }
  call.reply.array(queued.size());
  for (const auto& words : queued) {
    const Request request(words.begin(), words.end());
    Call one{call.host, client, request, call.reply};
    run_command(one);
  }
  return Outcome::kReplied;
}

Outcome discard(Call& call) {
  if (!call.client.in_multi) return refuse(call, "ERR DISCARD without MULTI");
  discard_transaction(call.client);
  return ok(call);
}

Outcome watch(Call& call) {
  if (call.client.in_multi) return refuse(call, "ERR WATCH inside MULTI is not allowed");
  return ok(call);
}

constexpr CommandSpec kCommands[] = {
    {"discard", 1, discard, kNeverQueued, "transactions", "2.0.0", "Discard the queued commands"},
    {"exec", 1, exec, kNeverQueued, "transactions", "1.2.0", "Do the queued commands"},
    {"multi", 1, multi, kNeverQueued, "transactions", "1.2.0", "Begin to queue commands"},
    {"unwatch", 1, ok, 0, "transactions", "2.2.0", "Accepted: there are no keys"},
    {"watch", -2, watch, kNeverQueued, "transactions", "2.2.0", "Accepted: there are no keys"},
};

}  // namespace

CommandTable transaction_commands() { return kCommands; }

Outcome queue_command(Call& call) {
  Client& client = call.client;
  if (client.multi_failed) {  // nothing of it will be done, so nothing is kept
    call.reply.simple("QUEUED");
    return Outcome::kReplied;
  }
  std::size_t bytes = 0;
  for (const std::string_view word : call.words) bytes += sizeof(std::string) + word.size();
  if (client.queued.size() >= kMaxQueuedCommands || client.queued_bytes + bytes > kMaxQueuedBytes) {
    client.multi_failed = true;
    return refuse(call, "ERR too many commands in the transaction");
  }
  client.queued.emplace_back(call.words.begin(), call.words.end());
  client.queued_bytes += bytes;
  call.reply.simple("QUEUED");
  return Outcome::kReplied;
}

void discard_transaction(Client& client) {
  client.in_multi = false;
  client.multi_failed = false;
  client.queued.clear();
  client.queued_bytes = 0;
}

}  // namespace relay
