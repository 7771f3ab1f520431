// bsn chaincode: our contracts on networks of Hyperledger Fabric.

#include "base/files.hpp"
#include "base/log.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"
#include "contract/contract.hpp"
#include "framework/fabric/chaincode/contract_package.hpp"
#include "framework/fabric/chaincode/contract_server.hpp"
#include "node/stop_signals.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace fabric = framework::fabric;

constexpr std::size_t k_max_pem_bytes = 64U << 10;
constexpr auto k_look = std::chrono::seconds(3600);
constexpr mode_t k_owner_only = 0600;

struct ServeWords {
    std::string contract;
    std::uint32_t version = 0;  ///< 0: the newest
    std::string listen = "127.0.0.1:9999";
    std::string package_id;
    std::string certificate;
    std::string key;
    std::string client_authority;
};

struct PackageWords {
    fabric::PackageSpec spec;  ///< its PEM texts are names of files here
    std::string out;
};

/// The text of a file; empty for no name.
Result<std::string> text_of(const std::string& file) {
    if (file.empty()) return std::string();
    BSN_TRY(bytes, read_file(file, k_max_pem_bytes));
    return to_text(bytes);
}

Result<const contract::Contract*> find_contract(const contract::Contracts& all,
                                                const ServeWords& words) {
    const std::uint32_t newest = all.newest(words.contract);
    const auto* found = all.find(words.contract, words.version == 0 ? newest : words.version);
    if (found != nullptr) return found;
    if (newest == 0) {
        return Error{Code::not_found, fmt::format("there is no contract `{}`; there are evidence "
                                                  "and kv",
                                                  words.contract)};
    }
    return Error{Code::not_found,
                 fmt::format("the versions of {} are 1 to {}", words.contract, newest)};
}

Outcome serve(Context& context, const ServeWords& words) {
    if (words.certificate.empty() != words.key.empty()) {
        return context.usage("--tls-cert and --tls-key belong together: give both or none");
    }
    if (words.certificate.empty() && !words.client_authority.empty()) {
        return context.usage("--client-ca is for TLS: give --tls-cert and --tls-key, too");
    }
    contract::Contracts contracts;
    contract::add_builtin_contracts(contracts);
    BSN_TRY(contract, find_contract(contracts, words));
    fabric::ContractServerOptions options;
    options.listen = words.listen;
    options.package_id = words.package_id;
    BSN_TRY(certificate, text_of(words.certificate));
    BSN_TRY(key, text_of(words.key));
    BSN_TRY(client_authority, text_of(words.client_authority));
    options.tls = {certificate, key, client_authority};

    const node::StopSignals signals;
    BSN_TRY(server, fabric::ContractServer::start(*contract, options));
    const std::string host = words.listen.substr(0, words.listen.rfind(':'));
    const std::string address = fmt::format("{}:{}", host, server->port());
    context.out().text(fmt::format("{} {} answers peers at {} as {}, until SIGTERM.",
                                   contract->type(), contract->version(), address,
                                   words.package_id));
    context.out().json({{"contract", contract->type()},
                        {"version", contract->version()},
                        {"address", address},
                        {"package_id", words.package_id}});
    context.out().raw().flush();
    while (!signals.wait(k_look)) {
    }
    return Exit::done;
}

Outcome package(Context& context, const PackageWords& words) {
    BSN_CHECK(check_is_new(words.out));
    fabric::PackageSpec spec = words.spec;
    for (std::string* file : {&spec.server_authority, &spec.client_certificate, &spec.client_key}) {
        BSN_TRY(text, text_of(*file));
        *file = std::move(text);
    }
    BSN_TRY(package, fabric::make_contract_package(spec));
    // Its key is in it, if it has one.
    BSN_CHECK(write_file_atomically(words.out, package.archive, k_owner_only));
    context.out().value(package.id);
    context.out().text("Install " + words.out +
                       " on the peers, and start `bsn chaincode serve` with this id.");
    context.out().json({{"package_id", package.id}, {"file", words.out}});
    return Exit::done;
}

}  // namespace

void add_chaincode_commands(Commands& commands) {
    CLI::App* group =
        commands.group("chaincode", "Our contracts on networks of Hyperledger Fabric");

    auto serving = std::make_shared<ServeWords>();
    CLI::App* command =
        commands.add(group, "serve", "Run a contract as a service for peers, until SIGTERM",
                     "bsn chaincode serve evidence --id evidence_1:6c2f… --listen 0.0.0.0:9999");
    command->add_option("contract", serving->contract, "evidence or kv")->required();
    command->add_option("--id", serving->package_id, "The package id that the peers know it by")
        ->required()
        ->type_name("ID");
    command
        ->add_option("--contract-version", serving->version,
                     "Of the contract; otherwise the newest")
        ->type_name("N");
    command->add_option("--listen", serving->listen, "Where peers connect (127.0.0.1:9999)")
        ->type_name("HOST:PORT");
    command->add_option("--tls-cert", serving->certificate, "Its certificate, for TLS")
        ->type_name("FILE");
    command->add_option("--tls-key", serving->key, "The certificate's key")->type_name("FILE");
    command
        ->add_option("--client-ca", serving->client_authority,
                     "Let in only peers with a certificate of this authority")
        ->type_name("FILE");
    commands.on(command, [serving](Context& context) { return serve(context, *serving); });

    auto packing = std::make_shared<PackageWords>();
    command =
        commands.add(group, "package", "Make what is installed on the peers for such a service",
                     "bsn chaincode package --label evidence_1 --address contracts:9999 "
                     "--out evidence.tar.gz");
    command->add_option("--label", packing->spec.label, "Its name on the peers")
        ->required()
        ->type_name("LABEL");
    command->add_option("--address", packing->spec.address, "Where peers reach the service")
        ->required()
        ->type_name("HOST:PORT");
    command->add_option("--out", packing->out, "The package")->required()->type_name("FILE");
    command
        ->add_option("--tls-ca", packing->spec.server_authority,
                     "Who vouches for the service; without it there is no TLS")
        ->type_name("FILE");
    command
        ->add_option("--client-cert", packing->spec.client_certificate,
                     "What peers show, where the service asks for it (--client-ca)")
        ->type_name("FILE");
    command
        ->add_option("--client-key", packing->spec.client_key,
                     "The certificate's key; it is put in")
        ->type_name("FILE");
    commands.on(command, [packing](Context& context) { return package(context, *packing); });
}

}  // namespace bsn::cli
