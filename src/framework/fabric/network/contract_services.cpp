#include "framework/fabric/network/contract_services.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {

Result<ContractPackage> ContractServices::serve(const std::string& channel,
                                                const ledger::ContractControl& contract) {
    const auto code = registry::packaged_code(contract.type);
    return code ? packaged_.serve(channel, contract, *code)
                : serve_own(contract.type, contract.version);
}

Result<ContractPackage> ContractServices::serve_own(const std::string& type,
                                                    std::uint32_t version) {
    const std::string label = fmt::format("{}-{}", type, version);
    if (const auto known = servers_.find(label); known != servers_.end()) {
        return known->second.package;
    }
    const contract::Contract* contract = contracts_.find(type, version);
    if (contract == nullptr) {
        return Error{Code::unsupported_version,
                     fmt::format("this city node has no contract type {} of version {}; update it",
                                 type, version)};
    }
    BSN_TRY(port, ports_.of("contract-" + label));
    const std::string address = fmt::format("127.0.0.1:{}", port);
    BSN_TRY(package,
            make_contract_package({label, address, organisation_.tls_authority(), "", ""}));
    BSN_TRY(certificate, organisation_.tls_certificate_of("peer"));
    BSN_TRY(key, organisation_.tls_key_of("peer"));
    ContractServerOptions options;
    options.listen = address;
    options.package_id = package.id;
    options.tls = {std::move(certificate), std::move(key), ""};
    BSN_TRY(server, ContractServer::start(*contract, std::move(options)));
    Service& service = servers_[label];
    service = {std::move(package), std::move(server)};
    return service.package;
}

}  // namespace bsn::framework::fabric
