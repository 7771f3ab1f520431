#include "cli/fabric/creator.hpp"

#include <fmt/format.h>

namespace bsn::cli {
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

Result<Creator> creator_of(NodeClient& api, const AppRef& app, const Identity& identity) {
    BSN_TRY(
        certificate,
        api.call_json({.target = fmt::format("/v1/apps/{}/certificate", to_hex(app.channel.view())),
                       .sign_for = app.channel}));
    return Creator{text_of(certificate, "channel"),
                   {text_of(certificate, "msp"), text_of(certificate, "certificate"),
                    std::make_shared<IdentitySigner>(identity)}};
}

}  // namespace bsn::cli
