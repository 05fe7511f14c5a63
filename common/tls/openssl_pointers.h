// Owning pointers to OpenSSL's objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace relay::openssl {

template <auto Function>
struct By {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Bio = std::unique_ptr<BIO, By<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, By<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, By<EVP_PKEY_free>>;

// Reads from the text, which must outlive it.
inline Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace relay::openssl
