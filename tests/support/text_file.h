// Reading what a server has written: its log, its output.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

std::string read_text(const std::filesystem::path& file);  // empty if there is none
void write_text(const std::filesystem::path& file, std::string_view text);
std::vector<std::string> lines_of(const std::filesystem::path& file);
unsigned count_lines_with(const std::filesystem::path& file, std::string_view text);
std::string last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace relay::test
