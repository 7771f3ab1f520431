#include "ledger/control.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::filled;

std::vector<ControlRecord> one_of_each() {
    return {
        AppControl{"notary", SuiteId::sm2, StateCommitmentType::multiset_hash,
                   filled<ParticipantId>(1)},
        EpochControl{testing::make_epoch(testing::sample_channel(), 2).record},
        ContractControl{"evidence", "evidence", 3},
        RoleControl{"clerk", true, {"evidence.deposit", "kv.*"}},
        MemberControl{filled<ParticipantId>(2),
                      testing::make_key(SuiteId::secp256k1).public_key(),
                      MemberState::removed,
                      {"clerk", "auditor"}},
        StateControl{AppState::suspended, "court order 7"},
        DialectControl{{Dialect::fisco,
                        EvmFork::istanbul,
                        1,
                        2,
                        true,
                        7,
                        300'000'000,
                        262'144,
                        true,
                        {{filled<Address>(1), filled<Word>(2)}, {filled<Address>(3), {}}}}},
    };
}

TEST(Control, each_type_decodes_to_what_was_encoded) {
    std::uint8_t type = 1;
    for (const ControlRecord& record : one_of_each()) {
        const Bytes encoded = encode_control(record);
        EXPECT_EQ(encoded[0], 'O');
        EXPECT_EQ(encoded[1], 1);
        EXPECT_EQ(encoded[2], type++);
        EXPECT_TRUE(decode_control(encoded).value() == record) << to_hex(encoded);
    }
}

TEST(Control, is_strict_and_canonical) {
    for (const ControlRecord& record : one_of_each()) {
        const Bytes valid = encode_control(record);
        testing::expect_strict_format(valid, &decode_control);
        testing::expect_canonical_format(valid, &decode_control, &encode_control);
    }
}

TEST(Control, has_the_documented_bytes) {
    EXPECT_EQ(to_hex(encode_control(RoleControl{"r", true, {"kv.*"}})),
              "4f0104"
              "0001"
              "72"
              "01"
              "0001"
              "0004"
              "6b762e2a");
    EXPECT_EQ(to_hex(encode_control(StateControl{AppState::suspended, "x"})),
              "4f0106"
              "02"
              "0001"
              "78");
}

TEST(Control, unknown_types_states_and_booleans_are_refused) {
    EXPECT_EQ(code_of(decode_control(from_hex("4f0108").value())), Code::unsupported_version);
    EXPECT_EQ(code_of(decode_control(from_hex("4f0100").value())), Code::unsupported_version);
    EXPECT_FALSE(decode_control(from_hex("4f010603000178").value()).ok());
    EXPECT_FALSE(decode_control(from_hex("4f010600000178").value()).ok());
    EXPECT_FALSE(decode_control(from_hex("4f01040001720200010004"
                                         "6b762e2a")
                                    .value())
                     .ok());
}

TEST(Control, a_member_with_an_unknown_suite_is_refused) {
    Bytes encoded = encode_control(one_of_each()[4]);
    encoded[3 + 32] = 9;
    EXPECT_EQ(code_of(decode_control(encoded)), Code::wrong_suite);
}

}  // namespace
}  // namespace bsn::ledger
