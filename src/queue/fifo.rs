//! FIFO queues. Order means nothing to a message that only says "look at this key again", so a FIFO
//! queue differs from others in one thing: what is sent to it must name a message group.

/// Whether this is the name, URL or ARN of a FIFO queue: SQS requires its name to end in `.fifo`.
#[must_use]
pub fn is_fifo(queue: &str) -> bool {
    queue.strip_suffix(".fifo").is_some()
}
