#pragma once
// QR codes, as squares to be drawn.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::cli::certificate {

/// A square of `width` × `width` modules, without the quiet zone of four that it needs around it.
struct QrCode {
    std::size_t width = 0;
    std::vector<bool> dark;  ///< row by row

    bool at(std::size_t row, std::size_t column) const { return dark[row * width + column]; }
};

/// The code of a text of at most 500 bytes, at error correction level M; the same one for the same
/// text. `invalid_argument` beyond.
Result<QrCode> make_qr(std::string_view text);

}  // namespace bsn::cli::certificate
