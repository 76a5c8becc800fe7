//! The AWS X-Ray trace header that travels with an SQS message. It is read, not passed on: Lambda
//! traces the function itself (AWS X-Ray Developer Guide, "Tracing header").

use crate::service::Requester;

/// A valid trace header. Anybody can send a message with something else in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceHeader {
    /// The trace, in X-Ray's form: `1-6ae2a1b5-0123456789abcdef01234567`.
    pub root: String,
    /// The segment that sent the message: 16 hexadecimal digits.
    pub parent: Option<String>,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl TraceHeader {
    /// Reads a header; `None` when it names no trace.
    ///
    /// ```
    /// use s3_thumbnailer::telemetry::xray::TraceHeader;
    ///
    /// let header = "Root=1-6ae2a1b5-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1";
    /// let header = TraceHeader::parse(header).unwrap();
    /// assert_eq!(header.root, "1-6ae2a1b5-0123456789abcdef01234567");
    /// assert_eq!(TraceHeader::parse("Root=secret"), None);
    /// ```
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut fields = header.split(';').filter_map(|field| field.trim().split_once('='));
            fields.find_map(|(known, value)| (known == name).then_some(value))
        };
        let root = field("Root")?;
        let (epoch, unique) = root.strip_prefix("1-")?.split_once('-')?;
        (is_hexadecimal(epoch, 8) && is_hexadecimal(unique, 24)).then(|| Self {
            root: root.to_owned(),
            parent: field("Parent").filter(|id| is_hexadecimal(id, 16)).map(str::to_owned),
            sampled: field("Sampled") == Some("1"),
        })
    }

    /// The first valid header of `requesters`.
    pub(super) fn first(requesters: &[Requester<'_>]) -> Option<Self> {
        requesters.iter().filter_map(|requester| requester.trace_header).find_map(Self::parse)
    }
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-6ae2a1b5-0123456789abcdef01234567";

    #[test]
    fn fields_come_in_any_order_and_only_the_trace_is_needed() {
        let all = format!("Sampled=1;Lineage=a:0;Parent=53995c3f42cd8ad8; Root={ROOT}");
        let parent = Some("53995c3f42cd8ad8".to_owned());
        let expected = TraceHeader { root: ROOT.to_owned(), parent, sampled: true };
        assert_eq!(TraceHeader::parse(&all), Some(expected.clone()));
        let alone = TraceHeader { parent: None, sampled: false, ..expected };
        for header in [format!("Root={ROOT}"), format!("Root={ROOT};Parent=x;Sampled=?")] {
            assert_eq!(TraceHeader::parse(&header), Some(alone.clone()));
        }
    }

    #[test]
    fn what_names_no_trace_is_no_header() {
        let long = format!("Root={ROOT}0");
        for header in [
            "",
            "Root=",
            "Root=1-6ae2a1b5",
            "Root=2-6ae2a1b5-0123456789abcdef01234567",
            "Root=1-6ae2a1bX-0123456789abcdef01234567",
            "Parent=53995c3f42cd8ad8",
            long.as_str(),
        ] {
            assert_eq!(TraceHeader::parse(header), None, "{header}");
        }
    }
}
