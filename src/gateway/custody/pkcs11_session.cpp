#include "gateway/custody/pkcs11_session.hpp"

#include "crypto/random.hpp"
#include "gateway/custody/secret_source.hpp"

#include <fmt/format.h>

#include <array>
#include <dlfcn.h>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_nonce_bytes = 12;
constexpr std::size_t k_tag_bytes = 16;
constexpr CK_ULONG k_key_bytes = 32;
constexpr std::size_t k_label_bytes = 32;
constexpr std::size_t k_most_found = 2;

/// Labels are filled up with spaces.
std::string_view label_of(const CK_TOKEN_INFO& info) {
    std::string_view label(reinterpret_cast<const char*>(info.label), k_label_bytes);
    return label.substr(0, label.find_last_not_of(' ') + 1);
}

/// PKCS#11 takes what it only reads by pointers to what may change.
CK_BYTE_PTR bytes_of(ByteView bytes) { return const_cast<CK_BYTE_PTR>(bytes.data()); }

template <typename Value>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, Value& value) {
    return {type, &value, sizeof value};
}

CK_GCM_PARAMS gcm(ByteView nonce, ByteView associated) {
    CK_GCM_PARAMS parameters{};
    parameters.pIv = bytes_of(nonce);
    parameters.ulIvLen = nonce.size();
    parameters.ulIvBits = nonce.size() * 8;
    parameters.pAAD = bytes_of(associated);
    parameters.ulAADLen = associated.size();
    parameters.ulTagBits = k_tag_bytes * 8;
    return parameters;
}

}  // namespace

Result<std::unique_ptr<Pkcs11Session>> Pkcs11Session::open(const Pkcs11Settings& settings) {
    std::unique_ptr<Pkcs11Session> session(new Pkcs11Session());
    session->place_ = fmt::format("the token '{}'", settings.token);
    BSN_CHECK(session->load(settings.module));
    BSN_TRY(slot, session->slot_of(settings.token));
    const CK_RV opened = session->functions_->C_OpenSession(
        slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session->session_);
    if (opened != CKR_OK) return session->failed("gives no session", opened);
    session->opened_ = true;
    BSN_CHECK(session->log_in(settings));
    return session;
}

Pkcs11Session::~Pkcs11Session() {
    if (opened_) functions_->C_CloseSession(session_);
    if (begun_) functions_->C_Finalize(nullptr);
    if (library_ != nullptr) ::dlclose(library_);
}

Error Pkcs11Session::failed(std::string_view doing, CK_RV result) const {
    return {Code::unavailable, fmt::format("{} {}: PKCS#11 error 0x{:x}", place_, doing, result)};
}

Status Pkcs11Session::load(const std::filesystem::path& module) {
    library_ = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) {
        return Error{Code::not_found,
                     fmt::format("no PKCS#11 module {}: {}", module.string(), ::dlerror())};
    }
    auto list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library_, "C_GetFunctionList"));
    if (list == nullptr || list(&functions_) != CKR_OK || functions_ == nullptr) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is no PKCS#11 module", module.string())};
    }
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV begun = functions_->C_Initialize(&arguments);
    begun_ = begun == CKR_OK;
    if (begun_ || begun == CKR_CRYPTOKI_ALREADY_INITIALIZED) return {};
    return failed("does not begin", begun);
}

Result<CK_SLOT_ID> Pkcs11Session::slot_of(const std::string& token) {
    CK_ULONG count = 0;
    CK_RV listed = functions_->C_GetSlotList(CK_TRUE, nullptr, &count);
    std::vector<CK_SLOT_ID> slots(count);
    if (listed == CKR_OK) listed = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (listed != CKR_OK) return failed("cannot be looked for", listed);
    slots.resize(count);
    for (CK_SLOT_ID slot : slots) {
        CK_TOKEN_INFO info{};
        if (functions_->C_GetTokenInfo(slot, &info) == CKR_OK && label_of(info) == token) {
            return slot;
        }
    }
    return Error{Code::not_found,
                 fmt::format("no slot holds a token with the label '{}'; plug it in, or set "
                             "custody.pkcs11.token",
                             token)};
}

