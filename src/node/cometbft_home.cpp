#include "node/cometbft_home.hpp"

#include "base/files.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "ordering/cometbft/light_commit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_max_key_file_bytes = 4096;
constexpr std::size_t k_address_bytes = 20;
/// Blocks stay below the 4 MiB that CometBFT's gRPC client takes; one envelope has at most 2 MiB.
constexpr std::uint64_t k_max_block_bytes = 3U << 20;
constexpr std::uint64_t k_max_transaction_bytes = (2U << 20) + (64U << 10);

std::string address_of(ByteView public_key) {
    auto hash = crypto::hash(crypto::HashId::sha256, public_key);
    return to_hex(ByteView(hash).first(k_address_bytes));
}

/// CometBFT's form of a private key: seed and public key.
Json private_json(const crypto::Ed25519Key& key) {
    Bytes both = to_bytes(ByteView(key.seed));
    both.insert(both.end(), key.public_key.data(), key.public_key.data() + key.public_key.size());
    return {{"type", "tendermint/PrivKeyEd25519"}, {"value", to_base64(both)}};
}

Json public_json(ByteView key) {
    return {{"type", "tendermint/PubKeyEd25519"}, {"value", to_base64(key)}};
}

Status write_secret(const fs::path& file, const Json& json) {
    return write_file_atomically(file, as_bytes(json.dump(2)), 0600);
}

/// The public key within a file of a private one.
Result<Bytes> public_key_in(const fs::path& file) {
    std::error_code ignored;
    const auto others = fs::perms::group_all | fs::perms::others_all;
    const fs::file_status found = fs::status(file, ignored);
    if (fs::exists(found) && (found.permissions() & others) != fs::perms::none) {
        return Error{Code::forbidden,
                     fmt::format("others may read or change the private key in {0}: run `chmod "
                                 "600 {0}`, and replace the key if someone may have read it",
                                 file.string())};
    }
    BSN_TRY(content, read_file(file, k_max_key_file_bytes));
    auto json = Json::parse(as_text(content), nullptr, false);
    const Error damaged{Code::corrupted, fmt::format("{} is no key file of CometBFT; restore it "
                                                     "from a copy",
                                                     file.string())};
    if (!json.is_object() || !json.contains("priv_key")) return damaged;
    const Json& key = json["priv_key"];
    if (!key.is_object() || !key.contains("value") || !key["value"].is_string()) return damaged;
    auto bytes = from_base64(key["value"].get<std::string>());
    if (!bytes || bytes->size() != 64) return damaged;
    return to_bytes(ByteView(*bytes).subspan(32));
}

Status ensure_key(const fs::path& file, bool with_public) {
    if (fs::exists(file)) return {};
    const crypto::Ed25519Key key = crypto::make_ed25519_key();
    Json json;
    if (with_public) {
        std::string address = address_of(key.public_key);
        std::transform(address.begin(), address.end(), address.begin(), ::toupper);
        json["address"] = address;
        json["pub_key"] = public_json(key.public_key);
    }
    json["priv_key"] = private_json(key);
    return write_secret(file, json);
}

fs::path node_key_file(const fs::path& home) { return home / "config" / "node_key.json"; }
fs::path validator_key_file(const fs::path& home) {
    return home / "config" / "priv_validator_key.json";
}

/// The ids of `ID@HOST:PORT`s.
std::vector<std::string> ids_of(const std::vector<std::string>& peers) {
    std::vector<std::string> ids;
    for (const std::string& peer : peers) ids.push_back(peer.substr(0, peer.find('@')));
    return ids;
}

std::string rfc3339(UnixMillis time) {
    const auto seconds = static_cast<std::time_t>(time / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       time % 1000);
}

std::string genesis_json(const ledger::Genesis& genesis) {
    Json validators = Json::array();
    for (const ordering::Validator& one : genesis_validators(genesis)) {
        validators.push_back({{"pub_key", public_json(one.key)},
                              {"power", std::to_string(one.power)},
                              {"name", ""}});
    }
    const Json params{
        {"block", {{"max_bytes", std::to_string(k_max_block_bytes)}, {"max_gas", "-1"}}},
        {"evidence",
         {{"max_age_num_blocks", "1000000"},
          {"max_age_duration", "172800000000000"},
          {"max_bytes", "1048576"}}},
        {"validator", {{"pub_key_types", {"ed25519"}}}},
        {"version", {{"app", "1"}}},
        {"abci", {{"vote_extensions_enable_height", "0"}}}};
    return Json{{"genesis_time", rfc3339(genesis.created)},
                {"chain_id", ordering::chain_id_of(genesis.network())},
                {"initial_height", "1"},
                {"consensus_params", params},
                {"validators", validators},
                {"app_hash", ""}}
        .dump(2);
}

