// JSON-RPC requests, against a table of methods that read every kind of argument.
#include "framework/json_rpc.hpp"
#include "framework/json_rpc_message.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

using namespace framework::rpc;

const Methods& methods() {
    static const Methods k_methods = [] {
        Methods table;
        table.add("number", 2, [](const Params& params) -> Answer<Json> {
            BSN_TRY(number, params.required(0, [](const Json& value) { return quantity(value); }));
            BSN_TRY(large, params.optional(1, [](const Json& value) { return word(value); }));
            law(*quantity_from(quantity_text(number)) == number, "a quantity is read as written");
            if (large) {
                law(*word_from(quantity_text(*large)) == *large, "a word is read as written");
            }
            return Json(quantity_text(number));
        });
        table.add("data", 1, [](const Params& params) -> Answer<Json> {
            BSN_TRY(bytes, params.required(0, [](const Json& value) { return data(value); }));
            law(*data_from(data_text(bytes)) == bytes, "data is read as written");
            return Json(data_text(bytes));
        });
        table.add("any", 8, [](const Params& params) -> Answer<Json> {
            Json all = Json::array();
            for (std::size_t i = 0; i < params.size(); ++i) {
                if (const Json* one = params.find(i)) all.push_back(*one);
            }
            return all;
        });
        return table;
    }();
    return k_methods;
}

}  // namespace

void run(ByteView input) {
    Limits limits;
    limits.max_batch = 20;
    limits.max_answer_bytes = 4096;
    limits.max_request_bytes = 8192;
    limits.max_depth = 8;
    std::size_t answers = 0;
    answer(methods(), limits, as_text(input), [&](std::string said) {
        ++answers;
        if (said.empty()) return;
        law(Json::accept(said), "an answer is JSON");
        Json json = Json::parse(said);
        if (!json.is_array()) json = Json::array({json});
        law(!json.empty() && json.size() <= limits.max_batch, "as many answers as calls, at most");
        for (const Json& one : json) {
            law(one.at("jsonrpc") == "2.0" && one.contains("id"), "an answer names its call");
            law(one.contains("result") != one.contains("error"), "a result, or an error");
        }
    });
    law(answers == 1, "a request is answered once");
}

}  // namespace bsn::fuzz
