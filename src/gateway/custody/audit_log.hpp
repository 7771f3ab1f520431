#pragma once
// What custody did with users' keys: records that are only added, each with the hash of the one
// before.

#include "gateway/custody/user_keys.hpp"
#include "store/append_log.hpp"
#include "store/database.hpp"

#include <functional>
#include <mutex>

namespace bsn::gateway {

/// What was done with a key. The numbers are those of the records.
enum class AuditAction : std::uint8_t {
    created = 1,
    signed_with = 2,
    export_asked = 3,    ///< the owner asked for a challenge
    export_refused = 4,  ///< a confirmation was wrong
    exported = 5,
    destroyed = 6,
    master_key_rotated = 7,  ///< of no user
};
std::string_view audit_action_name(AuditAction action);

/// One record.
struct AuditRecord {
    std::uint64_t number = 0;  ///< from 1, without gaps
    UnixMillis time = 0;       ///< of the node's clock
    AuditAction action = AuditAction::created;
    CustodyUser user;
    CustodyUse use;
    /// Of what was signed, by the hash function of the key's suite; of other actions: zero.
    crypto::Hash digest;
    crypto::Hash previous;  ///< SHA-256 of the former record; of the first: zero

    Bytes encode() const;
    static Result<AuditRecord> decode(ByteView bytes);
    friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

/// Where the chain of records ends.
struct AuditHead {
    std::uint64_t number = 0;
    crypto::Hash hash;  ///< SHA-256 of the last record; zero: there is none
    friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

/// Reads all records and checks that each follows on the one before; `corrupted` names the first
/// that does not.
Result<AuditHead> verify_audit(const store::AppendLog& log,
                               const std::function<void(const AuditRecord&)>& visit);

/// Adds records. Any thread may call any member.
class AuditLog {
  public:
    /// Finds the end of the chain. `database` notes it from time to time, so that not all has to be
    /// read.
    static Result<std::unique_ptr<AuditLog>> open(store::AppendLog& log, store::Database& database);

    /// Adds a record; number and `previous` are set here. Durable once a later `sync` has returned.
    Status add(AuditRecord record);
    Status sync();
    AuditHead head() const;

  private:
    AuditLog(store::AppendLog& log, store::Database& database) : log_(log), database_(database) {}

    store::AppendLog& log_;
    store::Database& database_;
    mutable std::mutex mutex_;
    AuditHead head_;
    store::LogPosition last_;       ///< of the last record
    std::uint64_t noted_ = 0;       ///< the last number that the database has
    std::optional<Error> failure_;  ///< of the last record that was to be added
};

}  // namespace bsn::gateway
