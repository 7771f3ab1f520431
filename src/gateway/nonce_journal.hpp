#pragma once
// The nonces of signed requests on disk, so that a request that was answered cannot be sent again
// to a gateway that has been started anew since.
//
// Records are written, not synced: they outlive the process, however it ends, but not the machine.
// Where the machine was started since, nobody knows what was lost: then no request counts that may
// have been signed before, that is, one that expires within the longest life of a request after the
// machine's start. Clients sign anew, and soon are past it.
//
// Two files take turns. When the one that is written to has been for as long as requests live, and
// more, the other holds nothing that still counts, and is begun anew.

#include "base/files.hpp"
#include "ledger/types.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace bsn::gateway {

/// A request that was answered.
struct UsedNonce {
    ledger::ParticipantId participant;
    ledger::Nonce nonce;
    UnixMillis expires = 0;
};

/// When this machine was started, and which start that was.
struct MachineStart {
    std::string id;
    UnixMillis time = 0;

    /// As the system says, given the time of now.
    static MachineStart of_now(UnixMillis now);
};

/// One thread at a time.
class NonceJournal {
  public:
    /// Reads what a folder holds, which is made if it is not there, and hands over what has not
    /// expired. `Code::corrupted`: a file is damaged in another way than by the machine's end.
    static Result<std::unique_ptr<NonceJournal>> open(
        const std::filesystem::path& folder, const MachineStart& machine, UnixMillis now,
        const std::function<void(const UsedNonce&)>& take);

    /// Notes one more.
    Status note(const UsedNonce& used, UnixMillis now);
    /// Requests that expire up to then may have been answered without being noted; 0: none.
    UnixMillis unknown_until() const { return unknown_until_; }

  private:
    NonceJournal(std::filesystem::path folder, std::string machine)
        : folder_(std::move(folder)), machine_(std::move(machine)) {}
    Status begin(unsigned file, UnixMillis now);

    const std::filesystem::path folder_;
    const std::string machine_;
    UnixMillis unknown_until_ = 0;
    unsigned current_ = 0;  ///< of the two files
    UnixMillis begun_ = 0;  ///< when the current one was
    FileHandle file_;
};

}  // namespace bsn::gateway
