#include "node/backup_manifest.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

/// When a backup has a file.
std::string kept(const std::string& path) {
    if (!belongs_to_backup(path)) return "never";
    return is_key_of_node(path) ? "with keys" : "always";
}

BackupManifest manifest_with(std::vector<BackupFile> files) {
    BackupManifest manifest;
    manifest.network = "aa";
    manifest.node = "bb";
    manifest.version = "1.2.3";
    manifest.files = std::move(files);
    return manifest;
}

TEST(BackupManifest, has_the_nodes_own_data_and_its_keys_if_wanted) {
    for (const char* path : {"node.yaml", "node.crt", "genesis.json", "data/state/CURRENT",
                             "custody/keys/CURRENT", "cometbft/data/state.db/CURRENT"}) {
        EXPECT_EQ(kept(path), "always") << path;
    }
    for (const char* path : {"keys/secp256r1.pem", "custody.key", "cometbft/config/node_key.json",
                             "cometbft/config/priv_validator_key.json"}) {
        EXPECT_EQ(kept(path), "with keys") << path;
    }
    for (const char* path : {"lock", "data/state/LOCK", "cometbft/data/cs.wal/wal", "cometbft/log",
                             "cometbft/data/priv_validator_state.json"}) {
        EXPECT_EQ(kept(path), "never") << path;
    }
}

TEST(BackupManifest, has_what_others_know_of_the_nodes_organisation_of_fabric) {
    for (const char* path :
         {"fabric/msp-id", "fabric/ports.json", "fabric/authority/certificate.pem",
          "fabric/tls-authority/certificate.pem", "fabric/admin/msp/signcerts/certificate.pem",
          "fabric/peer/msp/signcerts/certificate.pem", "fabric/peer/msp/cacerts/authority.pem",
          "fabric/peer/msp/config.yaml", "fabric/orderer/tls/certificate.pem",
          "fabric/participants/00ff.pem", "fabric/packages/00ff.tar.gz",
          "fabric/orderer/joined/00ff", "fabric/orderer-3/joined/00ff",
          "fabric/contracts/app-asset-1/tls/authority/certificate.pem",
          "fabric/contracts/app-asset-1/tls/client/certificate.pem"}) {
        EXPECT_EQ(kept(path), "always") << path;
    }
}

TEST(BackupManifest, has_keys_and_identities_of_fabric_only_with_the_nodes_keys) {
    for (const char* path :
         {"fabric/authority/key.pem", "fabric/tls-authority/key.pem",
          "fabric/admin/msp/keystore/key.pem", "fabric/admin/tls/key.pem",
          "fabric/peer/msp/keystore/key.pem", "fabric/peer/tls/key.pem",
          "fabric/orderer/msp/keystore/key.pem", "fabric/orderer/tls/key.pem",
          "fabric/identities/evidence.json", "fabric/contracts/app-asset-1/tls/authority/key.pem",
          "fabric/contracts/app-asset-1/tls/client/key.pem"}) {
        EXPECT_EQ(kept(path), "with keys") << path;
    }
}

TEST(BackupManifest, has_nothing_of_fabric_that_comes_again) {
    for (const char* path :
         {"fabric/peer/data/ledgersData/CURRENT", "fabric/peer/core.yaml", "fabric/peer/log",
          "fabric/orderer/data/chains/app/blockfile_000000", "fabric/orderer/data/wal/app/0.wal",
          "fabric/orderer/orderer.yaml", "fabric/orderer/log", "fabric/peer-3/data/x.pem",
          "fabric/peer-3/core.yaml", "fabric/peer-3/log", "fabric/orderer-3/data/key.pem",
          "fabric/builder/bin/detect", "fabric/builds/00ff/src/key.pem",
          "fabric/contracts/app-asset-1/log", "fabric/contracts/app-asset-1/tls/shown/key.pem",
          "fabric/contracts/tls/authority/key.pem", "fabric/authority/key.pem.tmp-a1b2c3"}) {
        EXPECT_EQ(kept(path), "never") << path;
    }
}

TEST(BackupManifest, is_read_as_it_was_written) {
    const BackupManifest made =
        manifest_with({{"data/state/CURRENT", 3, "cc"}, {"fabric/msp-id", 4, "dd"}});
    const auto read = BackupManifest::from_json(made.to_json());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->to_json(), made.to_json());
    EXPECT_EQ(read->bytes(), 7U);
}

TEST(BackupManifest, files_that_no_backup_has_are_refused) {
    for (const char* path : {"", "/fabric/msp-id", "fabric/../keys/key.pem", "fabric/./msp-id",
                             "fabric/peer/data/CURRENT", "fabric/packages/../msp-id.tar.gz"}) {
        const auto read = BackupManifest::from_json(manifest_with({{path, 1, "cc"}}).to_json());
        ASSERT_FALSE(read.ok()) << path;
        EXPECT_EQ(read.error().code, Code::invalid_argument) << path;
    }
    const auto twice = manifest_with({{"fabric/msp-id", 1, "cc"}, {"fabric/msp-id", 1, "cc"}});
    EXPECT_FALSE(BackupManifest::from_json(twice.to_json()).ok());
}

}  // namespace
}  // namespace bsn::node
