//! The queues of an SQS and what lies in them: visibility, receive counts, message groups, redrive.
//! It knows neither HTTP nor waiting.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::time::Duration;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Message attributes, all of type String, by name.
pub type Attributes = BTreeMap<String, String>;

/// How long SQS remembers a deduplication id.
const DEDUPLICATION: Duration = Duration::from_mins(5);

/// How a queue behaves.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How long a received message is invisible.
    pub visibility: Duration,
    /// The name of the dead-letter queue, and after how many deliveries a message goes there.
    pub redrive: Option<(String, u32)>,
    /// The most bytes of a message, including attributes.
    pub max_bytes: usize,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { visibility: Duration::from_secs(30), redrive: None, max_bytes: 256 * 1024 }
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waiting, visible now or later.
    Waiting,
    /// Received and not yet visible again.
    InFlight,
    /// Deleted by its receiver.
    Deleted,
    /// Moved to the dead-letter queue.
    Redriven,
}

/// A message that is in a queue, or was.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// Its message group.
    pub group: Option<String>,
    /// The time of each of its deliveries.
    pub deliveries: Vec<Instant>,
    /// Where it is.
    pub state: State,
    visible_at: Instant,
}

impl Held {
    fn handle(&self) -> String {
        format!("{}#{}", self.id, self.deliveries.len())
    }

    fn look(&mut self, now: Instant) {
        if self.state == State::InFlight && self.visible_at <= now {
            self.state = State::Waiting;
        }
    }
}

/// An error: its status and code, and the code of the earlier protocol.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) legacy: Option<&'static str>,
}

const NO_QUEUE: Refusal =
    Refusal { status: 400, code: "QueueDoesNotExist", legacy: Some("NonExistentQueue") };
const NOT_IN_FLIGHT: Refusal = Refusal { status: 400, code: "MessageNotInflight", legacy: None };
const BAD_VALUE: Refusal = Refusal { status: 400, code: "InvalidParameterValue", legacy: None };
const MISSING: Refusal = Refusal { status: 400, code: "MissingParameter", legacy: None };

fn is_fifo(name: &str) -> bool {
    name.strip_suffix(".fifo").is_some()
}

#[derive(Debug, Default)]
pub(super) struct Shelf {
    queues: HashMap<String, Queue>,
    sent: u64,
}

#[derive(Debug)]
struct Queue {
    settings: QueueSettings,
    messages: Vec<Held>,
    recent: HashMap<String, (Instant, String)>,
}

impl Shelf {
    pub(super) fn create(&mut self, name: &str, settings: QueueSettings) {
        let queue = Queue { settings, messages: Vec::new(), recent: HashMap::new() };
        self.queues.insert(name.to_owned(), queue);
    }

    fn queue(&mut self, name: &str) -> Result<&mut Queue, Refusal> {
        self.queues.get_mut(name).ok_or(NO_QUEUE)
    }

    pub(super) fn attributes(&mut self, name: &str) -> Result<Value, Refusal> {
        let settings = &self.queue(name)?.settings;
        Ok(json!({
            "QueueArn": format!("arn:aws:sqs:eu-central-1:000000000000:{name}"),
            "VisibilityTimeout": settings.visibility.as_secs().to_string(),
        }))
    }

    pub(super) fn messages(&mut self, name: &str) -> Vec<Held> {
        let now = Instant::now();
        let Ok(queue) = self.queue(name) else { return Vec::new() };
        queue.messages.iter_mut().for_each(|held| held.look(now));
        queue.messages.clone()
    }

