#pragma once
// Channels of Hyperledger Fabric that the city nodes run themselves: framework `fabric`.

#include "framework/fabric/network/managed_network.hpp"
#include "framework/fabric/network/participant_certificates.hpp"
#include "framework/fabric/network/permitted_chain.hpp"

#include <set>

namespace bsn::framework::fabric {

/// Any thread may call any member.
class ManagedFabric final : public Framework {
  public:
    static constexpr std::string_view k_name = registry::k_fabric;

    /// All outlive it.
    ManagedFabric(ManagedNetworkOptions options, PermissionChain& chain, MayCallApp may_call,
                  const contract::Contracts& contracts, const Clock& clock, Executor& executor);
    /// As `close`.
    ~ManagedFabric() override;

    void start() { network_.start(); }
    /// Keeps a package that a publisher hands in, if its language may run here (`forbidden`
    /// otherwise) and nothing is wrong with it; its SHA-256.
    Result<ledger::Hash> keep_package(ByteView package);
    PackageStore& packages() { return network_.packages(); }
    /// Ends channels, programs and all that waits.
    void close();

    std::string_view name() const override { return k_name; }
    Capabilities capabilities() const override {
        return {.client_signed = true, .transient_data = true, .offline_proofs = true};
    }
    /// `unavailable` with the step that is not done yet, until the channel is open.
    Result<Chain*> open_chain(ByteView channel) override;
    Status leave_chain(ByteView channel) override;
    Result<Verified> verify(ByteView proof, ByteView trusted_state) const override;
    Result<Bytes> update(ByteView trusted_state, ByteView header) const override;

    /// The certificate of a participant's key by this node's organisation, and the channel's name.
    struct ParticipantCertificate {
        std::string channel;
        Certified certified;
    };
    Result<ParticipantCertificate> certificate_of(ByteView channel, ByteView participant,
                                                  const crypto::PublicKey& key);

    /// A certificate of a user's key in a name that need not be the only one of its kind, with
    /// attributes (JSON), by the same. The subject's serial number is the user's participant id.
    Result<std::string> issue(const std::string& name, const crypto::PublicKey& key,
                              const std::string& attributes);

    /// Opens a channel that is ready, so that it is followed, and its height known.
    ChannelState state(ByteView channel);
    /// Why this node offers no Fabric; empty if it does, or has not tried yet.
    std::string trouble() const { return network_.trouble(); }
    /// Its peers and orderers.
    std::vector<ProgramState> programs() const { return network_.programs(); }

  private:
    ChannelProgress progress_of(const Bytes& channel) const;
    /// Of a channel that is ready; of the lock's holder.
    Result<PermittedChain*> opened(const Bytes& channel);
    Result<std::unique_ptr<PermittedChain>> make_chain(const Bytes& channel);
    /// Of the lock's holder; `unavailable` until this node has one.
    Result<const OwnOrganisation*> organisation() const;
    /// Of the lock's holder, once there is an organisation.
    std::shared_ptr<const ParticipantCertificates> certificates();

    const MayCallApp may_call_;
    const Clock& clock_;
    Executor& executor_;
    ManagedNetwork network_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::shared_ptr<const ParticipantCertificates> certificates_;
    /// One that was left stays until the end: somebody may still read it.
    std::map<Bytes, std::unique_ptr<PermittedChain>> chains_;
    std::set<Bytes> left_;
    bool closed_ = false;
};

}  // namespace bsn::framework::fabric
