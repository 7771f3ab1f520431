#pragma once
// The numbers by which FISCO BCOS 2.x says what was wrong; its SDKs turn them into sentences.

namespace bsn::contract::fisco {

enum ErrorNumber : int {
    no_authorized = -50000,
    table_exists = -50001,
    table_not_exist = -50100,
    unknown_function = -50101,
    address_invalid = -50102,
    permission_exists = -51000,
    permission_not_exist = -51001,
    permission_table_name_too_long = -51002,
    contract_not_exist = -51003,
    committee_permission = -51004,
    node_id_invalid = -51100,
    name_and_version_exist = -51200,
    version_too_long = -51201,
    config_value_invalid = -51300,
    entry_malformed = -51500,
    condition_malformed = -51501,
    condition_operation_unknown = -51502,
    update_of_key = -51503,
    contract_is_frozen = -51900,
    contract_is_available = -51901,
    manager_exists = -51902,
    not_a_contract = -51903,
    no_such_contract = -51904,
    not_a_manager = -51905,
    manager_not_exist = -51906,
    last_manager = -51907,
    member_cannot_be_operator = -52005,
};

}  // namespace bsn::contract::fisco
