#pragma once
// What a Solidity contract can be asked, and what it says: its ABI, as compilers write it.

#include "contract/abi/signature.hpp"
#include "contract/abi/value.hpp"
#include "crypto/hash.hpp"

#include <array>
#include <span>

namespace bsn::contract::abi {

/// The first four bytes of a call or of an error.
using Selector = std::array<std::uint8_t, 4>;

/// The longest ABI that is read, in bytes.
inline constexpr std::size_t k_max_abi = std::size_t{4} << 20;

class Abi {
  public:
    /// Reads JSON: an array of descriptions, whose elements may also be signatures as texts; or an
    /// object whose member `abi` is that array, as compilers' artifacts are.
    static Result<Abi> parse(std::string_view json);
    /// An ABI of these entries.
    static Abi of(std::vector<Entry> entries);

    std::span<const Entry> entries() const { return entries_; }
    /// The constructor; one without arguments if none is described.
    const Entry& constructor() const { return constructor_; }

    /// The function of a name, or of a signature, which tells functions of one name apart; of
    /// several of one name, the one that takes so many arguments. `not_found` says what there is.
    Result<const Entry*> function(std::string_view name_or_signature,
                                  std::optional<std::size_t> arguments = {}) const;
    /// The event of a name or signature.
    Result<const Entry*> event(std::string_view name_or_signature) const;

    /// The function or error of a selector; null if there is none.
    const Entry* by_selector(EntryKind kind, ByteView selector, crypto::HashId hash) const;
    /// The event of a first topic that has so many indexed arguments; null if there is none.
    const Entry* event_of(const ledger::Word& topic, std::size_t indexed,
                          crypto::HashId hash) const;

  private:
    Result<const Entry*> find(EntryKind kind, std::string_view text,
                              std::optional<std::size_t> arguments) const;

    std::vector<Entry> entries_;
    Entry constructor_;
};

/// The hash of a signature. Chains of the suite of SM2 take SM3, all others Keccak-256.
crypto::Hash signature_hash(std::string_view signature, crypto::HashId hash);
/// Its first four bytes.
Selector selector(std::string_view signature, crypto::HashId hash = crypto::HashId::keccak256);

/// Selector and arguments.
Bytes encode_call(const Entry& function, const Values& arguments,
                  crypto::HashId hash = crypto::HashId::keccak256);

}  // namespace bsn::contract::abi
