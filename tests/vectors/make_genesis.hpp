#pragma once
// Makes the golden vectors of genesis files that a reader refuses.

#include "support/receipt_world.hpp"
#include "vectors/says.hpp"

#include <fmt/format.h>

namespace bsn::testing::vectors {

/// Genesis files that are refused: each a valid one in which a text is replaced, where it stands
/// first.
inline Json make_refused_genesis() {
    Json list = Json::array();
    auto add = [&](std::string name, std::string replace, std::string by,
                   Code code = Code::invalid_argument) {
        list.push_back({{"name", std::move(name)},
                        {"of", "genesis-3.json"},
                        {"replace", std::move(replace)},
                        {"by", std::move(by)},
                        {"code", code_name(code)}});
    };
    const ledger::Genesis genesis = sample_genesis(3);
    const std::string key = to_hex(genesis.operators[0].key.bytes);
    std::string capital = key;
    std::transform(key.begin(), key.end(), capital.begin(), [](char letter) {
        return letter >= 'a' && letter <= 'f' ? static_cast<char>(letter - 'a' + 'A') : letter;
    });
    add("version 2", R"("version": 1)", R"("version": 2)", Code::unsupported_version);
    add("another format", "bsn-genesis", "bsn-receipt");
    add("no line feed at the end", "\n}\n", "\n}");
    add("a space more", "\": ", "\":  ");
    add("a letter escaped", "\"test\"", "\"\\u0074est\"");
    add("capital hexadecimal", key, capital);
    add("a member is missing", "  \"approvals\": 1,\n", "");
    add("a member twice", "  \"approvals\": 1,\n", "  \"approvals\": 1,\n  \"approvals\": 1,\n");
    add("an unknown member", "  \"approvals\": 1,\n", "  \"approvals\": 1,\n  \"more\": 1,\n");
    for (const char* approvals : {"0", "2", "true", "1.0", "65537"}) {
        add(fmt::format("approvals {}", approvals), R"("approvals": 1)",
            fmt::format(R"("approvals": {})", approvals));
    }
    add("created before 1970", R"("created": 17)", R"("created": -17)");
    add("unknown ordering", R"("embedded")", R"("raft")");
    add("orderer id too short", to_hex(genesis.orderer), "0707");
    add("empty name", R"("test")", R"("")");
    add("name with a line feed", R"("test")", R"("te\nst")");
    add("name with a delete character", R"("test")", "\"te\x7Fst\"");
    add("name of 257 bytes", R"("test")", "\"" + std::string(257, 'n') + "\"");
    add("two nodes of one name", R"("city-1")", R"("city-0")");
    add("two nodes of one key", to_hex(genesis.nodes[1].sm2), to_hex(genesis.nodes[0].sm2));
    std::uint32_t number = 200;
    crypto::PublicKeyBytes greater;
    do {
        greater = make_key(SuiteId::secp256r1, number++).public_key().bytes;
    } while (ledger::node_id_of(greater) < genesis.nodes[1].id());
    add("nodes that do not ascend", to_hex(genesis.nodes[0].secp256r1), to_hex(greater));
    add("unknown suite", R"("suite": "secp256r1")", R"("suite": "rsa")");
    add("a key that is no point", key, "02" + std::string(64, 'f'));
    add("certificate that is no text", to_hex(genesis.nodes[0].sm2) + R"(",
      "certificate": ")",
        to_hex(genesis.nodes[0].sm2) + R"(",
      "certificate": 1, "x": ")");
    return list;
}

}  // namespace bsn::testing::vectors
