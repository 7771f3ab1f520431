#pragma once
// Channels of Hyperledger Fabric that others run, as app chains: framework `fabric-network`.

#include "framework/fabric/channel_state.hpp"
#include "framework/fabric/network/permitted_chain.hpp"
#include "framework/fabric/outside/network_plan.hpp"

#include <map>
#include <optional>
#include <set>

namespace bsn::framework::fabric {

/// An app on such a channel.
struct JoinedApp {
    std::string name;
    registry::FabricNetwork network;
};

/// What the permission chain says of apps. Any thread may call any member.
class JoinedApps {
  public:
    virtual ~JoinedApps() = default;
    /// `not_found` if there is no such app, `unavailable` if it is not on this node.
    virtual Result<JoinedApp> joined(ByteView channel) const = 0;
    /// Whether an app takes a call of a function that this key signs.
    virtual Status may_call(ByteView channel, const crypto::PublicKey& signer,
                            const std::string& contract, const std::string& function) const = 0;
};

/// The node reads and writes by its identity on the network (`NetworkIdentities`): in its name is
/// what those want who have none there. Clients with certificates of the network's organisations
/// sign for themselves. Any thread may call any member.
class JoinedFabric final : public Framework {
  public:
    static constexpr std::string_view k_name = registry::k_fabric_network;

    /// `folder`: the node's. All outlive it.
    JoinedFabric(const std::filesystem::path& folder, const JoinedApps& apps, const Clock& clock,
                 Executor& executor)
        : apps_(apps), clock_(clock), executor_(executor), identities_(folder) {}
    /// As `close`.
    ~JoinedFabric() override { close(); }

    std::string_view name() const override { return k_name; }
    Capabilities capabilities() const override {
        return {.client_signed = true, .transient_data = true, .offline_proofs = true};
    }
    /// `unavailable` while the node has no identity on the network, or one that has expired: says
    /// what to do. One that was changed is taken up.
    Result<Chain*> open_chain(ByteView channel) override;
    Status leave_chain(ByteView channel) override;
    Result<Verified> verify(ByteView proof, ByteView trusted_state) const override;
    Result<Bytes> update(ByteView trusted_state, ByteView header) const override;

    /// Whether requests of an app can be answered here: `unavailable`, as `open_chain`, or since
    /// the channel cannot be read.
    Status serves(ByteView channel);
    /// Opens it, if that can be.
    ChannelState state(ByteView channel);
    /// Ends all that waits. Before whoever waits goes.
    void close();

  private:
    struct Joined {
        std::unique_ptr<PermittedChain> chain;  ///< stays, once made: somebody may still read it
        NetworkIdentities::Stamp stamp;         ///< of the identity that it has; zeros: none
        std::optional<UnixMillis> valid_until;  ///< of that identity, where it is known
        std::uint64_t since = 0;                ///< it was taken up; monotonic milliseconds
    };

    Result<PermittedChain*> open(ByteView channel);
    Status take_up(const Bytes& channel, const JoinedApp& app, Joined& joined);

    const JoinedApps& apps_;
    const Clock& clock_;
    Executor& executor_;
    const NetworkIdentities identities_;
    std::mutex mutex_;  ///< guards what follows
    std::map<Bytes, Joined> chains_;
    std::set<Bytes> left_;
    bool closed_ = false;
};

}  // namespace bsn::framework::fabric