Status Pkcs11Session::log_in(const Pkcs11Settings& settings) {
    auto pin = settings.pin_file.empty() ? secret_of_environment(settings.pin_environment)
                                         : secret_of_file(settings.pin_file);
    if (!pin) return pin.error().within("the PIN of the token");
    const CK_RV in = functions_->C_Login(
        session_, CKU_USER, reinterpret_cast<CK_UTF8CHAR_PTR>(pin->data()), pin->size());
    crypto::wipe(*pin);
    if (in == CKR_OK || in == CKR_USER_ALREADY_LOGGED_IN) return {};
    if (in == CKR_PIN_INCORRECT) {
        return Error{Code::unauthenticated, fmt::format("{} does not take this PIN", place_)};
    }
    return failed("lets nobody in", in);
}

Result<std::vector<CK_OBJECT_HANDLE>> Pkcs11Session::keys(std::string label) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    std::array<CK_ATTRIBUTE, 2> wanted{attribute(CKA_CLASS, kind),
                                       CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()}};
    const CK_RV begun = functions_->C_FindObjectsInit(session_, wanted.data(), wanted.size());
    if (begun != CKR_OK) return failed("finds no key", begun);
    std::vector<CK_OBJECT_HANDLE> found(k_most_found);
    CK_ULONG count = 0;
    const CK_RV done = functions_->C_FindObjects(session_, found.data(), found.size(), &count);
    functions_->C_FindObjectsFinal(session_);
    if (done != CKR_OK) return failed("finds no key", done);
    found.resize(count);
    return found;
}

Status Pkcs11Session::make_aes_key(std::string label) {
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ULONG length = k_key_bytes;
    std::array<CK_ATTRIBUTE, 8> wanted{CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()},
                                       attribute(CKA_TOKEN, yes),
                                       attribute(CKA_PRIVATE, yes),
                                       attribute(CKA_SENSITIVE, yes),
                                       attribute(CKA_EXTRACTABLE, no),
                                       attribute(CKA_ENCRYPT, yes),
                                       attribute(CKA_DECRYPT, yes),
                                       attribute(CKA_VALUE_LEN, length)};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    const CK_RV made =
        functions_->C_GenerateKey(session_, &mechanism, wanted.data(), wanted.size(), &key);
    if (made != CKR_OK) return failed("makes no key", made);
    return {};
}

Result<Bytes> Pkcs11Session::encrypt(CK_OBJECT_HANDLE key, ByteView plain, ByteView associated) {
    Bytes sealed(k_nonce_bytes + plain.size() + k_tag_bytes);
    crypto::fill_random({sealed.data(), k_nonce_bytes});
    CK_GCM_PARAMS parameters = gcm(ByteView(sealed).first(k_nonce_bytes), associated);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    CK_RV done = functions_->C_EncryptInit(session_, &mechanism, key);
    CK_ULONG size = sealed.size() - k_nonce_bytes;
    if (done == CKR_OK) {
        done = functions_->C_Encrypt(session_, bytes_of(plain), plain.size(),
                                     sealed.data() + k_nonce_bytes, &size);
    }
    if (done != CKR_OK) return failed("does not encrypt (CKM_AES_GCM)", done);
    ensure(size == sealed.size() - k_nonce_bytes, "a token's AES-GCM of another length");
    return sealed;
}

Status Pkcs11Session::decrypt(CK_OBJECT_HANDLE key, ByteView sealed, ByteView associated,
                              std::span<std::uint8_t> plain) {
    const Error refused{Code::unauthenticated,
                        fmt::format("the key in {} did not wrap this, or it was changed", place_)};
    if (sealed.size() != k_nonce_bytes + plain.size() + k_tag_bytes) return refused;
    CK_GCM_PARAMS parameters = gcm(sealed.first(k_nonce_bytes), associated);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    const CK_RV begun = functions_->C_DecryptInit(session_, &mechanism, key);
    if (begun != CKR_OK) return failed("does not decrypt (CKM_AES_GCM)", begun);
    // Some tokens ask for room for the tag, too.
    Bytes room(plain.size() + k_tag_bytes);
    CK_ULONG size = room.size();
    ByteView text = sealed.subspan(k_nonce_bytes);
    const CK_RV done =
        functions_->C_Decrypt(session_, bytes_of(text), text.size(), room.data(), &size);
    const bool good = done == CKR_OK && size == plain.size();
    if (good) std::copy(room.begin(), room.begin() + static_cast<long>(size), plain.begin());
    crypto::wipe(room);
    if (good) return {};
    if (done == CKR_DEVICE_REMOVED || done == CKR_SESSION_HANDLE_INVALID) {
        return failed("does not answer", done);
    }
    return refused;
}

}  // namespace bsn::gateway
