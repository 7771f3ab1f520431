#pragma once
// What a certificate says: a verified deposit in words, English and Chinese. Pure.

#include "cli/certificate/document.hpp"
#include "cli/evidence.hpp"

#include <optional>

namespace bsn::cli::certificate {

enum class Language { english, chinese };

/// A time stamp of the deposit's block that was verified (RFC 3161).
struct StampFacts {
    UnixMillis time = 0;
    std::string authority;  ///< the subject of the certificate that signed
    std::string file;       ///< where the time stamp is kept
};

/// What was verified, and the names under which the files are known here.
struct Facts {
    std::string file;
    std::uint64_t size = 0;  ///< bytes
    crypto::Hash sha256;
    std::string receipt;  ///< name of the receipt file
    crypto::Hash receipt_sha256;
    std::string network_name;
    ledger::NetworkId network;
    ledger::OrderingType ordering = ledger::OrderingType::embedded;
    const EvidenceProof* proof = nullptr;  ///< holds
    std::optional<StampFacts> stamp;
};

/// The certificate, a page for each language. Precondition: the proof holds.
Document describe(const Facts& facts, const std::vector<Language>& languages);

/// `text` as one word of a POSIX shell.
std::string shell_word(std::string_view text);

}  // namespace bsn::cli::certificate
