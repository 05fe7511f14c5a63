#include "common/tls/tls_context.h"

#include "tests/unit/tls/tls_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What is wrong with the terms, and in which part.
std::pair<std::string, std::optional<TlsFault::Part>> wrong(const TlsTerms& terms) {
  try {
    const TlsContext context(terms);
  } catch (const TlsFault& fault) {
    return {fault.what(), fault.part};
  }
  return {"", std::nullopt};
}

TEST(TlsContext, SaysWhichOfItsTextsIsWrongAndQuotesNoKey) {
  const TlsBench bench;
  EXPECT_EQ(wrong(bench.server_terms).second, std::nullopt);
  EXPECT_EQ(wrong(bench.client_terms).second, std::nullopt);

  TlsTerms terms = bench.client_terms;
  terms.ca = "no certificate\n";
  EXPECT_EQ(wrong(terms).second, TlsFault::Part::kCa);
  EXPECT_THAT(wrong(terms).first, HasSubstr("no certificate of a CA"));

  terms = bench.server_terms;
  terms.certificate = terms.key;
  EXPECT_EQ(wrong(terms).second, TlsFault::Part::kCertificate);

  terms = bench.server_terms;
  terms.key = terms.certificate;
  EXPECT_EQ(wrong(terms).second, TlsFault::Part::kKey);

  terms = bench.server_terms;
  terms.key = read_text(bench.ca.issue("other", "DNS:other").key);
  EXPECT_EQ(wrong(terms).second, TlsFault::Part::kKey);
  EXPECT_THAT(wrong(terms).first, HasSubstr("not the key of the certificate"));
  EXPECT_THAT(wrong(terms).first, Not(HasSubstr("PRIVATE KEY")));

  // A text that was cut off, as a file that is being written is.
  terms = bench.server_terms;
  terms.certificate.resize(terms.certificate.size() / 2);
  EXPECT_EQ(wrong(terms).second, TlsFault::Part::kCertificate);
}

TEST(TlsContext, TheCacheMakesAnewWhatChanged) {
  const TlsBench bench;
  TlsContextCache cache;
  const auto first = cache.get(bench.server_terms);
  EXPECT_EQ(cache.get(bench.server_terms), first);
  TlsTerms next = bench.server_terms;
  const CertificateFiles renewed = bench.ca.issue("renewed", "DNS:master.example");
  next.certificate = read_text(renewed.certificate);
  next.key = read_text(renewed.key);
  EXPECT_NE(cache.get(next), first);
  // A bad one leaves the good one for whoever asks for that.
  TlsTerms bad = next;
  bad.key.clear();
  EXPECT_THROW(cache.get(bad), TlsFault);
  EXPECT_NO_THROW(cache.get(next));
}

TEST(TlsContext, TheExpiryIsTheFirstCertificates) {
  const TlsBench bench;
  const auto now = std::chrono::system_clock::now();
  const auto expiry = expiry_of(bench.server_terms.certificate);
  ASSERT_TRUE(expiry);
  EXPECT_NEAR(std::chrono::duration<double>(*expiry - now).count(), 2 * 24 * 3600, 120);
  EXPECT_EQ(expiry_of(""), std::nullopt);
  EXPECT_EQ(expiry_of("nothing"), std::nullopt);
}

}  // namespace
}  // namespace relay::test
