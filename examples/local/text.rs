//! Numbers and names as people read them, in the terminal and on the page.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar on standard error; nothing at all when that is not a terminal.
pub(crate) fn progress(doing: &'static str, count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64).with_message(doing);
    let style = ProgressStyle::with_template("{msg:>18} {wide_bar:.cyan/238} {pos}/{len} {eta:>4}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸━"));
    bar
}

/// Bytes in the decimal units that file managers use: `812 B`, `13.4 kB`, `2.1 MB`.
pub(crate) fn bytes(count: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown to a tenth")]
    let mut size = count as f64;
    if count < 1000 {
        return format!("{count} B");
    }
    let mut unit = "";
    for larger in ["kB", "MB", "GB", "TB"] {
        // 999.95 and up would be shown as 1000.0.
        if !unit.is_empty() && size < 999.95 {
            break;
        }
        (size, unit) = (size / 1000.0, larger);
    }
    format!("{size:.1} {unit}")
}

/// A time: `0.4 ms`, `38 ms`, `2.4 s`.
pub(crate) fn milliseconds(time: f64) -> String {
    match time {
        time if time < 9.95 => format!("{time:.1} ms"),
        time if time < 999.5 => format!("{time:.0} ms"),
        time => format!("{:.1} s", time / 1000.0),
    }
}

/// `1 picture`, `2 pictures`, `1,024 pictures`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {one}{ending}", grouped(count))
}

/// A whole number with commas between thousands.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A name without control characters, which could move the terminal's cursor.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A format's name in captions, from its name in reports or its media type.
pub(crate) fn format_name(name: &str) -> String {
    match name.strip_prefix("image/").unwrap_or(name) {
        "webp" => "WebP".to_owned(),
        name => name.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let sizes = [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB")];
        for (count, shown) in sizes.into_iter().chain([(999_950, "1.0 MB"), (5_432_100, "5.4 MB")])
        {
            assert_eq!(bytes(count), shown);
        }
        assert_eq!([1.0, 9.96, 1234.0].map(milliseconds), ["1.0 ms", "10 ms", "1.2 s"]);
        assert_eq!([7, 1024, 1_000_000].map(grouped), ["7", "1,024", "1,000,000"]);
        assert_eq!(["image/webp", "webp", "tiff"].map(format_name), ["WebP", "WebP", "TIFF"]);
    }
}
