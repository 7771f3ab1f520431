#include "ledger/bundle.hpp"

#include "support/format_laws.hpp"
#include "support/receipt_world.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace bsn::ledger {
namespace {

using testing::ReceiptWorld;
using testing::WorldPlan;

ReceiptBundle full_bundle() {
    WorldPlan plan;
    plan.suites = {SuiteId::secp256r1, SuiteId::sm2};
    plan.system_handover = true;
    plan.app_handover = true;
    return ReceiptWorld(plan).bundle(3);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(ReceiptBundle, survives_both_forms) {
    for (const ReceiptBundle& bundle :
         {full_bundle(), ReceiptWorld().bundle(), ReceiptWorld().system_bundle()}) {
        const std::string text = bundle.to_json();
        auto from_text = ReceiptBundle::from_json(text);
        ASSERT_TRUE(from_text.ok()) << from_text.error().message;
        EXPECT_EQ(from_text->to_json(), text);

        const Bytes bytes = bundle.encode();
        auto from_bytes = ReceiptBundle::decode(bytes);
        ASSERT_TRUE(from_bytes.ok()) << from_bytes.error().message;
        EXPECT_EQ(from_bytes->encode(), bytes);
        EXPECT_EQ(from_bytes->to_json(), text) << "both forms say the same";
        EXPECT_EQ(from_text->encode(), bytes) << "both forms say the same";
    }
}

TEST(ReceiptBundle, text_is_written_in_the_documented_layout) {
    const ReceiptBundle bundle = ReceiptWorld().system_bundle();
    const InclusionProof& proof = bundle.proof;
    const Certificate& certificate = proof.block.certificates.at(0);
    const std::string expected = R"({
  "format": "bsn-receipt",
  "version": 1,
  "proof": {
    "transaction": ")" + to_hex(proof.transaction) +
                                 R"(",
    "receipt": ")" + to_hex(proof.receipt) +
                                 R"(",
    "index": 1,
    "transaction_path": [
      ")" + to_hex(proof.transaction_path.at(0)) +
                                 R"(",
      ")" + to_hex(proof.transaction_path.at(1)) +
                                 R"("
    ],
    "receipt_path": [
      ")" + to_hex(proof.receipt_path.at(0)) +
                                 R"(",
      ")" + to_hex(proof.receipt_path.at(1)) +
                                 R"("
    ],
    "block": {
      "header": ")" + to_hex(proof.block.header) +
                                 R"(",
      "certificates": [
        {
          "suite": "secp256r1",
          "signatures": [
            {
              "peer": 0,
              "signature": ")" + to_hex(certificate.signatures.at(0).signature) +
                                 R"("
            },
            {
              "peer": 1,
              "signature": ")" + to_hex(certificate.signatures.at(1).signature) +
                                 R"("
            }
          ]
        }
      ]
    }
  },
  "handovers": [],
  "creation": null,
  "system_handovers": []
}
)";
    EXPECT_EQ(bundle.to_json(), expected);
}

TEST(ReceiptBundle, binary_form_is_strict_and_canonical) {
    const Bytes bytes = full_bundle().encode();
    auto decode = [](ByteView view) { return ReceiptBundle::decode(view); };
    testing::expect_strict_format(bytes, decode);
    testing::expect_canonical_format(bytes, decode,
                                     [](const ReceiptBundle& bundle) { return bundle.encode(); });
}

TEST(ReceiptBundle, only_the_canonical_text_is_accepted) {
    const ReceiptBundle bundle = full_bundle();
    const std::string text = bundle.to_json();
    const std::string hex = to_hex(bundle.proof.block.header);
    std::string upper = hex;
    std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
    const std::vector<std::string> others = {
        text + "\n",
        text + " ",
        text.substr(0, text.size() - 1),
        " " + text,
        "\xEF\xBB\xBF" + text,
        replaced(text, "\n  \"version\"", "\"version\""),
        replaced(text, "\"index\": 3", "\"index\":3"),
        replaced(text, "\"index\": 3", "\"index\": 3.0"),
        replaced(text, "\"index\": 3", "\"index\": 4294967299"),
        replaced(text, "\"index\": 3", "\"index\": 3,\n    \"more\": 1"),
        replaced(text, "\"peer\": 0", "\"peer\": 65536"),
        replaced(text, "bsn-receipt", "bsn-\\u0072eceipt"),
        replaced(text, hex, upper),
        replaced(replaced(text, "    \"index\": 3,\n", ""), "    \"transaction\"",
                 "    \"index\": 3,\n    \"transaction\""),
    };
    for (const std::string& other : others) {
        auto read = ReceiptBundle::from_json(other);
        ASSERT_FALSE(read.ok()) << other;
        EXPECT_EQ(read.error().code, Code::invalid_argument);
    }
}

TEST(ReceiptBundle, what_is_no_bundle_is_refused) {
    for (const char* text : {"", "{", "[]", "null", "{}", "{\"format\": \"bsn-genesis\"}",
                             "{\"format\": \"bsn-receipt\"}", "\xff"}) {
        auto read = ReceiptBundle::from_json(text);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code, Code::invalid_argument) << text;
    }
    const std::string text = full_bundle().to_json();
    EXPECT_FALSE(
        ReceiptBundle::from_json(replaced(text, "\"suite\": \"sm2\"", "\"suite\": \"x\"")).ok());
    EXPECT_FALSE(
        ReceiptBundle::from_json(replaced(text, "\"handovers\": [", "\"handovers\": 1, \"x\": ["))
            .ok());
}

