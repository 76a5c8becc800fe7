//! The times as a picture, for the README: a bar for each case, as long as our share of sharp's time.
//! Readable on light and on dark pages.

use super::report::{Figures, Report};

const WIDTH: f64 = 760.0;
/// Where bars begin; names of cases stand to the left.
const LEFT: f64 = 250.0;
/// What sharp's time is long, in pixels.
const FULL: f64 = 330.0;
/// No bar is longer than this many times sharp's; figures stand to the right of it.
const MOST: f64 = 1.2;
const ROW: f64 = 26.0;
const TOP: f64 = 58.0;

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.note { fill: #57606a; font-size: 12px }
.sharp { fill: #d0d7de }
.ours { fill: #1f883d }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note { fill: #9198a1 }
  .sharp { fill: #3d444d }
  .ours { fill: #3fb950 }
}";

/// Draws the chart, as SVG.
pub(crate) fn draw(report: &Report) -> String {
    let mut top = TOP;
    let mut rows = String::new();
    for case in &report.cases {
        rows.push_str(&row(top, case));
        top += ROW;
    }
    let height = top + 30.0;
    let note = escape(&format!(
        "{}, {}. {}. One thread each; shorter is better.",
        report.machine,
        report.date,
        report.versions.first().map_or("", String::as_str)
    ));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>Time per picture, as a share of sharp's</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"title\" x=\"8\" y=\"24\">Time per picture, as a share of sharp's \
         (geometric mean: {:.2})</text>\n\
         <text class=\"note\" x=\"{LEFT}\" y=\"46\">milliseconds: ours / sharp's</text>\n\
         {rows}<text class=\"note\" x=\"8\" y=\"{}\">{note}</text>\n</svg>\n",
        report.geometric_mean,
        top + 16.0,
    )
}

fn row(top: f64, case: &Figures) -> String {
    let ours = FULL * case.ratio.min(MOST);
    let baseline = top + 15.0;
    let (name_end, figures) = (LEFT - 10.0, LEFT + FULL * MOST + 10.0);
    format!(
        "<text x=\"{name_end}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>\
         <rect class=\"sharp\" x=\"{LEFT}\" y=\"{top}\" width=\"{FULL}\" height=\"20\" rx=\"3\"/>\
         <rect class=\"ours\" x=\"{LEFT}\" y=\"{top}\" width=\"{ours:.1}\" height=\"20\" rx=\"3\"/>\
         <text x=\"{figures}\" y=\"{baseline}\">{:.1} / {:.1}</text>\n",
        escape(&case.name),
        case.ours_ms,
        case.sharp_ms
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
