// Descriptions of apps: as people write them (YAML), and as the permission chain takes them (JSON).
#include "cli/app_file.hpp"
#include "fuzz/laws.hpp"
#include "registry/app_spec.hpp"

namespace bsn::fuzz {
namespace {

/// What the permission chain accepts reaches the app's channel as control records.
void check_control(const ledger::ControlRecord& record) {
    const auto read = ledger::decode_control(ledger::encode_control(record));
    law(read.ok() && *read == record, "what is accepted can be a control record");
}

void check_spec(const std::string& json) {
    const auto spec = registry::parse_app_spec(json);
    if (!spec) {
        law(spec.error().code == Code::contract_failed, "a bad description is refused");
        return check_refusal(spec.error());
    }
    const bool brings_its_own = spec->dialect || spec->network || spec->fabric_network;
    law(spec->contracts.empty() == brings_its_own, "an app names its contracts or brings its own");
    law(!spec->roles.empty(), "an app has roles");
    for (const auto& contract : spec->contracts) {
        law(registry::check_contract(contract, spec->framework).ok(),
            "an app's contracts are there");
        check_control(contract);
    }
    for (const auto& role : spec->roles) check_control(role);
    check_control(ledger::AppControl{.name = spec->name, .suite = spec->suite});
}

void check_role(const std::string& json) {
    const auto role = registry::parse_role(json);
    if (!role) return check_refusal(role.error());
    check_control(*role);
}

void check_file(std::string_view yaml) {
    const auto spec = cli::AppSpec::parse(yaml, "app.yaml");
    if (!spec) return check_refusal(spec.error());
    const std::string json =
        spec->to_json().dump(-1, ' ', false, cli::Json::error_handler_t::replace);
    check_spec(json);
}

}  // namespace

void run(ByteView input) {
    const std::string text = to_text(input);
    check_spec(text);
    check_role(text);
    check_file(text);
}

}  // namespace bsn::fuzz
