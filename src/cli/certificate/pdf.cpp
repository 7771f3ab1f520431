#include "cli/certificate/pdf.hpp"

#include "base/clock.hpp"
#include "cli/certificate/qr.hpp"

#include <cairo/cairo-pdf.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <memory>

namespace bsn::cli::certificate {
namespace {

// In points of 1/72 inch.
constexpr double k_width = 595.28;
constexpr double k_height = 841.89;
constexpr double k_margin = 50;
constexpr double k_name_width = 130;
constexpr double k_qr_width = 110;

constexpr const char* k_text_font = "Noto Sans CJK SC";
constexpr const char* k_code_font = "Noto Sans Mono CJK SC";

template <typename T>
struct Unref {
    void operator()(T* object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, Unref<T>>;
using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Cairo = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

struct Style {
    const char* family = k_text_font;
    double size = 9.5;
    bool bold = false;
    double red = 0.1, green = 0.1, blue = 0.1;
};
constexpr Style k_body{};
constexpr Style k_heading{.size = 11.5, .bold = true, .red = 0.12, .green = 0.31, .blue = 0.47};
constexpr Style k_title{.size = 20, .bold = true, .red = 0.12, .green = 0.31, .blue = 0.47};
constexpr Style k_dim{.red = 0.35, .green = 0.35, .blue = 0.35};
constexpr Style k_small{.size = 8, .red = 0.35, .green = 0.35, .blue = 0.35};
constexpr Style k_code{.family = k_code_font, .size = 8.5};

cairo_status_t append(void* to, const unsigned char* data, unsigned int size) {
    auto& bytes = *static_cast<Bytes*>(to);
    bytes.insert(bytes.end(), data, data + size);
    return CAIRO_STATUS_SUCCESS;
}

/// Puts texts below each other, and begins new pages.
class Sheet {
  public:
    Sheet(cairo_t* cairo, PangoFontMap* fonts)
        : cairo_(cairo), context_(pango_font_map_create_context(fonts)) {
        // Layout that no setting of the machine's screen changes.
        cairo_font_options_t* options = cairo_font_options_create();
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
        pango_cairo_context_set_font_options(context_.get(), options);
        cairo_font_options_destroy(options);
        pango_cairo_context_set_resolution(context_.get(), 72);
        pango_context_set_round_glyph_positions(context_.get(), 0);
    }

    void set_language(const std::string& language) {
        pango_context_set_language(context_.get(), pango_language_from_string(language.c_str()));
    }

    /// A sentence of our own: a font must have all of its characters.
    void own(const std::string& text, const Style& style) {
        auto layout = lay_out(text, style, k_width - 2 * k_margin);
        missing_ += pango_layout_get_unknown_glyphs_count(layout.get());
        draw(layout.get(), k_margin, style);
    }
    void foreign(const std::string& text, const Style& style, double indent = 0) {
        auto layout = lay_out(text, style, k_width - 2 * k_margin - indent);
        draw(layout.get(), k_margin + indent, style);
    }
    void field(const std::string& name, const std::string& value) {
        auto left = lay_out(name, k_dim, k_name_width - 8);
        missing_ += pango_layout_get_unknown_glyphs_count(left.get());
        auto right = lay_out(value, k_body, k_width - 2 * k_margin - k_name_width);
        keep_together(std::max(height_of(left.get()), first_line_of(right.get())));
        const double top = y_;
        const int page = pages_;
        draw(left.get(), k_margin, k_dim);
        const double below = page == pages_ ? y_ : top;
        y_ = top;
        draw(right.get(), k_margin + k_name_width, k_body);
        if (page == pages_) y_ = std::max(y_, below);
    }
    void space(double points) { y_ += points; }
    void keep_together(double points) {
        if (y_ + points > k_height - k_margin) next_page();
    }

    void qr(const QrCode& code) {
        const double module = k_qr_width / static_cast<double>(code.width);
        cairo_set_source_rgb(cairo_, 0, 0, 0);
        for (std::size_t row = 0; row < code.width; ++row) {
            for (std::size_t column = 0; column < code.width; ++column) {
                if (!code.at(row, column)) continue;
                cairo_rectangle(cairo_, k_margin + module * static_cast<double>(column),
                                y_ + module * static_cast<double>(row), module, module);
            }
        }
        // One path: no light seams between the modules.
        cairo_fill(cairo_);
        y_ += k_qr_width;
    }

    void next_page() {
        number_page();
        cairo_show_page(cairo_);
        ++pages_;
        y_ = k_margin;
    }
    /// Below the last line of each page.
    void number_page() {
        auto layout = lay_out(std::to_string(pages_), k_small, k_width - 2 * k_margin);
        pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
        const double kept = y_;
        y_ = k_height - k_margin + 14;
        set_colour(k_small);
        cairo_move_to(cairo_, k_margin, y_);
        pango_cairo_show_layout(cairo_, layout.get());
        y_ = kept;
    }

    int missing() const { return missing_; }

  private:
    Object<PangoLayout> lay_out(const std::string& text, const Style& style, double width) const {
        Object<PangoLayout> layout(pango_layout_new(context_.get()));
        PangoFontDescription* font = pango_font_description_from_string(style.family);
        pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
        pango_font_description_set_weight(font,
                                          style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
        pango_layout_set_font_description(layout.get(), font);
        pango_font_description_free(font);
        pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
        pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
        pango_layout_set_auto_dir(layout.get(), 0);
        // A hyphen at a break would be one more character of a digest or a command.
        PangoAttrList* attributes = pango_attr_list_new();
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(0));
        pango_layout_set_attributes(layout.get(), attributes);
        pango_attr_list_unref(attributes);
        pango_layout_set_line_spacing(layout.get(), 1.0F);
        pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
        return layout;
    }

    static double height_of(PangoLayout* layout) {
        int height = 0;
        pango_layout_get_size(layout, nullptr, &height);
        return static_cast<double>(height) / PANGO_SCALE;
    }
    static double first_line_of(PangoLayout* layout) {
        PangoRectangle box;
        pango_layout_line_get_extents(pango_layout_get_line_readonly(layout, 0), nullptr, &box);
        return static_cast<double>(box.height) / PANGO_SCALE;
    }

    void set_colour(const Style& style) {
        cairo_set_source_rgb(cairo_, style.red, style.green, style.blue);
    }

    /// Line by line, so that a long text goes on on the next page.
    void draw(PangoLayout* layout, double x, const Style& style) {
        for (int i = 0; i < pango_layout_get_line_count(layout); ++i) {
            PangoLayoutLine* line = pango_layout_get_line_readonly(layout, i);
            PangoRectangle box;
            pango_layout_line_get_extents(line, nullptr, &box);
            const double height = static_cast<double>(box.height) / PANGO_SCALE;
            keep_together(height);
            set_colour(style);
            cairo_move_to(cairo_, x, y_ - static_cast<double>(box.y) / PANGO_SCALE);
            pango_cairo_show_layout_line(cairo_, line);
            y_ += height;
        }
    }

    cairo_t* cairo_;
    Object<PangoContext> context_;
    double y_ = k_margin;
    int pages_ = 1;
    int missing_ = 0;
};

void draw_item(Sheet& sheet, const Item& item) {
    switch (item.kind) {
        case ItemKind::field: sheet.field(item.name, item.value); break;
        case ItemKind::paragraph:
            sheet.own(item.value, k_body);
            sheet.space(3);
            break;
        case ItemKind::step:
            sheet.keep_together(28);
            sheet.own("✓ " + item.name, k_body);
            sheet.foreign(item.value, k_small, 12);
            break;
        case ItemKind::command:
            sheet.foreign(item.value, k_code, 12);
            sheet.space(5);
            break;
    }
}

void draw_page(Sheet& sheet, const Page& page, const QrCode& qr, const std::string& digest) {
    sheet.set_language(page.language);
    sheet.own(page.title, k_title);
    sheet.space(4);
    sheet.own(page.summary, k_body);
    for (const Section& section : page.sections) {
        sheet.space(9);
        sheet.keep_together(45);  // no heading without what follows
        sheet.own(section.heading, k_heading);
        sheet.space(2);
        for (const Item& item : section.items) draw_item(sheet, item);
    }
    sheet.space(14);
    sheet.keep_together(k_qr_width + 50);
    sheet.own(page.qr_caption, k_dim);
    sheet.foreign(digest, k_code);
    sheet.space(12);
    sheet.qr(qr);
}

/// Fonts of this machine; none is an error here, since Pango ends the process then.
Result<Object<PangoFontMap>> open_fonts() {
    Object<PangoFontMap> fonts(pango_cairo_font_map_new());
    PangoFontFamily** families = nullptr;
    int count = 0;
    pango_font_map_list_families(fonts.get(), &families, &count);
    g_free(families);
    // Pango names three that stand for others, whether there are any or not.
    if (count <= 3) {
        return Error{Code::unavailable,
                     "there is no font on this machine to write a PDF with; install the Debian "
                     "package fonts-noto-cjk, or write HTML with --output FILE.html"};
    }
    return fonts;
}

Status check(cairo_status_t status) {
    if (status == CAIRO_STATUS_SUCCESS) return {};
    return Error{Code::internal,
                 fmt::format("cannot make the PDF: {}", cairo_status_to_string(status))};
}

}  // namespace

Result<Bytes> to_pdf(const Document& document) {
    BSN_TRY(qr, make_qr(document.receipt_digest));
    BSN_TRY(fonts, open_fonts());
    Bytes bytes;
    Surface surface(cairo_pdf_surface_create_for_stream(append, &bytes, k_width, k_height),
                    &cairo_surface_destroy);
    // The deposit's own time, so that the same certificate has the same bytes tomorrow.
    const std::string time = to_iso8601(document.time);
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                   (time.substr(0, 19) + "Z").c_str());
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE,
                                   document.pages.front().title.c_str());
    Cairo cairo(cairo_create(surface.get()), &cairo_destroy);
    int missing = 0;
    {
        Sheet sheet(cairo.get(), fonts.get());
        for (const Page& page : document.pages) {
            if (&page != document.pages.data()) sheet.next_page();
            draw_page(sheet, page, qr, document.receipt_digest);
        }
        sheet.number_page();
        missing = sheet.missing();
    }
    if (missing > 0) {
        return Error{Code::unavailable,
                     fmt::format("no font on this machine has {} of the certificate's characters; "
                                 "install the Debian package fonts-noto-cjk, or write HTML with "
                                 "--output FILE.html",
                                 missing)};
    }
    BSN_CHECK(check(cairo_status(cairo.get())));
    cairo_surface_finish(surface.get());
    BSN_CHECK(check(cairo_surface_status(surface.get())));
    return bytes;
}

}  // namespace bsn::cli::certificate
