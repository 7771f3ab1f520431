#pragma once
// The user's own folder: client configuration, pinned genesis, keys, data of the local network.
//
//     config.yaml  genesis.json
//     keys/NAME.pem  keys/NAME.pub  keys/NAME.participant
//     network/  network/bsn.log  network/bsn.pid

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::cli {

/// The places within the home folder; nothing is read or made by looking at them.
class Home {
  public:
    explicit Home(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// The folder named on the command line, else $BSN_HOME, else ~/.bsn.
    static Result<Home> find(const std::string& given);

    /// Makes the folder and `keys/`, open to their owner only.
    Status create() const;

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path config_file() const { return folder_ / "config.yaml"; }
    std::filesystem::path genesis_file() const { return folder_ / "genesis.json"; }
    std::filesystem::path keys_folder() const { return folder_ / "keys"; }
    std::filesystem::path network_folder() const { return folder_ / "network"; }
    std::filesystem::path log_file() const { return network_folder() / "bsn.log"; }

  private:
    std::filesystem::path folder_;
};

/// How the local network of this home was made; it stays so until it is purged.
struct LocalNetworkConfig {
    std::size_t nodes = 3;
    std::uint16_t first_port = 7180;
    std::string ordering = "embedded";  ///< or `cometbft`

    auto operator<=>(const LocalNetworkConfig&) const = default;
};

/// The client's configuration, `config.yaml`.
struct ClientConfig {
    std::vector<std::string> endpoints;    ///< nodes to ask, in order of preference
    std::string genesis = "genesis.json";  ///< the pinned genesis file; relative to the home folder
    std::string key;                       ///< the key used unless another is named; may be empty
    std::optional<LocalNetworkConfig> local_network;

    auto operator<=>(const ClientConfig&) const = default;

    /// The configuration of a YAML text; mistakes are told with `name` and line.
    static Result<ClientConfig> parse(std::string_view text, std::string_view name);
    /// The file's content; if there is none, the defaults.
    static Result<ClientConfig> load(const std::filesystem::path& file);
    /// As YAML text, which `parse` reads again.
    std::string to_yaml() const;
    Status save(const std::filesystem::path& file) const;
};

/// Endpoints of a local network: one per node, at consecutive ports of this machine.
std::vector<std::string> local_endpoints(const LocalNetworkConfig& network);

}  // namespace bsn::cli
