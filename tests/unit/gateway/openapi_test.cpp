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
