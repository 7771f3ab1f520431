#include "cli/fabric/creator.hpp"

#include "framework/fabric/client/channel_trust.hpp"

#include <fmt/format.h>

namespace bsn::cli {

namespace fabric = framework::fabric;

namespace {

/// Signs with the key of an identity, which outlives it.
class IdentitySigner final : public framework::Signer {
  public:
    explicit IdentitySigner(const Identity& identity) : identity_(identity) {}
    const crypto::PublicKey& public_key() const override { return identity_.key.public_key(); }
    Bytes participant() const override { return to_bytes(identity_.participant.view()); }
    crypto::Signature sign(ByteView message) const override { return identity_.key.sign(message); }

  private:
    const Identity& identity_;
};

}  // namespace

Result<Creator> creator_of(NodeClient& api, const AppRef& app, const Identity& identity,
                           const std::optional<OwnCertificate>& own) {
    auto signer = std::make_shared<IdentitySigner>(identity);
    if (!own) {
        BSN_TRY(certificate, api.call_json({.target = fmt::format("/v1/apps/{}/certificate",
                                                                  to_hex(app.channel.view())),
                                            .sign_for = app.channel}));
        return Creator{text_of(certificate, "channel"),
                       crypto::HashId::sha256,
                       {text_of(certificate, "msp"), text_of(certificate, "certificate"), signer}};
    }
    BSN_TRY(trust, fabric::ChannelTrust::from_json(*app.fabric));
    BSN_TRY(key, fabric::certified_key(own->certificate));
    if (key != identity.key.public_key()) {
        return Error{Code::invalid_argument,
                     fmt::format("the certificate is for another key than {}; choose the one that "
                                 "it is for with --key NAME (`bsn key import` takes it up)",
                                 identity.name)};
    }
    return Creator{trust.channel, trust.hash, {own->msp_id, own->certificate, signer}};
}

}  // namespace bsn::cli
