//! An error with its causes as one line of text, for logs and reports.

/// An error and everything beneath it, in one line.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut beneath = error.source();
    while let Some(error) = beneath {
        let text = error.to_string();
        // Wrappers often repeat what they wrap.
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        beneath = error.source();
    }
    line
}
