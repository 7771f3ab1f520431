// The hashes of a transaction are of a few hundred bytes, about ten for each, so what a call costs
// besides the rounds counts. Measured on one core (AMD EPYC, OpenSSL 3.0.22), 64 and 300 bytes:
//   SHA-256: SHA256() 0.33 and 0.43 µs (it looks up the algorithm), EVP with a kept context 0.11
//   and
//            0.21, SHA256_Init/Update/Final 0.07 and 0.18, used here
//   SM3:     EVP with a kept context 0.42 and 1.0 µs; Keccak-256: Crypto++ 0.29 and 0.85 µs

#include "crypto/hash.hpp"

#include "crypto/openssl.hpp"

#include <cryptopp/keccak.h>
#include <openssl/sha.h>

#include <variant>

// The SHA256_ functions are declared deprecated in OpenSSL 3, in favour of the slower EVP.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace bsn::crypto {
namespace {

// The three hash functions have the same update() and finish().

class Sha256 {
  public:
    Sha256() { SHA256_Init(&context_); }
    void update(ByteView bytes) { SHA256_Update(&context_, bytes.data(), bytes.size()); }
    void finish(Hash& hash) { SHA256_Final(hash.data(), &context_); }

  private:
    SHA256_CTX context_;
};

class Keccak256 {
  public:
    void update(ByteView bytes) { context_.Update(bytes.data(), bytes.size()); }
    void finish(Hash& hash) { context_.Final(hash.data()); }

  private:
    CryptoPP::Keccak_256 context_;
};

// Algorithms are fetched once in the process; looking one up takes a lock.
const EVP_MD* fetched(const char* name) {
    const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
    ensure(algorithm != nullptr, "OpenSSL lacks a hash function");
    return algorithm;
}

const EVP_MD* sm3_algorithm() {
    static const EVP_MD* const k_algorithm = fetched("SM3");
    return k_algorithm;
}

const EVP_MD* shake128_algorithm() {
    static const EVP_MD* const k_algorithm = fetched("SHAKE128");
    return k_algorithm;
}

EvpMdCtxPtr new_context() {
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    ensure(context != nullptr, "out of memory");
    return context;
}

class Sm3 {
  public:
    Sm3() : context_(new_context()) { begin(); }
    void begin() {
        ensure(EVP_DigestInit_ex2(context_.get(), sm3_algorithm(), nullptr) == 1, "SM3");
    }
    void update(ByteView bytes) {
        ensure(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SM3");
    }
    void finish(Hash& hash) {
        ensure(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) == 1, "SM3");
    }

  private:
    EvpMdCtxPtr context_;
};

template <typename Function>
Hash hash_parts(Function& function, std::initializer_list<ByteView> parts) {
    Hash hash;
    for (ByteView part : parts) function.update(part);
    function.finish(hash);
    return hash;
}

}  // namespace

Hash hash(HashId id, ByteView bytes) { return hash(id, {bytes}); }

Hash hash(HashId id, std::initializer_list<ByteView> parts) {
    switch (id) {
        case HashId::sha256: {
            Sha256 function;
            return hash_parts(function, parts);
        }
        case HashId::keccak256: {
            thread_local Keccak256 function;  // `finish` makes it ready for the next
            return hash_parts(function, parts);
        }
        case HashId::sm3: {
            thread_local Sm3 function;
            function.begin();
            return hash_parts(function, parts);
        }
    }
    throw InvariantViolation("hash function without a number of ours");
}

struct Hasher::State {
    std::variant<Sha256, Keccak256, Sm3> function;
};

Hasher::Hasher(HashId id) : state_(std::make_unique<State>()) {
    switch (id) {
        case HashId::sha256: return;
        case HashId::keccak256: state_->function.emplace<Keccak256>(); return;
        case HashId::sm3: state_->function.emplace<Sm3>(); return;
    }
    throw InvariantViolation("hash function without a number of ours");
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(ByteView bytes) {
    ensure(state_ != nullptr, "update of a used-up Hasher");
    std::visit([bytes](auto& function) { function.update(bytes); }, state_->function);
}

Hash Hasher::finish() {
    ensure(state_ != nullptr, "finish of a used-up Hasher");
    Hash hash;
    std::visit([&hash](auto& function) { function.finish(hash); }, state_->function);
    state_.reset();
    return hash;
}

void shake128(ByteView input, std::uint8_t* output, std::size_t length) {
    thread_local const EvpMdCtxPtr k_context = new_context();
    EVP_MD_CTX* context = k_context.get();
    ensure(EVP_DigestInit_ex2(context, shake128_algorithm(), nullptr) == 1 &&
               EVP_DigestUpdate(context, input.data(), input.size()) == 1 &&
               EVP_DigestFinalXOF(context, output, length) == 1,
           "SHAKE128");
}

}  // namespace bsn::crypto
