#include "proxy/config/config_files.h"

#include "proxy/config/small_file.h"

#include <sys/stat.h>

namespace relay {
namespace {

constexpr std::size_t kLargestPassword = 64 * 1024;

bool is_pipe_or_device(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

}  // namespace

ConfigFiles::File ConfigFiles::file_of(std::size_t limit, const Result<std::string>& contents) {
  File file;
  file.limit = limit;
  if (contents) {
    file.contents = *contents;
  } else {
    file.error = contents.error();
  }
  return file;
}

Result<std::string> ConfigFiles::read(const std::string& path, std::size_t limit) {
  const bool has_contents = !is_pipe_or_device(path);
  Result<std::string> contents = read_small_file(path, limit);
  files_[path] = has_contents ? file_of(limit, contents) : File{limit, {}, {}};
  return contents;
}

ConfigFiles ConfigFiles::looked_at_again() const {
  ConfigFiles now;
  for (const auto& [path, before] : files_) {
    now.files_[path] = is_pipe_or_device(path)
                           ? File{before.limit, {}, {}}
                           : file_of(before.limit, read_small_file(path, before.limit));
  }
  return now;
}

std::vector<std::string> ConfigFiles::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, file] : files_) all.push_back(path);
  return all;
}

std::string reason_unread(const ErrorCode& error, const char* limit) {
  return error.value() == EFBIG ? std::string("larger than ") + limit : error.message();
}

PasswordRead read_password_file(const std::string& path, ConfigFiles& files) {
  const Result<std::string> contents = files.read(path, kLargestPassword);
  if (!contents)
    return {"", "cannot read " + path + ": " + reason_unread(contents.error(), "64kb")};
  std::string password = *contents;
  // Editors and `echo` end a file with a newline; it is no part of a password.
  if (password.ends_with('\n')) password.pop_back();
  if (password.ends_with('\r')) password.pop_back();
  // Never taken for "no password": that would open the relay when a mount fails.
  if (password.empty()) return {"", path + " is empty"};
  return {std::move(password), ""};
}

}  // namespace relay
