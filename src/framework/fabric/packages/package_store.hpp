#pragma once
// The packages that a city node keeps, as files named after their hash.

#include "framework/fabric/chaincode/code_package.hpp"
#include "ledger/types.hpp"

#include <functional>
#include <mutex>

namespace bsn::framework::fabric {

/// Any thread may call any member.
class PackageStore {
  public:
    /// Whether an app's contract names a package: such ones stay.
    using InUse = std::function<bool(const ledger::Hash&)>;

    PackageStore(std::filesystem::path folder, InUse in_use)
        : folder_(std::move(folder)), in_use_(std::move(in_use)) {}

    /// Keeps a package whose SHA-256 this is, durably. `invalid_argument` if it has another one, or
    /// with what is wrong with the package; `too_large`. Of those that no app names (yet), the
    /// newest `k_spare` stay.
    Status put(const ledger::Hash& digest, ByteView package);
    /// The package; `not_found`, or `corrupted` if its file is damaged, which is removed then.
    Result<Bytes> get(const ledger::Hash& digest) const;
    bool has(const ledger::Hash& digest) const;

    static constexpr std::size_t k_spare = 16;

  private:
    std::filesystem::path file_of(const ledger::Hash& digest) const;
    void drop_spare() const;

    const std::filesystem::path folder_;
    const InUse in_use_;
    mutable std::mutex mutex_;  ///< one change at a time
};

}  // namespace bsn::framework::fabric
