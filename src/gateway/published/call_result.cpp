#include "gateway/published/call_result.hpp"

#include "contract/abi/codec.hpp"
#include "contract/abi/number.hpp"
#include "contract/abi/text.hpp"
#include "gateway/json.hpp"

namespace bsn::gateway::published {
namespace {

namespace abi = contract::abi;

std::string text_of(const abi::Type& type, const abi::Value& value) {
    switch (type.kind) {
        case abi::Kind::uint:
        case abi::Kind::integer: return abi::number_text(type, value.word());
        case abi::Kind::array:
        case abi::Kind::tuple: break;
        default: return to_text(abi::to_json(type, value));
    }
    std::string text = "[";
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i != 0) text += ',';
        const abi::Type& item =
            type.kind == abi::Kind::array ? type.element() : type.members.at(i).type;
        text += text_of(item, value.items[i]);
    }
    return text + "]";
}

}  // namespace

Result<std::string> call_result(const abi::Entry& function, ByteView output) {
    BSN_TRY(values, abi::decode(function.outputs, output));
    abi::Type all{abi::Kind::tuple, 0, function.outputs};
    return text_of(all, abi::Value::of_items(std::move(values)));
}

}  // namespace bsn::gateway::published