    /// The message's id, and its body's MD5. `once` is the deduplication id.
    pub(super) fn send(
        &mut self,
        name: &str,
        body: &str,
        attributes: Attributes,
        group: Option<&str>,
        once: Option<&str>,
    ) -> Result<(String, String), Refusal> {
        self.sent += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.sent);
        let (now, fifo, queue) = (Instant::now(), is_fifo(name), self.queue(name)?);
        let of_attributes = |(name, text): (&String, &String)| name.len() + 6 + text.len();
        let bytes = body.len() + attributes.iter().map(of_attributes).sum::<usize>();
        if body.is_empty() || bytes > queue.settings.max_bytes || attributes.len() > 10 {
            return Err(BAD_VALUE);
        }
        if fifo && group.is_none() {
            return Err(MISSING);
        }
        if let Some(once) = once {
            let known = queue.recent.get(once).filter(|(at, _)| now - *at < DEDUPLICATION);
            if let Some((_, id)) = known {
                return Ok((id.clone(), md5(body.as_bytes())));
            }
            queue.recent.insert(once.to_owned(), (now, id.clone()));
        }
        queue.messages.push(Held {
            id: id.clone(),
            body: body.to_owned(),
            attributes,
            group: group.map(str::to_owned),
            deliveries: Vec::new(),
            state: State::Waiting,
            visible_at: now,
        });
        Ok((id, md5(body.as_bytes())))
    }

    /// Up to `most` messages, and the time at which the next invisible one becomes visible.
    pub(super) fn receive(
        &mut self,
        name: &str,
        most: usize,
    ) -> Result<(Vec<Held>, Option<Instant>), Refusal> {
        let (now, fifo, queue) = (Instant::now(), is_fifo(name), self.queue(name)?);
        queue.messages.iter_mut().for_each(|held| held.look(now));
        let in_flight = queue.messages.iter().filter(|held| held.state == State::InFlight);
        let busy: HashSet<Option<String>> =
            in_flight.filter(|_| fifo).map(|held| held.group.clone()).collect();
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        for held in &mut queue.messages {
            if held.state != State::Waiting || busy.contains(&held.group) || received.len() == most
            {
                continue;
            }
            let deliveries = u32::try_from(held.deliveries.len()).unwrap_or(u32::MAX);
            if let Some((letters, max)) = &queue.settings.redrive
                && deliveries >= *max
            {
                dead.push((letters.clone(), held.clone()));
                held.state = State::Redriven;
                continue;
            }
            held.deliveries.push(now);
            held.visible_at = now + queue.settings.visibility;
            held.state = State::InFlight;
            received.push(held.clone());
        }
        let in_flight = queue.messages.iter().filter(|held| held.state == State::InFlight);
        let next = in_flight.map(|held| held.visible_at).min();
        for (letters, held) in dead {
            let queue = self.queue(&letters)?;
            queue.messages.push(Held { deliveries: Vec::new(), ..held });
        }
        Ok((received, next))
    }

    /// Deletes by the handle of the latest delivery; an older handle deletes nothing, without an
    /// error.
    pub(super) fn delete(&mut self, name: &str, handle: &str) -> Result<(), Refusal> {
        if let Some(held) = self.queue(name)?.messages.iter_mut().find(|h| h.handle() == handle) {
            held.state = State::Deleted;
        }
        Ok(())
    }

    pub(super) fn change_visibility(
        &mut self,
        name: &str,
        handle: &str,
        time: Duration,
    ) -> Result<(), Refusal> {
        let now = Instant::now();
        let messages = &mut self.queue(name)?.messages;
        let held = messages.iter_mut().find(|h| h.handle() == handle).ok_or(NOT_IN_FLIGHT)?;
        held.look(now);
        if held.state != State::InFlight {
            return Err(NOT_IN_FLIGHT);
        }
        held.visible_at = now + time;
        held.look(now);
        Ok(())
    }
}

/// A delivery in the form that its receiver asked for.
pub(super) fn as_json(held: &Held, asked: &Value) -> Value {
    let names = asked.get("MessageSystemAttributeNames").and_then(Value::as_array);
    let asked = |name: &str| names.is_some_and(|names| names.iter().any(|n| n == name));
    let mut attributes = serde_json::Map::new();
    if asked("ApproximateReceiveCount") {
        let count = held.deliveries.len().to_string();
        attributes.insert("ApproximateReceiveCount".to_owned(), json!(count));
    }
    if let Some(group) = &held.group
        && asked("MessageGroupId")
    {
        attributes.insert("MessageGroupId".to_owned(), json!(group));
    }
    json!({
        "MessageId": held.id,
        "ReceiptHandle": held.handle(),
        "MD5OfBody": md5(held.body.as_bytes()),
        "Body": held.body,
        "Attributes": attributes,
    })
}

/// Attributes must follow SQS's rules ("Amazon SQS message metadata"): they have a type, are not
/// empty, and have no characters that XML does not allow.
pub(super) fn checked(attributes: HashMap<String, Value>) -> Result<Attributes, Refusal> {
    let text = |attribute: &Value| {
        let text = attribute.get("StringValue")?.as_str()?.to_owned();
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        let fine = attribute.get("DataType")? == "String" && !text.is_empty();
        (fine && text.chars().all(allowed)).then_some(text)
    };
    let checked = attributes.into_iter().map(|(name, value)| Some((name, text(&value)?)));
    checked.collect::<Option<Attributes>>().ok_or(BAD_VALUE)
}

/// By "Calculating the MD5 message digest for message attributes"; `None` for no attributes.
pub(super) fn md5_of_attributes(attributes: &Attributes) -> Option<String> {
    let mut bytes = Vec::new();
    let mut text = |text: &str, marks: &[u8]| {
        bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(marks);
    };
    for (name, value) in attributes {
        text(name, &[]);
        text("String", &[1]);
        text(value, &[]);
    }
    (!bytes.is_empty()).then(|| md5(&bytes))
}

pub(super) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
