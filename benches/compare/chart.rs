//! Times as a picture: a bar for each case or format, as long as our share of another's time.
//! Readable on light and on dark pages.

const WIDTH: f64 = 800.0;
/// Where bars begin; labels stand to the left.
const LEFT: f64 = 270.0;
/// How much room bars have; figures stand to the right of it.
const ROOM: f64 = 320.0;
/// Bars of longer times end here, in the other's times.
const MOST: f64 = 3.0;
/// Room beyond the other's time even where no bar needs it.
const LEAST: f64 = 1.2;
const ROW: f64 = 26.0;
const TOP: f64 = 58.0;

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.note { fill: #57606a; font-size: 12px }
.other { fill: #d0d7de }
.ours { fill: #1f883d }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note { fill: #9198a1 }
  .other { fill: #3d444d }
  .ours { fill: #3fb950 }
}";

/// One bar.
pub(crate) struct Bar {
    pub(crate) label: String,
    /// Our time as a share of the other's.
    pub(crate) ratio: f64,
    /// What stands to its right.
    pub(crate) figures: String,
}

/// Draws a chart, as SVG. The heading stands above the bars, the note below.
pub(crate) fn draw(title: &str, heading: &str, bars: &[Bar], note: &str) -> String {
    let longest = bars.iter().map(|bar| bar.ratio).fold(LEAST, f64::max).min(MOST);
    let mut top = TOP;
    let mut rows = String::new();
    for bar in bars {
        rows.push_str(&row(top, bar, longest));
        top += ROW;
    }
    let height = top + 30.0;
    let [title, heading, note] = [title, heading, note].map(escape);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"title\" x=\"8\" y=\"24\">{title}</text>\n\
         <text class=\"note\" x=\"{LEFT}\" y=\"46\">{heading}</text>\n\
         {rows}<text class=\"note\" x=\"8\" y=\"{}\">{note}</text>\n</svg>\n",
        top + 16.0,
    )
}

fn row(top: f64, bar: &Bar, longest: f64) -> String {
    let full = ROOM / longest;
    let ours = full * bar.ratio.min(longest);
    let baseline = top + 15.0;
    let (label_end, figures) = (LEFT - 10.0, LEFT + ROOM + 10.0);
    format!(
        "<text x=\"{label_end}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>\
         <rect class=\"other\" x=\"{LEFT}\" y=\"{top}\" width=\"{full:.1}\" height=\"20\" rx=\"3\"/>\
         <rect class=\"ours\" x=\"{LEFT}\" y=\"{}\" width=\"{ours:.1}\" height=\"12\" rx=\"3\"/>\
         <text x=\"{figures}\" y=\"{baseline}\">{}</text>\n",
        escape(&bar.label),
        top + 4.0,
        escape(&bar.figures)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
