#include "tests/support/mixed_load.h"

#include <chrono>

namespace relay::test {

namespace {

constexpr unsigned kBatch = 32;
const char* const kScript =
    "local n = redis.call('INCR', KEYS[1]); redis.call('RPUSH', KEYS[2], n, ARGV[1]); "
    "if n % 7 == 0 then redis.call('DEL', KEYS[2]) end; return n";

}  // namespace

MixedLoad::MixedLoad(LoadOptions options) : options_(std::move(options)), random_(options_.seed) {
  const std::size_t filler_bytes = std::max(options_.value_bytes, options_.big_value_bytes) + 1000;
  filler_.reserve(filler_bytes);
  while (filler_.size() < filler_bytes) {
    // Line ends and stars among them: a value may look like protocol.
    filler_ += "\r\n*3\r\n$" + std::to_string(random_()) + "\r\n";
    filler_.push_back(static_cast<char>(random_() & 0xff));
  }
  thread_ = std::thread([this] { run(); });
}

MixedLoad::~MixedLoad() { stop(); }

void MixedLoad::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
  hold(false);
  if (thread_.joinable()) thread_.join();
}

void MixedLoad::wait_for_commands(std::uint64_t count) const {
  const auto wanted = commands_ + count;
  wait_until([&] { return commands_ >= wanted; }, kPatience, "more commands of the write load");
}

void MixedLoad::run() {
  while (!is_stopping_) {
    try {
      run_connection();
    } catch (const std::exception&) {
      // The server is down; a new try is all there is to do.
      rest_until(std::chrono::steady_clock::now() + 20ms);
    }
  }
}

void MixedLoad::run_connection() {
  RedisClient client(options_.port, options_.password, kPatience, options_.address);
  auto due = std::chrono::steady_clock::now();
  while (!is_stopping_) {
    if (is_held_) {
      is_held_.wait(true);
      due = std::chrono::steady_clock::now();
      continue;
    }
    std::string out;
    const auto replies = append_batch(out);
    client.send(out);
    for (unsigned i = 0; i < replies; ++i) {
      if (client.receive().is_error()) ++errors_;
    }
    commands_ += replies;
    if (options_.commands_per_second != 0) {
      due += std::chrono::microseconds(1000000ULL * replies / options_.commands_per_second);
      rest_until(due);
    }
  }
}

void MixedLoad::rest_until(std::chrono::steady_clock::time_point due) {
  std::unique_lock lock(mutex_);
  stopped_.wait_until(lock, due, [this] { return is_stopping_.load(); });
}

unsigned MixedLoad::pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

std::string MixedLoad::key(const char* type) {
  return std::string(type) + ":" + std::to_string(pick(options_.keys));
}

std::string MixedLoad::value(std::size_t most) {
  const std::size_t size = 1 + random_() % most;
  return filler_.substr(random_() % (filler_.size() - size), size);
}

unsigned MixedLoad::append_batch(std::string& out) {
  unsigned replies = 0;
  for (unsigned i = 0; i < kBatch; ++i) {
    replies += append_any(out);
    if (options_.big_value_bytes != 0 && pick(options_.big_value_every) == 0) {
      const auto from = random_() % 900;
      const auto size = options_.big_value_bytes - random_() % 1000;
      out += to_request({"SET", "big:" + std::to_string(pick(3)), filler_.substr(from, size)});
      ++replies;
    }
  }
  return replies;
}

unsigned MixedLoad::append_any(std::string& out) {
  const auto kind = pick(100);
  if (kind < 6) {
    out += to_request({"SELECT", std::to_string(pick(options_.databases))});
    return 1;
  }
  if (kind < 12) {
    unsigned replies = 2;
    out += to_request({"MULTI"});
    for (unsigned i = 0; i < 2 + pick(5); ++i) replies += append_write(out);
    out += to_request({"EXEC"});
    return replies;
  }
  if (kind == 12 && options_.flushes && pick(300) == 0) {
    out += to_request({pick(2) == 0 ? "FLUSHALL" : "FLUSHDB"});
    return 1;
  }
  return append_write(out);
}

unsigned MixedLoad::append_write(std::string& out) {
  const auto text = [&] { return value(options_.value_bytes); };
  const auto number = [&](unsigned below) { return std::to_string(pick(below)); };
  Words words;
  switch (pick(28)) {
    case 0:
      words = {"SET", key("string"), text()};
      break;
    case 1:
      words = {"SET", key("string"), text(), "PX", std::to_string(1 + pick(3000))};
      break;
    case 2:
      words = {"APPEND", key("short"), number(1000)};
      break;
    case 3:
      words = {"INCRBY", key("count"), number(1000)};
      break;
    case 4:
      words = {"SETRANGE", key("string"), number(300), text()};
      break;
    case 5:
      words = {"PEXPIRE", key("hash"), std::to_string(100 + pick(5000))};
      break;
    case 6:
      words = {"LPUSH", key("list"), text(), text()};
      break;
    case 7:
      words = {"RPOP", key("list"), "3"};
      break;
    case 8:
      words = {"LMOVE", key("list"), key("list"), "LEFT", "RIGHT"};
      break;
    case 9:
      words = {"HSET", key("hash"), number(30), text(), number(30), text()};
      break;
    case 10:
      words = {"HDEL", key("hash"), number(30)};
      break;
    case 11:
      words = {"HINCRBYFLOAT", key("sums"), number(9), "0.25"};
      break;
    case 12:
      words = {"SADD", key("set"), number(1000), text()};
      break;
    case 13:
      words = {"SPOP", key("set"), "2"};
      break;
    case 14:
      words = {"SDIFFSTORE", key("set"), key("set"), key("set")};
      break;
    case 15:
      words = {"ZADD", key("sorted"), number(10000), text()};
      break;
    case 16:
      words = {"ZPOPMIN", key("sorted"), "2"};
      break;
    case 17:
      words = {"ZINCRBY", key("sorted"), "1.5", number(50)};
      break;
    case 18:
      words = {"XADD", key("stream"), "MAXLEN", "~", "50", "*", "field", text()};
      break;
    case 19:
      words = {"XGROUP", "CREATE", key("stream"), "group", "$", "MKSTREAM"};
      break;
    case 20:
      words = {"XREADGROUP", "GROUP", "group", "me", "COUNT", "2", "STREAMS", key("stream"), ">"};
      break;
    case 21:
      words = {"SETBIT", key("bits"), number(5000), number(2)};
      break;
    case 22:
      words = {"PFADD", key("loglog"), number(100000), number(100000)};
      break;
    case 23:
      words = {"GEOADD", key("places"), number(180), number(85), number(100)};
      break;
    case 24:
      words = {"EVAL", kScript, "2", key("counter"), key("script"), text()};
      break;
    case 25:
      words = {"DEL", key("list"), key("set"), key("string"), key("script")};
      break;
    case 26:
      words = {"RENAME", key("string"), key("string")};
      break;
    default:
      words = {"PUBLISH", "channel", text()};
      break;
  }
  out += to_request(words);
  return 1;
}

}  // namespace relay::test
