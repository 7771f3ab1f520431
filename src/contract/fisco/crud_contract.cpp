// 0x1002: tables by calls that carry entries and conditions as JSON, for clients without contracts.
#include "contract/abi/json_tree.hpp"
#include "contract/arguments.hpp"
#include "contract/fisco/json_text.hpp"
#include "contract/fisco/rows.hpp"

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::JsonTree;
using abi::Value;
using abi::Values;

/// What a plain JSON value is as the text of a field; none for arrays and objects.
std::optional<std::string> plain_text(const JsonTree& tree) {
    switch (tree.kind) {
        case json::Kind::string:
        case json::Kind::number:
        case json::Kind::boolean: return tree.text;
        case json::Kind::null: return std::string();
        default: return std::nullopt;
    }
}

/// The members of an object in the order of their names, in which they have their effect; none if
/// the tree is something else.
std::optional<std::vector<const JsonTree*>> members(const JsonTree& tree) {
    if (tree.kind != json::Kind::begin_object) return std::nullopt;
    std::vector<const JsonTree*> sorted;
    for (const JsonTree& item : tree.items) sorted.push_back(&item);
    std::sort(sorted.begin(), sorted.end(),
              [](const JsonTree* a, const JsonTree* b) { return a->name < b->name; });
    return sorted;
}

/// 0, or what is wrong.
int read_entry(std::string_view text, Fields& entry) {
    const auto tree = JsonTree::parse(text);
    const auto found = tree ? members(*tree) : std::nullopt;
    if (!found) return entry_malformed;
    for (const JsonTree* member : *found) {
        auto value = plain_text(*member);
        if (!value || member->name.empty()) {
            entry.clear();
            return entry_malformed;
        }
        entry[member->name] = std::move(*value);
    }
    return 0;
}

/// `offset,count`.
bool read_limit(std::string_view text, Condition& condition) {
    const std::size_t comma = text.find(',');
    std::uint32_t offset = 0;
    std::uint32_t count = 0;
    if (comma == std::string_view::npos || !parse_number(text.substr(0, comma), offset) ||
        !parse_number(text.substr(comma + 1), count)) {
        return false;
    }
    condition.limit(offset, count);
    return true;
}

int read_operation(const std::string& field, const JsonTree& operation, Condition& condition) {
    const auto value = plain_text(operation);
    if (!value) return condition_malformed;
    const std::string& name = operation.name;
    if (name == "eq") {
        condition.equal(field, *value);
    } else if (name == "ne") {
        condition.not_equal(field, *value);
    } else if (name == "gt" || name == "ge") {
        condition.greater(field, *value, name == "ge");
    } else if (name == "lt" || name == "le") {
        condition.less(field, *value, name == "le");
    } else if (name == "limit") {
        return read_limit(*value, condition) ? 0 : condition_malformed;
    } else {
        return condition_operation_unknown;
    }
    return 0;
}

/// `{"field":{"eq":"value"},…}`; 0, or what is wrong.
int read_condition(std::string_view text, Condition& condition) {
    const auto tree = JsonTree::parse(text);
    const auto fields = tree ? members(*tree) : std::nullopt;
    if (!fields) return condition_malformed;
    for (const JsonTree* field : *fields) {
        const std::string& name = field->name;
        if (name.empty() || name.front() == '_' || name.back() == '_') continue;
        const auto operations = members(*field);
        if (!operations) return condition_malformed;
        for (const JsonTree* operation : *operations) {
            if (const int wrong = read_operation(name, *operation, condition); wrong != 0) {
                return wrong;
            }
        }
    }
    return 0;
}

/// What a call names: its table, and its JSON arguments at these places, if it has them.
struct Request {
    std::optional<Table> table;
    Fields entry;
    Condition condition;
    int wrong = 0;
};

Result<Request> read(Environment& environment, const Values& arguments, int entry_at,
                     int condition_at) {
    Request request;
    const std::string_view name = arguments[0].text();
    const bool reads = entry_at < 0;
    BSN_TRY(table, environment.tables.open(reads && name == k_sys_tables ? std::string(name)
                                                                         : user_table(name)));
    request.table = std::move(table);
    if (!request.table) {
        request.wrong = table_not_exist;
        return request;
    }
    auto text = [&](int place) { return arguments[static_cast<std::size_t>(place)].text(); };
    if (entry_at >= 0) request.wrong = read_entry(text(entry_at), request.entry);
    if (request.wrong == 0 && condition_at >= 0) {
        request.wrong = read_condition(text(condition_at), request.condition);
    }
    return request;
}

Result<Bytes> describe(Environment& environment, const Values& arguments) {
    static const std::vector<abi::Parameter> types = *abi::parse_parameters("(string,string)");
    BSN_TRY(table, environment.tables.open(user_table(arguments[0].text())));
    std::string fields;
    if (table) {
        for (const std::string& field : table->value_fields) {
            fields += (fields.empty() ? "" : ",") + field;
        }
    }
    return abi::encode(types,
                       {Value::of_text(table ? table->key_field : ""), Value::of_text(fields)});
}

/// insert(table, key, entry, optional)
Result<Bytes> insert(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_size("a key", arguments[1].text(), k_max_key));
    BSN_TRY(request, read(environment, arguments, 2, -1));
    if (request.wrong != 0) return number_result(request.wrong);
    BSN_TRY(count, insert_row(environment, *request.table, arguments[1].text(), request.entry));
    return number_result(count);
}

/// update(table, key, entry, condition, optional)
Result<Bytes> update(Environment& environment, const Values& arguments) {
    BSN_TRY(request, read(environment, arguments, 2, 3));
    if (request.table && request.entry.contains(request.table->key_field)) {
        return number_result(update_of_key);
    }
    if (request.wrong != 0) return number_result(request.wrong);
    BSN_TRY(count, update_rows(environment, *request.table, arguments[1].text(), request.entry,
                               request.condition));
    return number_result(count);
}

/// remove(table, key, condition, optional)
Result<Bytes> remove(Environment& environment, const Values& arguments) {
    // Not a table of the system: those have contracts of their own.
    Request request;
    BSN_TRY(table, environment.tables.open(user_table(arguments[0].text())));
    if (!table) return number_result(table_not_exist);
    const int wrong = read_condition(arguments[2].text(), request.condition);
    if (wrong != 0) return number_result(wrong);
    BSN_TRY(count, remove_rows(environment, *table, arguments[1].text(), request.condition));
    return number_result(count);
}

/// select(table, key, condition, optional): the rows as JSON, or a number.
Result<Bytes> select(Environment& environment, const Values& arguments) {
    BSN_TRY(request, read(environment, arguments, -1, 2));
    if (request.wrong != 0) return number_result(request.wrong);
    BSN_TRY(rows, select_rows(environment, *request.table, arguments[1].text(), request.condition));
    std::vector<Fields> records;
    for (Row& row : rows) records.push_back(std::move(row.fields));
    const std::string text = styled_json(records);
    BSN_CHECK(environment.gas.charge_memory(text.size()));
    return text_result(text);
}

}  // namespace

const Functions& crud_functions() {
    static const Functions functions(std::array{
        Function{"desc(string)", describe},
        Function{"insert(string,string,string,string)", insert, true},
        Function{"update(string,string,string,string,string)", update, true},
        Function{"remove(string,string,string,string)", remove, true},
        Function{"select(string,string,string,string)", select},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
