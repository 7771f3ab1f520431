#include "cli/bench/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace bsn::cli {
namespace {

constexpr double k_width = 760;
constexpr double k_chart_height = 300;
constexpr double k_title_height = 36;
constexpr double k_left = 76;
constexpr double k_right = 20;
constexpr double k_top = 30;
constexpr double k_bottom = 46;
constexpr std::size_t k_most_ticks = 8;
// Told apart also by people who see few colours, and in print.
constexpr std::array<std::string_view, 5> k_colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                    "#555555"};

std::string escaped(std::string_view text) {
    std::string safe;
    for (char letter : text) {
        switch (letter) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += letter;
        }
    }
    return safe;
}

std::string text_at(double x, double y, std::string_view more, std::string_view text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more, escaped(text));
}

std::string line_at(double x1, double y1, double x2, double y2, std::string_view colour) {
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1,
        x2, y2, colour);
}

double highest_of(const Chart& chart, bool of_x) {
    double highest = 0;
    for (const ChartLine& line : chart.lines) {
        for (const auto& [x, y] : line.points) highest = std::max(highest, of_x ? x : y);
    }
    return highest;
}

/// Where values of a chart lie on the page.
struct Area {
    double top = 0;
    double x_end = 1;
    double y_end = 1;

    double x(double value) const { return k_left + value / x_end * (k_width - k_left - k_right); }
    double y(double value) const { return bottom() - value / y_end * (bottom() - top - k_top); }
    double bottom() const { return top + k_chart_height - k_bottom; }
};

std::string draw_axes(const Chart& chart, const Area& area, const std::vector<double>& x_ticks,
                      const std::vector<double>& y_ticks) {
    std::string svg = text_at(k_left, area.top + 16, " font-weight=\"bold\"", chart.title) +
                      text_at((k_left + k_width - k_right) / 2, area.bottom() + 36,
                              " text-anchor=\"middle\"", chart.x_label);
    double middle = (area.top + k_top + area.bottom()) / 2;
    svg +=
        text_at(16, middle,
                fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 16 {:.1f})\"", middle),
                chart.y_label);
    for (double tick : y_ticks) {
        svg += line_at(k_left, area.y(tick), k_width - k_right, area.y(tick), "#ddd");
        svg += text_at(k_left - 6, area.y(tick) + 4, " text-anchor=\"end\"",
                       fmt::format("{:g}", tick));
    }
    for (double tick : x_ticks) {
        svg += line_at(area.x(tick), area.bottom(), area.x(tick), area.bottom() + 4, "#555");
        svg += text_at(area.x(tick), area.bottom() + 18, " text-anchor=\"middle\"",
                       fmt::format("{:g}", tick));
    }
    svg += line_at(k_left, area.bottom(), k_width - k_right, area.bottom(), "#555");
    return svg;
}

std::string draw_lines(const Chart& chart, const Area& area) {
    std::string svg;
    double legend = k_width - k_right;
    for (std::size_t i = chart.lines.size(); i-- > 0;) {
        const ChartLine& line = chart.lines[i];
        std::string_view colour = k_colours[i % k_colours.size()];
        std::string points;
        std::string dots;
        for (const auto& [x, y] : line.points) {
            points += fmt::format("{:.1f},{:.1f} ", area.x(x), area.y(y));
            dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"{}\"/>\n",
                                area.x(x), area.y(y), colour);
        }
        if (!points.empty()) points.pop_back();
        svg += fmt::format(
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"{}\"/>\n", colour,
            points);
        svg += dots;
        svg += text_at(legend, area.top + 16,
                       fmt::format(" text-anchor=\"end\" fill=\"{}\"", colour), line.name);
        legend -= 14 + 8 * static_cast<double>(line.name.size());
    }
    return svg;
}

}  // namespace

std::vector<double> axis_ticks(double highest) {
    if (!(highest > 0)) return {0, 1};
    double step = std::pow(10, std::floor(std::log10(highest)) - 1);
    constexpr std::array<double, 3> k_factors{2, 2.5, 2};  // 1, 2, 5, 10
    for (std::size_t i = 0; std::ceil(highest / step - 1e-9) + 1 > k_most_ticks; ++i) {
        step *= k_factors[i % k_factors.size()];
    }
    std::vector<double> ticks;
    auto count = static_cast<std::size_t>(std::ceil(highest / step - 1e-9));
    for (std::size_t i = 0; i <= count; ++i) ticks.push_back(static_cast<double>(i) * step);
    return ticks;
}

std::string svg_of(const std::string& title, const std::vector<Chart>& charts) {
    double height = k_title_height + k_chart_height * static_cast<double>(charts.size());
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        k_width, height);
    svg += text_at(k_left, 24, " font-size=\"15\"", title);
    double top = k_title_height;
    for (const Chart& chart : charts) {
        std::vector<double> x_ticks = axis_ticks(highest_of(chart, true));
        std::vector<double> y_ticks = axis_ticks(highest_of(chart, false));
        Area area{top, x_ticks.back(), y_ticks.back()};
        svg += draw_axes(chart, area, x_ticks, y_ticks) + draw_lines(chart, area);
        top += k_chart_height;
    }
    return svg + "</svg>\n";
}

}  // namespace bsn::cli
