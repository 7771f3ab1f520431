// The published endpoints against a table of their own, tests/vectors/published-endpoints.json,
// which was written from what the SDKs and the manual say and not from our code.
#include "gateway/published/endpoint.hpp"
#include "gateway/published/request.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

namespace bsn::gateway::published {
namespace {

using Table = nlohmann::ordered_json;

const Table& table() {
    static const Table k_table =
        Table::parse(std::ifstream(BSN_TESTS_DIR "/vectors/published-endpoints.json"));
    return k_table;
}

/// Name and kind of `NAME`, `NAME:KIND` or `NAME?`.
std::pair<std::string, std::string> name_and_kind(const std::string& written) {
    const auto colon = written.find(':');
    if (colon == std::string::npos) return {written, "text"};
    return {written.substr(0, colon), written.substr(colon + 1)};
}

std::string written(const Field& field) {
    std::string name(field.name);
    switch (field.kind) {
        case FieldKind::text: return name;
        case FieldKind::number: return name + ":number";
        case FieldKind::texts: return name + ":texts";
        case FieldKind::text_map: return name + ":map";
        case FieldKind::text_or_structure: return name + ":json";
    }
    return name;
}

std::string keys_of(KeysOf keys) {
    switch (keys) {
        case KeysOf::both: return "both";
        case KeysOf::trust: return "trust";
        case KeysOf::upload: return "upload";
    }
    return "";
}

/// A shape as the table writes it.
Table members_of(const Shape& shape);

Table written(const Member& member) {
    std::string name(member.name);
    if (member.optional) name += "?";
    switch (member.kind) {
        case MemberKind::text: return name;
        case MemberKind::number: return name + ":number";
        case MemberKind::boolean: return name + ":boolean";
        case MemberKind::object: return {{name, members_of(*member.shape)}};
        case MemberKind::list: break;
    }
    if (member.shape == nullptr) return name + ":texts";
    Table list{{name + "[]", members_of(*member.shape)}};
    const auto& signing = member.shape->signing;
    if (!signing.empty()) list["signed"] = signing;
    return list;
}

Table members_of(const Shape& shape) {
    Table members = Table::array();
    for (const Member& member : shape.members) members.push_back(written(member));
    return members;
}

Table written(const Shape* shape) {
    if (shape == nullptr) return nullptr;
    Table members = members_of(*shape);
    if (shape->list) return Table::array({{{"[]", members}}});
    return members;
}

/// A value of a field, and what is signed of it.
std::pair<Table, std::string> value_of(const std::string& kind, std::size_t number) {
    const std::string text = fmt::format("<{}>", number);
    if (kind == "number") return {1000 + number, std::to_string(1000 + number)};
    if (kind == "texts") return {Table::array({text, "b"}), text + "b"};
    if (kind == "map") return {Table{{"z", text}, {"a", "2"}}, "z" + text + "a2"};
    return {text, text};
}

TEST(PublishedTable, NamesEveryEndpointAndNoOther) {
    std::map<std::string, Table> rows;
    for (const Table& row : table()) rows[row["path"].get<std::string>()] = row;
    ASSERT_EQ(table().size(), 44U);
    ASSERT_EQ(rows.size(), 44U);
    EXPECT_EQ(endpoints().size(), rows.size());
    for (const Endpoint& endpoint : endpoints()) {
        auto found = rows.find(std::string(endpoint.path));
        ASSERT_NE(found, rows.end()) << endpoint.path;
        const Table& row = found->second;
        EXPECT_EQ(keys_of(endpoint.keys), row["keys"]) << endpoint.path;
        EXPECT_EQ(row["mac"], endpoint.call == Call::app_info ? "none" : "fields");
        Table fields = Table::array();
        for (const Field& field : endpoint.fields) fields.push_back(written(field));
        EXPECT_EQ(fields, row["fields"]) << endpoint.path;
        // As texts: ordered objects of the same members in another order are equal otherwise.
        EXPECT_EQ(written(endpoint.answer).dump(), row["answer"].dump()) << endpoint.path;
        rows.erase(found);
    }
    EXPECT_TRUE(rows.empty()) << rows.begin()->first;
}

TEST(PublishedTable, SaysWhatOfRequestsIsSigned) {
    for (const Table& row : table()) {
        const Endpoint* endpoint = find_endpoint(row["path"].get<std::string>());
        ASSERT_NE(endpoint, nullptr) << row["path"];
        Table body = Table::object();
        std::string expected = "userapp";
        std::string absent = "userapp";
        std::vector<std::string> names;
        for (const Table& field : row["fields"]) {
            const auto [name, kind] = name_and_kind(field.get<std::string>());
            auto [value, text] = value_of(kind, names.size());
            body[name] = value;
            expected += text;
            if (kind == "number") absent += "0";
            names.push_back(name);
        }
        // What order the members are sent in is nobody's business.
        Table reversed = Table::object();
        for (auto name = names.rbegin(); name != names.rend(); ++name)
            reversed[*name] = body[*name];
        const Table header{{"userCode", "user"}, {"appCode", "app"}};
        auto sign = [&](const Table& fields) {
            auto inquiry = read_inquiry(
                *endpoint, as_bytes(Table{{"header", header}, {"body", fields}}.dump()));
            return inquiry ? signed_text(*inquiry) : inquiry.error().message;
        };
        EXPECT_EQ(sign(body), expected) << row["path"];
        EXPECT_EQ(sign(reversed), expected) << row["path"];
        EXPECT_EQ(sign(nullptr), absent) << row["path"];
    }
}

}  // namespace
}  // namespace bsn::gateway::published
