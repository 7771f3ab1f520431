#include "ledger/control.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;

// The type bytes; they are not the variant's indexes, so that its order may change.
constexpr std::uint8_t k_app = 1;
constexpr std::uint8_t k_epoch = 2;
constexpr std::uint8_t k_contract = 3;
constexpr std::uint8_t k_role = 4;
constexpr std::uint8_t k_member = 5;
constexpr std::uint8_t k_state = 6;
constexpr std::uint8_t k_dialect = 7;

void write_texts(Writer& writer, const std::vector<std::string>& texts) {
    writer.u16(count_u16(texts.size()));
    for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(Reader& reader) {
    const std::size_t count = reader.count16(2);
    std::vector<std::string> texts;
    texts.reserve(count);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) texts.push_back(reader.text());
    return texts;
}

struct FieldWriter {
    Writer& writer;

    void operator()(const AppControl& record) const {
        writer.u8(k_app);
        writer.text(record.name);
        writer.u8(number_of(record.suite));
        writer.u8(number_of(record.state_type));
        writer.raw(record.publisher);
    }
    void operator()(const EpochControl& record) const {
        writer.u8(k_epoch);
        writer.bytes(record.record.encode());
    }
    void operator()(const ContractControl& record) const {
        writer.u8(k_contract);
        writer.text(record.name);
        writer.text(record.type);
        writer.u32(record.version);
    }
    void operator()(const RoleControl& record) const {
        writer.u8(k_role);
        writer.text(record.name);
        writer.u8(record.is_public ? 1 : 0);
        write_texts(writer, record.functions);
    }
    void operator()(const MemberControl& record) const {
        writer.u8(k_member);
        writer.raw(record.participant);
        write_public_key(writer, record.key);
        writer.u8(number_of(record.state));
        write_texts(writer, record.roles);
    }
    void operator()(const StateControl& record) const {
        writer.u8(k_state);
        writer.u8(number_of(record.state));
        writer.text(record.reason);
    }
    void operator()(const DialectControl& record) const {
        writer.u8(k_dialect);
        write_dialect(writer, record.settings);
    }
};

AppControl read_app(Reader& reader) {
    AppControl record;
    record.name = reader.text();
    record.suite = read_suite(reader);
    record.state_type = read_state_type(reader);
    record.publisher = reader.fixed<ParticipantId>();
    return record;
}

ContractControl read_contract(Reader& reader) {
    ContractControl record;
    record.name = reader.text();
    record.type = reader.text();
    record.version = reader.u32();
    return record;
}

RoleControl read_role(Reader& reader) {
    RoleControl record;
    record.name = reader.text();
    record.is_public = read_flag(reader);
    record.functions = read_texts(reader);
    return record;
}

/// A state whose numbers are 1 and 2.
template <typename State>
State read_state(Reader& reader) {
    const std::uint8_t number = reader.u8();
    if (number != 1 && number != 2) reader.fail(fmt::format("state {} is unknown", number));
    return static_cast<State>(number);
}

MemberControl read_member(Reader& reader) {
    MemberControl record;
    record.participant = reader.fixed<ParticipantId>();
    record.key = read_public_key(reader);
    record.state = read_state<MemberState>(reader);
    record.roles = read_texts(reader);
    return record;
}

StateControl read_app_state(Reader& reader) {
    StateControl record;
    record.state = read_state<AppState>(reader);
    record.reason = reader.text();
    return record;
}

}  // namespace

Bytes encode_control(const ControlRecord& record) {
    Writer writer;
    writer.u8(format::k_control);
    writer.u8(k_version);
    std::visit(FieldWriter{writer}, record);
    return writer.take();
}

Result<ControlRecord> decode_control(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_control, k_version, "control record");
    ControlRecord record;
    switch (const std::uint8_t type = reader.u8(); type) {
        case k_app: record = read_app(reader); break;
        case k_epoch: {
            const ByteView encoded = reader.bytes();
            BSN_CHECK(reader.finish("control record"));
            BSN_TRY(epoch, EpochRecord::decode(encoded));
            return ControlRecord(EpochControl{std::move(epoch)});
        }
        case k_contract: record = read_contract(reader); break;
        case k_role: record = read_role(reader); break;
        case k_member: record = read_member(reader); break;
        case k_state: record = read_app_state(reader); break;
        case k_dialect: record = DialectControl{read_dialect(reader)}; break;
        default:
            reader.fail(Code::unsupported_version, fmt::format("control type {} is unknown", type));
    }
    BSN_CHECK(reader.finish("control record"));
    return record;
}

}  // namespace bsn::ledger
