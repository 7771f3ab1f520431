#pragma once
// Descriptions of apps, as people write them (YAML) and as the permission chain takes them (JSON).

#include "cli/output.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::cli {

struct AppContract {
    std::string name;
    std::string type;
    std::uint32_t version = 0;  ///< 0: the newest that the network knows
    /// Of the network of Fabric that others run, instead of type and version; empty: none of these.
    std::string chaincode = {};
    /// Apps of framework `fabric`: a folder with source, or a package of chaincode, whose hash is
    /// to be the type; empty: the network knows the type.
    std::filesystem::path package = {};
};

struct AppRole {
    std::string name;
    bool is_public = false;
    std::vector<std::string> functions;  ///< `contract.function`, `contract.*` or `*`
};

/// What an app is to be.
struct AppSpec {
    std::string name;
    std::string description;
    std::string framework = "ledger";
    std::string suite;               ///< empty: what the framework uses
    std::vector<std::string> nodes;  ///< names of city nodes; none: all
    std::string join = "open";       ///< or `invitation`
    std::vector<AppContract> contracts;
    std::vector<AppRole> roles;
    Json gateway;  ///< how gateways serve it; null: as is usual
    /// Where the chain of an app of framework `fisco-network` or `fabric-network` is; null: others.
    /// Of the latter as the file says it, with names of files, until `describe_fabric_network` puts
    /// in what they hold.
    Json network;
    Json fabric;  ///< who orders for an app of framework `fabric`, and how; null: as is usual
    Json evm;     ///< how an app of framework `ethereum` or `fisco` runs; null: as is usual

    /// Reads a YAML text; mistakes are told with `file` and line, unknown keys among them.
    static Result<AppSpec> parse(std::string_view text, std::string_view file);
    /// Paths in the file are taken from its folder.
    static Result<AppSpec> load(const std::filesystem::path& file);
    /// The argument of `publish_app`.
    Json to_json() const;
};

/// Whether apps of a framework may have this key mode (`trust`, `upload`; empty: the one they
/// have): `invalid_argument` with what to do otherwise.
Status check_key_mode(std::string_view framework, std::string_view keys);

/// The app that `bsn up` publishes: examples/evidence.yaml says the same, and a test sees to it.
AppSpec evidence_app(std::string name, std::string suite);

}  // namespace bsn::cli
