#include "cli/certificate/html.hpp"

#include "cli/certificate/qr.hpp"

#include <fmt/format.h>

namespace bsn::cli::certificate {
namespace {

// The policy forbids all that could be loaded or run, should an escape ever be forgotten.
constexpr std::string_view k_head = R"(<!DOCTYPE html>
<html lang="{}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>
body {{ font: 15px/1.5 "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  color: #1a1a1a; background: #fff; max-width: 50em; margin: 2em auto; padding: 0 1.5em; }}
h1 {{ font-size: 1.6em; border-bottom: 2px solid #1f4e79; padding-bottom: .3em; color: #1f4e79; }}
h2 {{ font-size: 1.1em; margin: 1.4em 0 .4em; color: #1f4e79; }}
dl {{ display: grid; grid-template-columns: 12em 1fr; gap: .2em 1em; margin: 0; }}
dt {{ color: #555; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
ul {{ list-style: "✓ "; padding-left: 1.2em; margin: 0; }}
li small {{ display: block; color: #555; overflow-wrap: anywhere; }}
pre {{ background: #f3f5f7; padding: .5em .8em; white-space: pre-wrap; overflow-wrap: anywhere; }}
figure {{ margin: 2em 0; }}
figure svg {{ width: 11em; height: 11em; }}
code {{ overflow-wrap: anywhere; }}
article + article {{ break-before: page; margin-top: 4em; }}
@media print {{ body {{ margin: 0; font-size: 11px; }} h2, dl, li, figure {{ break-inside: avoid; }} }}
</style>
</head>
<body>
)";

std::string qr_svg(const QrCode& qr) {
    constexpr std::size_t k_quiet = 4;
    const std::size_t width = qr.width + 2 * k_quiet;
    std::string path;
    for (std::size_t row = 0; row < qr.width; ++row) {
        for (std::size_t column = 0; column < qr.width; ++column) {
            if (!qr.at(row, column)) continue;
            path += fmt::format("M{} {}h1v1h-1z", column + k_quiet, row + k_quiet);
        }
    }
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" role=\"img\" "
        "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{0}v{0}h-{0}z\"/>"
        "<path d=\"{1}\"/></svg>",
        width, path);
}

/// Neighbours of one kind share a list.
std::string_view list_of(ItemKind kind) {
    if (kind == ItemKind::field) return "dl";
    return kind == ItemKind::step ? "ul" : "";
}

std::string item_html(const Item& item) {
    const std::string name = html_escaped(item.name);
    const std::string value = html_escaped(item.value);
    switch (item.kind) {
        case ItemKind::field:
            return fmt::format("<dt>{}</dt><dd><bdi>{}</bdi></dd>\n", name, value);
        case ItemKind::step:
            return fmt::format("<li>{}<small><bdi>{}</bdi></small></li>\n", name, value);
        case ItemKind::command: return fmt::format("<pre>{}</pre>\n", value);
        case ItemKind::paragraph: break;
    }
    return fmt::format("<p>{}</p>\n", value);
}

std::string section_html(const Section& section) {
    std::string html = fmt::format("<h2>{}</h2>\n", html_escaped(section.heading));
    std::string_view open;
    for (const Item& item : section.items) {
        std::string_view list = list_of(item.kind);
        if (list != open) {
            if (!open.empty()) html += fmt::format("</{}>\n", open);
            if (!list.empty()) html += fmt::format("<{}>\n", list);
            open = list;
        }
        html += item_html(item);
    }
    if (!open.empty()) html += fmt::format("</{}>\n", open);
    return html;
}

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string html;
    html.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&': html += "&amp;"; break;
            case '<': html += "&lt;"; break;
            case '>': html += "&gt;"; break;
            case '"': html += "&quot;"; break;
            case '\'': html += "&#39;"; break;
            default: html += c;
        }
    }
    return html;
}

Result<std::string> to_html(const Document& document) {
    BSN_TRY(qr, make_qr(document.receipt_digest));
    const Page& first = document.pages.front();
    std::string html = fmt::format(k_head, html_escaped(first.language), html_escaped(first.title));
    for (const Page& page : document.pages) {
        html += fmt::format("<article lang=\"{}\">\n<h1>{}</h1>\n<p>{}</p>\n",
                            html_escaped(page.language), html_escaped(page.title),
                            html_escaped(page.summary));
        for (const Section& section : page.sections) html += section_html(section);
        html += fmt::format(
            "<figure>\n{}\n<figcaption>{}<br><code>{}</code></figcaption>\n"
            "</figure>\n</article>\n",
            qr_svg(qr), html_escaped(page.qr_caption), html_escaped(document.receipt_digest));
    }
    return html + "</body>\n</html>\n";
}

}  // namespace bsn::cli::certificate
