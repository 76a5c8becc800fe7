//! An SQS message, as this crate passes it on: the same whether Lambda delivered it or the queue's API.

/// One message, as received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Names the message; the answer to Lambda names the failed ones by it. Empty when there is none.
    pub id: String,
    /// The body, as it was sent.
    pub body: String,
    /// Names this delivery of it; what deletes or delays the message.
    pub receipt_handle: String,
    /// How often it was delivered, this time included; at least 1.
    pub receive_count: u32,
    /// The message group, in a FIFO queue.
    pub group: Option<String>,
    /// The X-Ray trace that it was sent in, as the header that travels with it; not checked.
    pub trace_header: Option<String>,
}

impl Message {
    /// A message of an event or of an answer. `attribute` takes a system attribute by its name.
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
            // In a standard queue, groups only share the queue fairly: they have no order.
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
