#include "contract/fisco/environment.hpp"

namespace bsn::contract::fisco {

Functions::Functions(std::span<const Function> functions) {
    for (const Function& function : functions) {
        auto inputs =
            abi::parse_parameters(function.signature.substr(function.signature.find('(')));
        ensure(inputs.ok(), "the signature of a precompiled contract's function");
        known_.push_back({function, std::move(*inputs),
                          abi::selector(function.signature, crypto::HashId::keccak256),
                          abi::selector(function.signature, crypto::HashId::sm3)});
    }
}

Result<std::optional<Bytes>> Functions::run(Environment& environment) const {
    const ByteView input = environment.call.input;
    if (input.size() < 4) return std::optional<Bytes>();
    for (const Known& known : known_) {
        const bool sm3 = environment.settings.hash == crypto::HashId::sm3;
        if (!equal(sm3 ? known.sm3 : known.keccak, input.first(4))) continue;
        if (known.function.writes && environment.call.is_static) {
            return refuse(std::string(known.function.signature) +
                          " writes, in a call that may not");
        }
        auto arguments = abi::decode(known.inputs, input.subspan(4));
        if (!arguments) {
            return refuse(std::string(known.function.signature) + ": " + arguments.error().message);
        }
        BSN_TRY(result, known.function.run(environment, *arguments));
        return std::optional<Bytes>(std::move(result));
    }
    return std::optional<Bytes>();
}

Bytes number_result(std::int64_t number) { return abi::Value::of_signed(number).bytes; }

Bytes text_result(std::string_view text) {
    static const std::vector<abi::Parameter> types = *abi::parse_parameters("(string)");
    return abi::encode(types, {abi::Value::of_text(text)});
}

Bytes address_result(const ledger::Address& address) {
    return abi::Value::of_address(address).bytes;
}

}  // namespace bsn::contract::fisco
