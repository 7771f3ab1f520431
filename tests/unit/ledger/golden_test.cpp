// The golden vectors of tests/vectors/, which a second reader in Python checks as well
// (tests/vectors/check.py). After a change of a format, write them anew:
//
//     BSN_WRITE_VECTORS=1 build/release/tests/test_ledger --gtest_filter='GoldenVectors.*'

#include "support/format_laws.hpp"
#include "support/verification.hpp"
#include "vectors/make_bundles.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace bsn::ledger {
namespace {

using namespace testing::vectors;  // NOLINT(google-build-using-namespace): a test's vocabulary

const std::filesystem::path k_folder = std::filesystem::path(BSN_TESTS_DIR) / "vectors";

std::string read_file(const std::string& name) {
    std::ifstream file(k_folder / name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

Json read_json(const std::string& name) { return Json::parse(read_file(name)); }

std::string text_of(const Json& vector, const char* member) {
    return vector.at(member).get<std::string>();
}

Bytes bytes_of(const Json& vector, const char* member) {
    return from_hex(text_of(vector, member)).value();
}

Bytes bytes_of(const Json& text) { return from_hex(text.get<std::string>()).value(); }

template <typename Value>
Value value_of(const Json& vector, const char* member) {
    return fixed_from_hex<Value>(text_of(vector, member)).value();
}

template <typename Value>
std::vector<Value> values_of(const Json& list) {
    std::vector<Value> values;
    for (const Json& text : list) {
        values.push_back(fixed_from_hex<Value>(text.get<std::string>()).value());
    }
    return values;
}

class GoldenVectors : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (std::getenv("BSN_WRITE_VECTORS") == nullptr) return;
        std::filesystem::create_directories(k_folder / "bundles");
        for (const auto& [name, content] : make_vectors()) {
            std::ofstream file(k_folder / name, std::ios::binary);
            file << content;
            ASSERT_TRUE(file.good()) << name;
        }
    }
};

// Signatures differ from run to run, but a vector that is made and not committed, or the other way
// round, is an oversight.
TEST_F(GoldenVectors, are_those_that_are_made) {
    auto names_of = [](const std::string& text) {
        std::multiset<std::string> names;
        const Json json = Json::parse(text);
        for (const Json& vector : json.contains("cases") ? json.at("cases") : json) {
            if (vector.is_object()) names.insert(vector.value("name", ""));
        }
        return names;
    };
    for (const auto& [name, content] : make_vectors()) {
        EXPECT_EQ(names_of(read_file(name)), names_of(content)) << name;
    }
}

TEST_F(GoldenVectors, formats_decode_and_encode_to_the_same_bytes) {
    for (const Json& vector : read_json("formats.json")) {
        SCOPED_TRACE(text_of(vector, "name"));
        const Bytes bytes = bytes_of(vector, "bytes");
        const auto reading = read_format(text_of(vector, "format"), bytes);
        ASSERT_TRUE(reading.ok()) << reading.error().message;
        EXPECT_EQ(reading->again, bytes);
        EXPECT_EQ(reading->says, vector.at("says"));
        EXPECT_EQ(reading->derived, vector.at("derived"));
    }
}

TEST_F(GoldenVectors, formats_are_refused_with_another_head_or_length) {
    for (const Json& vector : read_json("formats.json")) {
        SCOPED_TRACE(text_of(vector, "name"));
        const Bytes bytes = bytes_of(vector, "bytes");
        auto code = [&](const Bytes& other) {
            return testing::code_of(read_format(text_of(vector, "format"), other));
        };
        EXPECT_EQ(code(with_byte(bytes, 0, '?')), Code::invalid_argument);
        EXPECT_EQ(code(with_byte(bytes, 1, 2)), Code::unsupported_version);
        EXPECT_EQ(code(changed(bytes, [](auto& value) { value.pop_back(); })),
                  Code::invalid_argument);
        EXPECT_EQ(code(changed(bytes, [](auto& value) { value.push_back(0); })),
                  Code::invalid_argument);
    }
}

TEST_F(GoldenVectors, malformed_bytes_are_refused_with_their_code) {
    for (const Json& vector : read_json("refused.json")) {
        const auto reading = read_format(text_of(vector, "format"), bytes_of(vector, "bytes"));
        EXPECT_EQ(code_name(testing::code_of(reading)), text_of(vector, "code"))
            << text_of(vector, "format") << ": " << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, genesis_files) {
    for (const char* name : {"genesis-1.json", "genesis-3.json", "genesis-4.json"}) {
        const std::string text = read_file(name);
        const auto genesis = Genesis::from_json(text);
        ASSERT_TRUE(genesis.ok()) << genesis.error().message;
        EXPECT_EQ(genesis->to_json(), text);
    }
    for (const Json& vector : read_json("refused-genesis.json")) {
        std::string text = read_file(text_of(vector, "of"));
        const std::string replaced = text_of(vector, "replace");
        const auto at = text.find(replaced);
        ASSERT_NE(at, std::string::npos) << text_of(vector, "name");
        text.replace(at, replaced.size(), text_of(vector, "by"));
        EXPECT_EQ(code_name(testing::code_of(Genesis::from_json(text))), text_of(vector, "code"))
            << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, signatures) {
    for (const Json& vector : read_json("signatures.json")) {
        const PublicKey key{static_cast<SuiteId>(vector.at("suite").get<int>()),
                            value_of<crypto::PublicKeyBytes>(vector, "key")};
        EXPECT_EQ(crypto::verify(key, bytes_of(vector, "message"),
                                 value_of<Signature>(vector, "signature"))
                      .ok(),
                  vector.at("holds").get<bool>())
            << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, certificates) {
    const Json file = read_json("certificates.json");
    const auto epoch = EpochRecord::decode(bytes_of(file, "epoch")).value();
    for (const Json& vector : file.at("cases")) {
        const auto certificate = Certificate::decode(bytes_of(vector, "certificate")).value();
        EXPECT_EQ(check_certificate(certificate, epoch, bytes_of(file, "statement"),
                                    vector.at("order_height").get<std::uint64_t>())
                      .ok(),
                  vector.at("holds").get<bool>())
            << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, availability_of_envelopes) {
    const Json file = read_json("availability.json");
    const auto epoch = EpochRecord::decode(bytes_of(file, "epoch")).value();
    for (const Json& vector : file.at("cases")) {
        const auto envelope = Envelope::decode(bytes_of(vector, "envelope")).value();
        EXPECT_EQ(check_availability(envelope, epoch, value_of<NetworkId>(file, "network"),
                                     vector.at("order_height").get<std::uint64_t>())
                      .ok(),
                  vector.at("holds").get<bool>())
            << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, blocks) {
    for (const Json& vector : read_json("blocks.json")) {
        std::vector<Bytes> batches;
        for (const Json& batch : vector.at("batches")) batches.push_back(bytes_of(batch));
        const auto block = Block::decode(bytes_of(vector, "block")).value();
        EXPECT_EQ(check_block(block, &batches).ok(), vector.at("holds").get<bool>())
            << text_of(vector, "name");
    }
}

TEST_F(GoldenVectors, trees) {
    const Json commitments = read_json("commitments.json");
    for (const Json& vector : commitments.at("trees")) {
        const auto id = static_cast<HashId>(vector.at("hash").get<int>());
        std::vector<Hash> leaves;
        for (const Json& leaf : vector.at("leaves")) {
            leaves.push_back(merkle_leaf(id, bytes_of(leaf)));
        }
        const auto root = value_of<Hash>(vector, "root");
        EXPECT_EQ(merkle_root(id, leaves), root);
        for (const Json& path : vector.at("paths")) {
            const auto index = path.at("index").get<std::size_t>();
            EXPECT_EQ(merkle_root_from_path(id, leaves.at(index), index, leaves.size(),
                                            values_of<Hash>(path.at("path")))
                          .value(),
                      root);
        }
    }
}

TEST_F(GoldenVectors, state_commitments) {
    const Json commitments = read_json("commitments.json");
    for (const Json& vector : commitments.at("multisets")) {
        MultisetHash set;
        for (const Json& entry : vector.at("entries")) {
            set.add(as_bytes(text_of(entry, "contract")), bytes_of(entry, "key"),
                    bytes_of(entry, "value"));
        }
        EXPECT_EQ(set.digest(static_cast<HashId>(vector.at("hash").get<int>())),
                  value_of<Hash>(vector, "state"));
    }
    for (const Json& vector : commitments.at("maps")) {
        MapNodes nodes;
        MerkleMap map(nodes);
        std::map<Bytes, Bytes> entries;
        for (const Json& entry : vector.at("entries")) {
            entries[bytes_of(entry, "key")] = bytes_of(entry, "value");
            ASSERT_TRUE(map.put(as_bytes(text_of(entry, "contract")), bytes_of(entry, "key"),
                                bytes_of(entry, "value"))
                            .ok());
        }
        const auto root = value_of<Hash>(vector, "root");
        EXPECT_EQ(map.root().value(), root);
        for (const Json& stored : vector.at("proofs")) {
            MerkleMap::Proof proof{values_of<Hash>(stored.at("siblings")), std::nullopt};
            if (!stored.at("leaf").is_null()) {
                const auto leaf = values_of<Hash>(stored.at("leaf"));
                proof.leaf = {leaf.at(0), leaf.at(1)};
            }
            const Bytes key = bytes_of(stored, "key");
            const auto entry = entries.find(key);
            std::optional<ByteView> value;
            if (entry != entries.end()) value = entry->second;
            EXPECT_TRUE(check_merkle_map_proof(root, as_bytes("registry"), key, value, proof).ok());
        }
    }
}

/// The number that `docs/formats.md` 12 gives to the last step that was taken.
int number_of_step(const Verification& verification) {
    constexpr std::array k_claims{testing::k_transaction, testing::k_receipt,  testing::k_block,
                                  testing::k_system,      testing::k_creation, testing::k_epochs,
                                  testing::k_quorum};
    if (verification.authentic) return 8;
    for (std::size_t i = 0; i < k_claims.size(); ++i) {
        if (verification.steps.back().claim.find(k_claims[i]) != std::string::npos) {
            return static_cast<int>(i) + 1;
        }
    }
    return -1;
}

Trust trust_of(const Json& vector) {
    const auto genesis = Genesis::from_json(read_file(text_of(vector, "genesis"))).value();
    if (!vector.contains("checkpoint")) return Trust::from(genesis);
    return Trust::from(genesis, EpochRecord::decode(bytes_of(vector, "checkpoint")).value())
        .value();
}

void expect_outcome(const Json& vector, const ReceiptBundle& bundle) {
    const Verification verification = verify_bundle(bundle, trust_of(vector));
    const std::string_view outcome = verification.success()   ? k_success
                                     : verification.authentic ? k_no_success
                                                              : k_not_authentic;
    EXPECT_EQ(outcome, text_of(vector, "outcome")) << verification.failure();
    EXPECT_EQ(number_of_step(verification), vector.at("step").get<int>()) << verification.failure();
    if (vector.contains("trust_class")) {
        EXPECT_EQ(verification.trust_class, text_of(vector, "trust_class"));
    }
}

/// The binary form: in full, or as the one span in which it differs from another; empty if the
/// vector has none.
Bytes binary_of(const Json& vector, const std::map<std::string, Bytes>& others) {
    if (vector.contains("binary")) return from_base64(text_of(vector, "binary")).value();
    if (!vector.contains("like")) return {};
    Bytes binary = others.at(text_of(vector, "like"));
    const auto at = binary.begin() + vector.at("at").get<std::ptrdiff_t>();
    const Bytes insert = from_base64(text_of(vector, "insert")).value();
    const auto end = binary.erase(at, at + vector.at("drop").get<std::ptrdiff_t>());
    binary.insert(end, insert.begin(), insert.end());
    return binary;
}

TEST_F(GoldenVectors, bundles_in_binary_form) {
    std::map<std::string, Bytes> binaries;
    for (const Json& vector : read_json("bundles.json")) {
        const std::string name = text_of(vector, "name");
        SCOPED_TRACE(name);
        const Bytes binary = binaries[name] = binary_of(vector, binaries);
        if (binary.empty()) continue;
        const auto bundle = ReceiptBundle::decode(binary);
        if (text_of(vector, "outcome") == k_unreadable) {
            EXPECT_FALSE(bundle.ok());
            continue;
        }
        ASSERT_TRUE(bundle.ok()) << bundle.error().message;
        EXPECT_EQ(bundle->encode(), binary);
        expect_outcome(vector, *bundle);
        if (vector.contains("file")) {
            EXPECT_EQ(bundle->to_json(), read_file(text_of(vector, "file")))
                << "both forms say the same";
        }
    }
}

TEST_F(GoldenVectors, bundles_in_json_form) {
    for (const Json& vector : read_json("bundles.json")) {
        if (!vector.contains("file")) continue;
        SCOPED_TRACE(text_of(vector, "name"));
        const std::string text = read_file(text_of(vector, "file"));
        const auto bundle = ReceiptBundle::from_json(text);
        if (text_of(vector, "outcome") == k_unreadable) {
            // Refused, be it by the reader or by the verifier.
            EXPECT_TRUE(!bundle || !verify_bundle(*bundle, trust_of(vector)).authentic);
            continue;
        }
        ASSERT_TRUE(bundle.ok()) << bundle.error().message;
        EXPECT_EQ(bundle->to_json(), text);
        expect_outcome(vector, *bundle);
    }
}

}  // namespace
}  // namespace bsn::ledger
