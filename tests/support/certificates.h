// Certificates for tests, made on the spot: a CA, and what it signs.
//
// Threading: any one thread.
#pragma once

#include <filesystem>
#include <string>

namespace relay::test {

struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class Authority {
 public:
  // Its files lie in `directory`, under names that begin with `name`.
  Authority(std::filesystem::path directory, std::string name);

  const std::filesystem::path& file() const { return file_; }
  // `names` as OpenSSL writes them: "DNS:master,IP:127.0.0.1". Of a negative number of days: expired.
  CertificateFiles issue(const std::string& file_name, const std::string& names,
                         int days = 2) const;

 private:
  std::filesystem::path directory_;
  std::string name_;
  std::filesystem::path file_;
  std::string certificate_;  // PEM
  std::string key_;
};

}  // namespace relay::test