/// A TOML string; what we put into one holds neither quotes nor backslashes, and is checked.
std::string toml_text(std::string_view text) {
    const bool plain = text.find_first_of("\"\\\n") == std::string_view::npos;
    ensure(plain, "no quotes in CometBFT's settings");
    return fmt::format("\"{}\"", text);
}

// Only what differs from CometBFT's defaults. "Unsafe" calls let our dialer (cometbft_dialer) make
// connections; the port is for this machine. Strangers who connect cannot keep the network's own
// nodes out, which are unconditional peers. Two timers (flush_throttle_timeout and
// peer_gossip_sleep_duration) make most of the time of a block; docs/benchmarks.md. The time of a
// block is when the one before was committed: hence one each second even if nothing is to be
// ordered, which also shows that ordering stands still if it does.
std::string config_toml(const CometbftSettings& settings) {
    return fmt::format(
        R"(# Written by bsn at each start.
proxy_app = {}
abci = "grpc"
moniker = {}
log_level = "error"
filter_peers = false

[rpc]
laddr = {}
unsafe = true
max_body_bytes = 8000000

[p2p]
laddr = {}
persistent_peers = {}
unconditional_peer_ids = {}
pex = false
addr_book_strict = false
allow_duplicate_ip = true
flush_throttle_timeout = "5ms"
send_rate = 52428800
recv_rate = 52428800

[mempool]
type = "flood"
recheck = false
max_tx_bytes = {}
max_txs_bytes = 67108864

[consensus]
timeout_propose = "1s"
timeout_prevote = "500ms"
timeout_precommit = "500ms"
timeout_commit = "0s"
create_empty_blocks = true
create_empty_blocks_interval = "1s"
peer_gossip_sleep_duration = "5ms"

[storage]
discard_abci_responses = true

[tx_index]
indexer = "null"
)",
        toml_text(settings.application), toml_text(settings.name),
        toml_text("tcp://" + settings.rpc_listen), toml_text("tcp://" + settings.p2p_listen),
        toml_text(fmt::format("{}", fmt::join(settings.peers, ","))),
        toml_text(fmt::format("{}", fmt::join(ids_of(settings.peers), ","))),
        k_max_transaction_bytes);
}

}  // namespace

Result<CometbftIdentity> ensure_cometbft_keys(const fs::path& home) {
    BSN_CHECK(make_private_folder(home / "config"));
    BSN_CHECK(ensure_key(node_key_file(home), false));
    BSN_CHECK(ensure_key(validator_key_file(home), true));
    return load_cometbft_keys(home);
}

Result<CometbftIdentity> load_cometbft_keys(const fs::path& home) {
    BSN_TRY(node_key, public_key_in(node_key_file(home)));
    BSN_TRY(validator, public_key_in(validator_key_file(home)));
    return CometbftIdentity{std::move(validator), address_of(node_key)};
}

Status check_validator_key(const ledger::Genesis& genesis, const ledger::NodeId& own,
                           const CometbftIdentity& identity, const fs::path& home) {
    std::string holder;
    bool right = true;
    for (const ledger::GenesisNode& node : genesis.nodes) {
        const bool has_key = node.validator == identity.validator;
        if (node.id() == own) {
            right = has_key || node.validator.empty();
        } else if (has_key) {
            holder = node.name;
        }
    }
    if (right && holder.empty()) return {};
    return Error{Code::wrong_network,
                 fmt::format("{} is not the key that the genesis has for this city node{}; restore "
                             "the node's own",
                             validator_key_file(home).string(),
                             holder.empty() ? "" : ", but that of " + holder)};
}

Status write_cometbft_files(const fs::path& home, const ledger::Genesis& genesis,
                            const CometbftSettings& settings) {
    BSN_CHECK(make_private_folder(home / "data"));
    // What it has signed last, so that it never signs twice: CometBFT's own from here on.
    const auto signed_file = home / "data" / "priv_validator_state.json";
    if (!fs::exists(signed_file)) {
        BSN_CHECK(write_secret(signed_file, {{"height", "0"}, {"round", 0}, {"step", 0}}));
    }
    BSN_CHECK(
        write_file_atomically(home / "config" / "genesis.json", as_bytes(genesis_json(genesis))));
    return write_file_atomically(home / "config" / "config.toml", as_bytes(config_toml(settings)));
}

std::vector<ordering::Validator> genesis_validators(const ledger::Genesis& genesis) {
    std::vector<ordering::Validator> validators;
    for (const ledger::GenesisNode& node : genesis.nodes) {
        if (!node.validator.empty()) validators.push_back({node.validator, 1});
    }
    std::sort(validators.begin(), validators.end());
    return validators;
}

}  // namespace bsn::node
