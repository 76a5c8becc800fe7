//! An SQS message as this crate passes it on, whether Lambda or the queue's API delivered it.

#![expect(clippy::disallowed_methods, reason = "a message's age is measured by the time of day")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One message, as received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The message's id, by which the answer to Lambda names failed ones. Empty if there is none.
    pub id: String,
    /// The body, as it was sent.
    pub body: String,
    /// Names this delivery; needed to delete or delay the message.
    pub receipt_handle: String,
    /// How often the message was delivered, this time included; at least 1. If the queue does not
    /// say, it is as many as the message's age has room for.
    pub receive_count: u32,
    /// The message group, which a FIFO dead-letter queue needs.
    pub group: Option<String>,
    /// The X-Ray trace header that travels with the message; not checked.
    pub trace_header: Option<String>,
}

impl Message {
    /// A message from an event or from SQS's answer. `attribute` gives a system attribute by name.
    pub(crate) fn received(
        id: Option<String>,
        body: Option<String>,
        receipt_handle: Option<String>,
        mut attribute: impl FnMut(&str) -> Option<String>,
    ) -> Self {
        // Some servers write 0 where they do not know.
        let mut number = |name: &str| {
            let number = attribute(name).and_then(|text| text.parse::<u64>().ok());
            number.filter(|number| *number > 0)
        };
        let receive_count = if let Some(count) = number("ApproximateReceiveCount") {
            u32::try_from(count).unwrap_or(u32::MAX)
        } else {
            let first = number("ApproximateFirstReceiveTimestamp");
            deliveries_within(age(first.or_else(|| number("SentTimestamp"))))
        };
        Self {
            id: id.unwrap_or_default(),
            body: body.unwrap_or_default(),
            receipt_handle: receipt_handle.unwrap_or_default(),
            receive_count,
            group: attribute("MessageGroupId"),
            trace_header: attribute("AWSTraceHeader"),
        }
    }
}

/// The time since `milliseconds` after the beginning of 1970; zero if that is unknown or to come.
fn age(milliseconds: Option<u64>) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    milliseconds.map_or(Duration::ZERO, |then| now.saturating_sub(Duration::from_millis(then)))
}

/// How many deliveries fit into `age` if each was followed by a delay of [`backoff`](super::backoff).
/// Those delays double, so the next one is about as long as all before it together: `age`.
fn deliveries_within(age: Duration) -> u32 {
    age.as_secs().saturating_add(1).ilog2() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The receive count of a message with these attributes.
    fn receive_count(attributes: &[(&str, String)]) -> u32 {
        let attribute = |name: &str| {
            let found = attributes.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        };
        Message::received(None, None, None, attribute).receive_count
    }

    fn ago(seconds: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.saturating_sub(Duration::from_secs(seconds)).as_millis().to_string()
    }

    #[test]
    fn a_message_was_received_at_least_once_whatever_the_server_says() {
        for (said, count) in [("", 1), ("0", 1), ("x", 1), ("3", 3)] {
            assert_eq!(receive_count(&[("ApproximateReceiveCount", said.to_owned())]), count);
        }
        assert_eq!(receive_count(&[]), 1);
    }

    #[test]
    fn without_a_count_the_age_tells_how_often_a_message_may_have_been_received() {
        let first = "ApproximateFirstReceiveTimestamp";
        // A message that has been failing for 1000 seconds was delayed by 1, 2, 4, ... 256 seconds.
        for (age, count) in [(0, 1), (1, 2), (7, 4), (1000, 10), (86_400, 17)] {
            assert_eq!(receive_count(&[(first, ago(age))]), count, "{age}");
            assert_eq!(receive_count(&[("SentTimestamp", ago(age))]), count, "{age}");
        }
        let waited = [("SentTimestamp", ago(86_400)), (first, ago(7))];
        assert_eq!(receive_count(&waited), 4, "waiting to be received is no failure");
        let unknown = [(first, "0".to_owned()), ("SentTimestamp", "9".repeat(18))];
        assert_eq!(receive_count(&unknown), 1, "nor is a clock that is ahead");
        let counted = [("ApproximateReceiveCount", "2".to_owned()), (first, ago(1000))];
        assert_eq!(receive_count(&counted), 2, "a count is believed");
    }
}
