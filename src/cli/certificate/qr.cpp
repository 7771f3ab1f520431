#include "cli/certificate/qr.hpp"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

namespace bsn::cli::certificate {

constexpr std::size_t k_max_text = 500;

Result<QrCode> make_qr(std::string_view text) {
    if (text.empty() || text.size() > k_max_text) {
        return Error{Code::invalid_argument,
                     fmt::format("a QR code holds 1 to {} bytes, not {}", k_max_text, text.size())};
    }
    std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(static_cast<int>(text.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
        &QRcode_free);
    if (!code) return Error{Code::internal, "libqrencode made no QR code"};
    QrCode qr;
    qr.width = static_cast<std::size_t>(code->width);
    qr.dark.reserve(qr.width * qr.width);
    for (std::size_t i = 0; i < qr.width * qr.width; ++i)
        qr.dark.push_back((code->data[i] & 1) != 0);
    return qr;
}

}  // namespace bsn::cli::certificate
