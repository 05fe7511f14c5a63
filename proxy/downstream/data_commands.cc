#include "proxy/downstream/data_commands.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace relay {
namespace {

constexpr std::string_view kWrites =
    "append bitfield bitop blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin copy "
    "decr decrby del delex delifeq expire expireat flushall flushdb geoadd georadius "
    "georadiusbymember geosearchstore getdel getex getset hdel hexpire hexpireat hgetdel hgetex "
    "hincrby hincrbyfloat hmset hpersist hpexpire hpexpireat hset hsetex hsetnx incr incrby "
    "incrbyfloat linsert lmove lmpop lpop lpush lpushx lrem lset ltrim migrate move mset msetex "
    "msetnx persist pexpire pexpireat pfadd pfmerge psetex rename renamenx restore restore-asking "
    "rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore "
    "smove sort spop srem sunionstore swapdb unlink vadd vrem vsetattr xack xackdel xadd "
    "xautoclaim xclaim xdel xdelex xgroup xreadgroup xsetid xtrim zadd zdiffstore zincrby "
    "zinterstore zmpop zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank "
    "zremrangebyscore zunionstore";

constexpr std::string_view kReads =
    "bgrewriteaof bgsave bitcount bitfield_ro bitpos dbsize digest dump eval eval_ro evalsha "
    "evalsha_ro exists expiretime fcall fcall_ro function geodist geohash geopos georadius_ro "
    "georadiusbymember_ro geosearch get getbit getrange hexists hexpiretime hget hgetall hkeys "
    "hlen hmget hpexpiretime hpttl hrandfield hscan hstrlen httl hvals keys lastsave lcs lindex "
    "llen lpos lrange mget object pexpiretime pfcount pttl randomkey save scan scard script sdiff "
    "sinter sintercard sismember smembers smismember sort_ro srandmember sscan strlen substr "
    "sunion touch ttl type vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrange "
    "vsim xinfo xlen xpending xrange xread xrevrange zcard zcount zdiff zinter zintercard "
    "zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange "
    "zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion";

std::unordered_set<std::string_view> split(std::string_view words) {
  std::unordered_set<std::string_view> result;
  while (!words.empty()) {
    const std::size_t length = std::min(words.find(' '), words.size());
    result.insert(words.substr(0, length));
    words.remove_prefix(std::min(length + 1, words.size()));
  }
  return result;
}

}  // namespace

DataCommand data_command(std::string_view name) {
  static const auto writes = split(kWrites);
  static const auto reads = split(kReads);
  constexpr std::size_t kLongest = 32;
  if (name.size() > kLongest) return DataCommand::kNone;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  if (writes.contains(lower)) return DataCommand::kWrite;
  if (reads.contains(lower)) return DataCommand::kRead;
  return DataCommand::kNone;
}

}  // namespace relay