/// Law: whichever member is of another type, missing, or no hexadecimal number, it is noticed.
TEST(ReceiptBundle, every_member_is_checked) {
    using Json = nlohmann::ordered_json;
    using Pointer = Json::json_pointer;
    const std::string text = full_bundle().to_json();
    const Json good = Json::parse(text);
    ASSERT_EQ(good.dump(2) + "\n", text)
        << "so that what is refused below is refused for its content";
    const auto refused = [&](const Pointer& at, const Json& by) {
        Json changed = good;
        changed[at] = by;
        return !ReceiptBundle::from_json(changed.dump(2) + "\n").ok();
    };
    std::set<std::string> members;
    const Json values = good.flatten();
    for (const auto& [path, value] : values.items()) {
        for (Pointer at(path); !at.empty(); at.pop_back()) members.insert(at.to_string());
    }
    for (const std::string& path : members) {
        const Pointer at(path);
        for (const Json& other : {Json(), Json("x"), Json("0"), Json(-1), Json(1.5), Json(true),
                                  Json::object(), Json::array({1})}) {
            // An app's creation may be null, for a receipt of the system channel.
            if (path == "/creation" && other.is_null()) continue;
            EXPECT_TRUE(refused(at, other)) << path << ": " << other;
        }
        Json without = good;
        Json& above = without[at.parent_pointer()];
        if (!above.is_object()) continue;
        above.erase(at.back());
        EXPECT_FALSE(ReceiptBundle::from_json(without.dump(2) + "\n").ok()) << path;
    }
}

TEST(ReceiptBundle, epochs_and_certificates_are_read_by_the_rules_of_their_own_forms) {
    using Json = nlohmann::ordered_json;
    const Json good = Json::parse(full_bundle().to_json());
    for (const char* handovers : {"handovers", "system_handovers"}) {
        Json changed = good;
        changed[handovers][0]["next"] = "00";
        const auto read = ReceiptBundle::from_json(changed.dump(2) + "\n");
        ASSERT_FALSE(read.ok()) << handovers;
        EXPECT_EQ(read.error().message.find("canonical"), std::string::npos)
            << "for what it says, not for how it is written";
    }
    Json changed = good;
    Json& signatures = changed["proof"]["block"]["certificates"][0]["signatures"];
    ASSERT_GT(signatures.size(), 1U);
    std::swap(signatures[0], signatures[1]);
    EXPECT_FALSE(ReceiptBundle::from_json(changed.dump(2) + "\n").ok());
}

TEST(ReceiptBundle, numbers_that_do_not_fit_are_refused_by_name) {
    const std::string text = full_bundle().to_json();
    for (const char* number : {"-3", "3.5", "4294967296", "1.7e23", "170000000001700000000000"}) {
        auto read = ReceiptBundle::from_json(
            replaced(text, "\"index\": 3", std::string("\"index\": ") + number));
        ASSERT_FALSE(read.ok()) << number;
        EXPECT_NE(read.error().message.find("index must be a whole number from 0 to 4294967295"),
                  std::string::npos)
            << read.error().message;
        read = ReceiptBundle::from_json(
            replaced(text, "\"peer\": 0", std::string("\"peer\": ") + number));
        ASSERT_FALSE(read.ok()) << number;
        EXPECT_NE(read.error().message.find("peer must be a whole number"), std::string::npos)
            << read.error().message;
    }
}

TEST(ReceiptBundle, an_unknown_version_is_refused_by_name) {
    auto read = ReceiptBundle::from_json(
        replaced(full_bundle().to_json(), "\"version\": 1", "\"version\": 77"));
    EXPECT_EQ(testing::code_of(read), Code::unsupported_version);
    EXPECT_NE(read.error().message.find("77"), std::string::npos);
}

TEST(ReceiptBundle, sizes_are_bounded) {
    ReceiptBundle bundle = full_bundle();
    bundle.proof.transaction_path.resize(33);
    EXPECT_EQ(testing::code_of(ReceiptBundle::decode(bundle.encode())), Code::too_large);
    EXPECT_EQ(testing::code_of(ReceiptBundle::from_json(bundle.to_json())), Code::too_large);

    bundle = full_bundle();
    bundle.proof.block.certificates.resize(17, bundle.proof.block.certificates[0]);
    EXPECT_EQ(testing::code_of(ReceiptBundle::decode(bundle.encode())), Code::too_large);
    EXPECT_EQ(testing::code_of(ReceiptBundle::from_json(bundle.to_json())), Code::too_large);

    EXPECT_EQ(testing::code_of(ReceiptBundle::decode(Bytes((16U << 20) + 1))), Code::too_large);
    EXPECT_EQ(testing::code_of(ReceiptBundle::from_json(std::string((64U << 20) + 1, ' '))),
              Code::too_large);
}

}  // namespace
}  // namespace bsn::ledger
