// The served description, the error table, and the router say the same.
#include "gateway/openapi.hpp"

#include "gateway/errors.hpp"
#include "gateway/router.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <sstream>

namespace bsn::gateway {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson document() { return OrderedJson::parse(openapi_document()); }

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) c = static_cast<char>(std::tolower(c));
    return lowered;
}

std::string api_document() {
    std::stringstream text;
    for (const char* name : {"http-api.md", "gateway.md"}) {
        text << std::ifstream(std::string(BSN_TESTS_DIR) + "/../docs/" + name).rdbuf();
    }
    return text.str();
}

TEST(OpenApi, NamesEveryRouteAndNoOther) {
    auto paths = document()["paths"];
    std::size_t operations = 0;
    for (const auto& [path, methods] : paths.items()) operations += methods.size();
    EXPECT_EQ(operations, routes().size());
    for (const Route& route : routes()) {
        ASSERT_TRUE(paths.contains(std::string(route.pattern))) << route.pattern;
        auto operation = paths[std::string(route.pattern)];
        EXPECT_TRUE(operation.contains(lower(route.method))) << route.pattern;
        EXPECT_TRUE(operation[lower(route.method)].contains("summary")) << route.pattern;
    }
}

TEST(OpenApi, DeclaresThePathParameters) {
    for (const Route& route : routes()) {
        auto operation = document()["paths"][std::string(route.pattern)][lower(route.method)];
        auto parameters =
            static_cast<std::size_t>(std::count(route.pattern.begin(), route.pattern.end(), '{'));
        std::size_t declared = 0;
        for (auto parameter : operation.value("parameters", OrderedJson::array())) {
            if (parameter.contains("$ref")) {
                auto name = parameter["$ref"].get<std::string>().substr(24);
                parameter = document()["components"]["parameters"][name];
            }
            if (parameter["in"] == "path") ++declared;
        }
        EXPECT_EQ(declared, parameters) << route.pattern;
    }
}

TEST(OpenApi, ReferencesLeadSomewhere) {
    OrderedJson all = document();
    std::function<void(const OrderedJson&)> walk = [&](const OrderedJson& json) {
        if (json.is_object() && json.contains("$ref")) {
            auto pointer = json["$ref"].get<std::string>().substr(1);
            EXPECT_TRUE(all.contains(OrderedJson::json_pointer(pointer))) << pointer;
        }
        if (json.is_structured()) {
            for (const auto& element : json) walk(element);
        }
    };
    walk(all);
}

/// The names of `NAME`, `NAME:KIND`, `NAME?`, or an object's first one without its `[]`.
std::string name_of(const OrderedJson& member) {
    const std::string written =
        member.is_object() ? member.begin().key() : member.get<std::string>();
    return written.substr(0, written.find_first_of(":?["));
}

std::vector<std::string> names_of(const OrderedJson& members) {
    std::vector<std::string> names;
    for (const auto& member : members) names.push_back(name_of(member));
    return names;
}

std::vector<std::string> keys_of(const OrderedJson& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
}

TEST(OpenApi, DescribesWhatThePublishedProtocolTakesAndAnswers) {
    const auto table =
        OrderedJson::parse(std::ifstream(BSN_TESTS_DIR "/vectors/published-endpoints.json"));
    const OrderedJson paths = document()["paths"];
    for (const auto& row : table) {
        const auto& post = paths[row["path"].get<std::string>()]["post"];
        const auto& asked = post["requestBody"]["content"]["application/json"]["schema"];
        EXPECT_EQ(asked["required"][0], "header");
        EXPECT_EQ(asked["required"].size() > 1 && asked["required"][1] == "mac",
                  row["mac"] != "none");
        const auto& fields = asked["properties"]["body"]["properties"];
        EXPECT_EQ(keys_of(fields), names_of(row["fields"])) << row["path"];
        for (const auto& [name, schema] : fields.items()) {
            EXPECT_TRUE(schema.contains("type") || schema.contains("oneOf")) << name;
        }
        const auto& answers =
            post["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"];
        auto body = answers[0]["properties"]["body"];
        if (row["answer"].is_null()) {
            EXPECT_EQ(body["enum"], OrderedJson::array({nullptr}));
            continue;
        }
        OrderedJson members = row["answer"];
        if (body["type"] == "array") {
            body = body["items"];
            members = members[0]["[]"];
        }
        EXPECT_EQ(keys_of(body["properties"]), names_of(members)) << row["path"];
        EXPECT_EQ(body["additionalProperties"], false);
    }
    const auto trans = paths["/api/fabric/v1/node/trans"]["post"]["requestBody"]["content"]
                            ["application/json"]["schema"];
    EXPECT_EQ(trans["required"], OrderedJson::array({"header", "mac", "body"}));
    EXPECT_EQ(trans["properties"]["body"]["required"], OrderedJson::array({"transData"}));
}

TEST(OpenApi, NamesTheHeadersOfEveryCall) {
    const OrderedJson all = document();
    for (const Route& route : routes()) {
        const auto& operation = all["paths"][std::string(route.pattern)][lower(route.method)];
        const auto& parameters = operation["parameters"];
        EXPECT_EQ(std::count_if(parameters.begin(), parameters.end(),
                                [](const auto& one) {
                                    return one.value("$ref", "") ==
                                           "#/components/parameters/answer_nonce";
                                }),
                  1)
            << route.pattern;
        EXPECT_TRUE(operation["responses"].contains("default")) << route.pattern;
    }
    EXPECT_TRUE(all["paths"]["/v1/apps/{app}"]["get"]["responses"]["200"]["headers"].contains(
        "BSN-Answer-Signature"));
    EXPECT_FALSE(
        all["paths"]["/v1/apps/{app}/events"]["get"]["responses"]["200"].contains("headers"));
    for (const char* name : {"BSN-Answer-Signature", "Retry-After", "WWW-Authenticate"}) {
        EXPECT_TRUE(all["components"]["headers"].contains(name));
        EXPECT_TRUE(all["components"]["responses"]["Error"]["headers"].contains(name));
    }
}

TEST(OpenApi, NamesEveryErrorCode) {
    auto codes = document()["components"]["schemas"]["Error"]["properties"]["error"]["properties"]
                           ["code"]["enum"];
    ASSERT_EQ(codes.size(), error_table().size());
    for (const ErrorRow& row : error_table()) {
        EXPECT_EQ(codes[row.number - 1], code_name(row.code));
    }
}

TEST(ErrorTable, HasEachCodeOnceInOrder) {
    unsigned number = 0;
    for (const ErrorRow& row : error_table()) {
        EXPECT_EQ(row.number, ++number);
        EXPECT_EQ(static_cast<unsigned>(row.code) + 1, row.number);
        EXPECT_GE(row.status, 400U);
        EXPECT_NE(reason_of(row.status), "Status");
    }
    EXPECT_EQ(static_cast<unsigned>(Code::voided) + 1, number);
}

TEST(Documentation, NamesEveryRouteAndError) {
    std::string text = api_document();
    ASSERT_FALSE(text.empty());
    for (const Route& route : routes()) {
        std::string call = "| `" + std::string(route.method) + " " + std::string(route.pattern);
        EXPECT_NE(text.find(call), std::string::npos) << call;
    }
    for (const ErrorRow& row : error_table()) {
        std::string line = "| " + std::to_string(row.number) + " | " +
                           std::string(code_name(row.code)) + " | " + std::to_string(row.status) +
                           " |";
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace bsn::gateway
