//! An SQS message as this crate passes it on, whether Lambda or the queue's API delivered it.

/// One message, as received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The message's id, by which the answer to Lambda names failed ones. Empty if there is none.
    pub id: String,
    /// The body, as it was sent.
    pub body: String,
    /// Names this delivery; needed to delete or delay the message.
    pub receipt_handle: String,
    /// How often the message was delivered, this time included; at least 1.
    pub receive_count: u32,
    /// The message group, in a FIFO queue.
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
        is_fifo: bool,
        mut attribute: impl FnMut(&str) -> Option<String>,
    ) -> Self {
        let count = attribute("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        Self {
            id: id.unwrap_or_default(),
            body: body.unwrap_or_default(),
            receipt_handle: receipt_handle.unwrap_or_default(),
            receive_count: count.unwrap_or(1).max(1),
            // In a standard queue, groups only serve to share it fairly: they have no order.
            group: attribute("MessageGroupId").filter(|_| is_fifo),
            trace_header: attribute("AWSTraceHeader"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_was_received_at_least_once_whatever_the_server_says() {
        for (said, count) in [(None, 1), (Some("0"), 1), (Some("x"), 1), (Some("3"), 3)] {
            let message = Message::received(None, None, None, false, |name| {
                said.filter(|_| name == "ApproximateReceiveCount").map(str::to_owned)
            });
            assert_eq!(message.receive_count, count, "{said:?}");
        }
    }
}
