//! FIFO queues: which queue is one, and which messages must be handled one after another.

use std::collections::{HashMap, VecDeque};

use super::message::Message;

/// Whether this is the name, URL or ARN of a FIFO queue: SQS requires its name to end in `.fifo`.
#[must_use]
pub fn is_fifo(queue: &str) -> bool {
    queue.strip_suffix(".fifo").is_some()
}

/// Puts the messages of one group together, in order. A message without a group stays alone.
pub(crate) fn by_group<T>(
    items: impl IntoIterator<Item = T>,
    message: impl Fn(&T) -> &Message,
) -> Vec<VecDeque<T>> {
    let mut groups: Vec<VecDeque<T>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let next = groups.len();
        let place = match &message(&item).group {
            Some(group) => *places.entry(group.clone()).or_insert(next),
            None => next,
        };
        match groups.get_mut(place) {
            Some(group) => group.push_back(item),
            None => groups.push(VecDeque::from([item])),
        }
    }
    groups
}
