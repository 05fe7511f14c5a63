// What looking at bytes costs: the scanner of the stream, the parser of requests, the checksums.
#include "common/base/crc32c.h"
#include "common/base/crc64.h"
#include "common/resp/request_parser.h"
#include "proxy/upstream/stream_scanner.h"
#include "tests/bench/load_connection.h"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace relay::bench {
namespace {

constexpr std::size_t kStreamBytes = 4 << 20;
constexpr std::size_t kReadBytes = 65536;  // what one read of a socket may bring

// SETs with values of that size, in the pieces in which a socket gives them.
void scan_stream(benchmark::State& state) {
  const LoadBlock stream = make_block(static_cast<std::size_t>(state.range(0)), kStreamBytes);
  const std::string_view bytes = stream.bytes;
  StreamScanner scanner;
  scanner.start(Offset());
  for (auto _ : state) {
    for (std::size_t at = 0; at < bytes.size(); at += kReadBytes) {
      scanner.observe(bytes.substr(at, kReadBytes));
    }
    benchmark::DoNotOptimize(scanner.boundary());
  }
  if (!scanner.error().empty()) state.SkipWithError("the scanner refuses the stream");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(stream.commands));
}
BENCHMARK(scan_stream)->Arg(1)->Arg(64)->Arg(1024)->Arg(65536);

// What replicas send all the time.
void parse_acks(benchmark::State& state) {
  const std::string ack = command("REPLCONF", "ACK", "123456789012");
  RequestParser parser(65536);
  for (auto _ : state) {
    parser.feed(ack);
    benchmark::DoNotOptimize(parser.next());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_acks);

void parse_pipelined_requests(benchmark::State& state) {
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += command("REPLCONF", "ACK", std::to_string(i));
  RequestParser parser(65536);
  for (auto _ : state) {
    parser.feed(requests);
    while (const Request* request = parser.next()) benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(parse_pipelined_requests);

template <auto Checksum>
void checksum(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(Checksum(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum<crc32c>)->Name("crc32c")->Arg(64)->Arg(65536);
BENCHMARK(checksum<crc32c_portable>)->Name("crc32c_portable")->Arg(65536);
BENCHMARK(checksum<crc64>)->Name("crc64")->Arg(64)->Arg(65536);
BENCHMARK(checksum<crc64_portable>)->Name("crc64_portable")->Arg(65536);

}  // namespace
}  // namespace relay::bench
