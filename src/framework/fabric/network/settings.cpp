#include "framework/fabric/network/settings.hpp"

#include "base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

/// Calls at once of each of a peer's services: the gateway of the city node has limits of its own.
constexpr unsigned k_concurrency = 20'000;
constexpr unsigned k_max_message = 100U << 20;
/// An orderer that hangs must not keep a peer without blocks for the programs' own 80 s. Ten
/// seconds are the shortest interval of gRPC for Go.
constexpr auto k_keepalive = "10s";
constexpr auto k_keepalive_timeout = "5s";
constexpr auto k_keepalive_accepted = "5s";

/// Where to listen so that the others reach it: at all addresses, unless all are on this machine.
std::string listening_host(const std::string& host) {
    return host == "localhost" || host.starts_with("127.") ? "127.0.0.1" : "0.0.0.0";
}

std::string local(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

Json crypto_provider() {
    return {{"Default", "SW"}, {"SW", {{"Hash", "SHA2"}, {"Security", 256}}}};
}

Json keepalive_of_client() { return {{"interval", k_keepalive}, {"timeout", k_keepalive_timeout}}; }

/// The folder's files, as both programs want them.
struct Files {
    explicit Files(const fs::path& folder, const OwnOrganisation& organisation)
        : msp((folder / "msp").string()),
          certificate((folder / "tls" / "certificate.pem").string()),
          key((folder / "tls" / "key.pem").string()),
          authority((folder / "msp" / "tlscacerts" / "tls-authority.pem").string()),
          msp_id(organisation.msp()) {}

    std::string msp;
    std::string certificate;
    std::string key;
    std::string authority;
    std::string msp_id;
};

/// With the programs' own timers, peers find those of other organisations after tens of seconds
/// only.
Json gossip(const std::string& address) {
    return {{"bootstrap", address},
            {"endpoint", address},
            {"externalEndpoint", address},
            {"useLeaderElection", false},
            {"orgLeader", true},
            {"state", {{"enabled", false}}},
            {"reconnectInterval", "2s"},
            {"publishStateInfoInterval", "1s"},
            {"requestStateInfoInterval", "1s"},
            {"aliveTimeInterval", "2s"},
            {"aliveExpirationTimeout", "10s"},
            {"pvtData",
             {{"pullRetryThreshold", "10s"},
              {"transientstoreMaxBlockRetention", 1000},
              {"pushAckTimeout", "3s"},
              {"btlPullMargin", 10},
              {"reconcileBatchSize", 10},
              {"reconcileSleepInterval", "1m"},
              {"reconciliationEnabled", true}}}};
}

Json peer_ledger(const ProgramPlace& place) {
    return {{"state", {{"stateDatabase", "goleveldb"}, {"totalQueryLimit", 100'000}}},
            {"history", {{"enableHistoryDatabase", true}}},
            {"pvtdataStore",
             {{"collElgProcMaxDbBatchSize", 5000},
              {"collElgProcDbBatchesInterval", 1000},
              {"deprioritizedDataReconcilerInterval", "60m"},
              {"purgeInterval", 100}}},
            {"snapshots", {{"rootDir", (place.data / "snapshots").string()}}}};
}

Json peer_chaincode(const fs::path& builder) {
    return {
        {"externalBuilders", Json::array({{{"name", "service"}, {"path", builder.string()}}})},
        {"mode", "net"},
        {"installTimeout", "60s"},
        {"startuptimeout", "60s"},
        {"executetimeout", "30s"},
        {"logging", {{"level", "info"}, {"shim", "warning"}}},
        {"system",
         {{"_lifecycle", "enable"}, {"cscc", "enable"}, {"lscc", "enable"}, {"qscc", "enable"}}}};
}

Json peer_handlers() {
    return {
        {"authFilters", Json::array({{{"name", "DefaultAuth"}}, {{"name", "ExpirationCheck"}}})},
        {"decorators", Json::array({{{"name", "DefaultDecorator"}}})},
        {"endorsers", {{"escc", {{"name", "DefaultEndorsement"}}}}},
        {"validators", {{"vscc", {{"name", "DefaultValidation"}}}}}};
}

}  // namespace

std::string peer_settings(const OwnOrganisation& organisation, const ProgramPlace& place,
                          const fs::path& builder) {
    const Files files(organisation.folder_of("peer"), organisation);
    const std::string address = place.address();
    Json peer{{"id", organisation.msp()},
              {"networkId", "bsn"},
              {"listenAddress", fmt::format("{}:{}", listening_host(place.host), place.port)},
              {"address", address},
              {"chaincodeListenAddress", local(place.chaincode)},
              {"chaincodeAddress", local(place.chaincode)},
              {"mspConfigPath", files.msp},
              {"localMspId", files.msp_id},
              {"localMspType", "bccsp"},
              {"fileSystemPath", place.data.string()},
              {"BCCSP", crypto_provider()},
              {"tls",
               {{"enabled", true},
                {"clientAuthRequired", true},
                {"cert", {{"file", files.certificate}}},
                {"key", {{"file", files.key}}},
                {"rootcert", {{"file", files.authority}}},
                // Those of other organisations are added with the channels.
                {"clientRootCAs", {{"files", Json::array({files.authority})}}}}},
              {"gossip", gossip(address)},
              {"deliveryclient",
               {{"blockGossipEnabled", false},
                {"reconnectTotalTimeThreshold", "3600s"},
                {"connTimeout", "3s"},
                {"reConnectBackoffThreshold", "2s"},
                {"policy", "simple"}}},
              {"keepalive",
               {{"minInterval", k_keepalive_accepted},
                {"client", keepalive_of_client()},
                {"deliveryClient", keepalive_of_client()}}},
              {"gateway",
               {{"enabled", true},
                {"endorsementTimeout", "30s"},
                {"broadcastTimeout", "30s"},
                {"dialTimeout", "2m"}}},
              {"discovery",
               {{"enabled", true},
                {"authCacheEnabled", true},
                {"authCacheMaxSize", 1000},
                {"authCachePurgeRetentionRatio", 0.75}}},
              {"handlers", peer_handlers()},
              {"limits",
               {{"concurrency",
                 {{"endorserService", k_concurrency},
                  {"deliverService", k_concurrency},
                  {"gatewayService", k_concurrency}}}}},
              {"authentication", {{"timewindow", "15m"}}},
              {"client", {{"connTimeout", "5s"}}},
              {"maxRecvMsgSize", k_max_message},
              {"maxSendMsgSize", k_max_message}};
    return Json{{"peer", std::move(peer)},
                {"vm", {{"endpoint", ""}}},
                {"chaincode", peer_chaincode(builder)},
                {"ledger", peer_ledger(place)},
                {"operations", {{"listenAddress", local(place.operations)}}},
                {"metrics", {{"provider", "disabled"}}}}
        .dump(2);
}

std::string orderer_settings(const OwnOrganisation& organisation, const ProgramPlace& place) {
    const Files files(organisation.folder_of("orderer"), organisation);
    const Json authorities = Json::array({files.authority});
    const Json tls{{"Enabled", true},
                   {"Certificate", files.certificate},
                   {"PrivateKey", files.key},
                   {"RootCAs", authorities},
                   {"ClientAuthRequired", true},
                   {"ClientRootCAs", authorities}};
    return Json{{"General",
                 {{"ListenAddress", listening_host(place.host)},
                  {"ListenPort", place.port},
                  {"BootstrapMethod", "none"},
                  {"LocalMSPDir", files.msp},
                  {"LocalMSPID", files.msp_id},
                  {"TLS", tls},
                  {"Keepalive", {{"ServerMinInterval", k_keepalive_accepted}}},
                  {"Cluster",
                   {{"ClientCertificate", files.certificate},
                    {"ClientPrivateKey", files.key},
                    {"RootCAs", authorities}}},
                  {"BCCSP", crypto_provider()}}},
                {"FileLedger", {{"Location", place.data.string()}}},
                {"Consensus",
                 {{"WALDir", (place.data / "wal").string()},
                  {"SnapDir", (place.data / "snapshots").string()}}},
                {"ChannelParticipation", {{"Enabled", true}, {"MaxRequestBodySize", "8 MB"}}},
                {"Admin", {{"ListenAddress", local(place.administration)}, {"TLS", tls}}},
                {"Operations", {{"ListenAddress", local(place.operations)}}},
                {"Metrics", {{"Provider", "disabled"}}}}
        .dump(2);
}

Status write_builder(const fs::path& folder) {
    constexpr std::pair<const char*, const char*> k_scripts[]{
        {"detect", "grep -q '\"type\" *: *\"ccaas\"' \"$2/metadata.json\"\n"},
        {"build", "cp -R \"$1/.\" \"$3/\"\n"},
        {"release",
         "mkdir -p \"$2/chaincode/server\"\n"
         "cp \"$1/connection.json\" \"$2/chaincode/server/connection.json\"\n"}};
    BSN_CHECK(make_private_folder(folder / "bin"));
    for (const auto& [name, body] : k_scripts) {
        BSN_CHECK(write_file_atomically(
            folder / "bin" / name, as_bytes(fmt::format("#!/bin/sh\nset -e\n{}", body)), 0755));
    }
    return {};
}

}  // namespace bsn::framework::fabric
