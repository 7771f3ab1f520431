// Requests of the published protocol: a byte that says which endpoint, then the JSON.
#include "fuzz/laws.hpp"
#include "gateway/published/answer.hpp"

namespace bsn::fuzz {
namespace {

using namespace gateway::published;

const crypto::PrivateKey& key() {
    static const auto k_key =
        crypto::PrivateKey::from_scalar(crypto::SuiteId::secp256k1, Bytes(32, 7));
    return *k_key;
}

/// The request as the protocol writes it.
std::string written(const Inquiry& inquiry) {
    gateway::Json body = gateway::Json::object();
    const auto& fields = inquiry.endpoint->fields;
    for (const Field& field : fields) {
        const std::string name(field.name);
        switch (field.kind) {
            case FieldKind::number: body[name] = inquiry.number(name); break;
            case FieldKind::texts: body[name] = inquiry.texts(name); break;
            case FieldKind::text_map:
                body[name] = gateway::Json::object();
                for (const auto& [entry, value] : inquiry.map(name)) body[name][entry] = value;
                break;
            default: body[name] = inquiry.text(name);
        }
    }
    const gateway::Json whole{{"header", {{"userCode", inquiry.user}, {"appCode", inquiry.app}}},
                              {"mac", inquiry.mac},
                              {"body", body}};
    return gateway::to_text(whole);
}

bool has_structure(const Endpoint& endpoint) {
    return std::any_of(endpoint.fields.begin(), endpoint.fields.end(), [](const Field& field) {
        return field.kind == FieldKind::text_or_structure;
    });
}

}  // namespace

void run(ByteView input) {
    Choices choices(input);
    const Endpoint& endpoint = endpoints()[choices.u8() % endpoints().size()];
    auto inquiry = read_inquiry(endpoint, choices.rest());
    if (!inquiry) return check_refusal(inquiry.error());
    law(inquiry->values.size() == endpoint.fields.size(), "a value, or none, for each field");
    const std::string text = signed_text(*inquiry);
    law(is_utf8(text), "what is signed is UTF-8");
    law(text.starts_with(inquiry->user + inquiry->app), "user and app are signed first");

    auto again = read_inquiry(endpoint, as_bytes(written(*inquiry)));
    law(again.ok() && again->values.size() == inquiry->values.size(), "what was read is written");
    if (!has_structure(endpoint)) {
        law(signed_text(*again) == text, "what is written signs the same");
    }
    const Status status = verify_mac(key().public_key(), *inquiry);
    if (!status) check_refusal(status.error());
    inquiry->mac = make_mac(key(), text);
    law(verify_mac(key().public_key(), *inquiry).ok(), "a mac verifies");
}

}  // namespace bsn::fuzz
