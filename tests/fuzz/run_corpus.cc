// Stands in for libFuzzer where it is not built in: gives a target every file of the folders named,
// every beginning of each file, and each file with every one of its bytes changed in a few ways.
// Deterministic, and short enough for every test run.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void run(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

void run_all_of(const Bytes& bytes) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    run(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  Bytes changed = bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int by : {0x01, 0x20, 0x80, 0xff}) {
      changed[i] = static_cast<std::uint8_t>(bytes[i] ^ by);
      run(changed);
    }
    changed[i] = bytes[i];
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);
      run_all_of(contents_of(entry.path()));
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files > 0 ? 0 : 1;
}
