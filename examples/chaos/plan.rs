//! Everything that will be done, drawn from the seed in advance. The same seed and number of
//! uploads give the same steps; when exactly each takes effect depends on the machine.

use std::time::Duration;

use serde_json::json;

use crate::change::{Change, Stored};
use crate::content::Content;
use crate::hold_up::HoldUp;
use crate::trouble::Trouble;

/// Steps in the order of their times.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Step {
    /// The time since the start.
    pub(crate) at: Duration,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// Changes what a key holds.
    Change { key: String, change: Change, moment: Moment },
    /// Sends messages that can never succeed, all at once.
    Poison { bodies: Vec<String> },
    /// Kills a process this long after it got work; `victim` is taken modulo their number.
    Kill { victim: usize, signal: Signal, after: Duration },
    /// Denies all access to S3 for a while.
    Deny(Duration),
}

/// When a key is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At the step's time.
    Planned,
    /// While the next write or removal of its thumbnail is held up like this. This is the worst
    /// moment, and would hardly ever come by chance.
    Ambush(HoldUp),
}

/// How a process is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// At once, without warning.
    Kill,
    /// With time to drain.
    Terminate,
}

impl Signal {
    /// Its name in a terminal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// A folder of which the server ignores the conditions of writes, as some servers do. There, only
/// the last look at the source keeps its thumbnails right.
pub(crate) const UNCONDITIONAL: &str = "/unconditional/";

/// The time from one key's first upload to the next key's.
const SPACING: Duration = Duration::from_millis(110);

impl Plan {
    pub(crate) fn draw(seed: u64, uploads: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut steps = Vec::new();
        let end = SPACING * u32::try_from(uploads).unwrap_or(u32::MAX);
        for number in 0..uploads {
            let begins = SPACING * u32::try_from(number).unwrap_or(u32::MAX);
            let key = key(number);
            let step = |after: Duration, change, moment| Step {
                at: begins + after,
                action: Action::Change { key: key.clone(), change, moment },
            };
            let planned = |after, change| step(after, change, Moment::Planned);
            if let Some(trouble) = Trouble::of(number) {
                let life = trouble.life((number / 50).is_multiple_of(2), &mut rng);
                steps.extend(life.into_iter().map(|(after, change)| planned(after, change)));
            } else if is_written_very_late(number) {
                for moment in [Moment::Planned, Moment::Ambush(HoldUp::VeryLate)] {
                    let (content, stored) = (Content::sound(&mut rng), Stored::Plainly);
                    let change = Change::Upload { content, stored };
                    steps.push(step(Duration::ZERO, change, moment));
                }
            } else if number % 8 == 5 {
                // However few keys there are, every kind of bad file is the last content of some.
                let content = Content::bad_of_kind(number / 8, &mut rng);
                let change = Change::Upload { content, stored: Stored::Plainly };
                steps.push(planned(Duration::ZERO, change));
            } else {
                live(&mut steps, &mut rng, &key, begins);
            }
        }
        let mut at_times =
            |count: usize, action: &mut dyn FnMut(usize, &mut fastrand::Rng) -> Action| {
                for number in 0..count {
                    let at = end.mul_f64(rng.f64());
                    steps.push(Step { at, action: action(number, &mut rng) });
                }
            };
        at_times(uploads / 12 + 1, &mut |number, rng| Action::Poison {
            bodies: vec![poison(number, rng)],
        });
        at_times(uploads / 150 + 1, &mut |number, rng| Action::Poison {
            bodies: (0..10).map(|each| poison(1_000_000 + number * 10 + each, rng)).collect(),
        });
        at_times(uploads / 12 + 2, &mut |number, rng| Action::Kill {
            victim: number,
            signal: if rng.bool() { Signal::Kill } else { Signal::Terminate },
            after: Duration::from_millis(rng.u64(0..400)),
        });
        at_times(uploads / 200 + 1, &mut |_, rng| {
            Action::Deny(Duration::from_millis(rng.u64(500..2_500)))
        });
        // A stable sort, so that the steps of one key keep their order.
        steps.sort_by_key(|step| step.at);
        Self { steps }
    }
}

/// Whether the key of this number is overwritten while a thumbnail of its first picture is on its
/// way, which then is carried out when nobody looks at the key any more.
fn is_written_very_late(number: usize) -> bool {
    number % 16 == 3
}

/// A key. Some need escaping in a message, some do not claim to be pictures, and some lie where
/// conditions are ignored.
fn key(number: usize) -> String {
    let conditional = is_written_very_late(number) || number % 7 < 4;
    let folder = if conditional { "/" } else { UNCONDITIONAL };
    match number % 10 {
        3 => format!("images{folder}\u{e9}t\u{e9} & plus+({number}).png"),
        7 => format!("images{folder}unnamed-{number}.dat"),
        _ => format!("images{folder}picture-{number}.jpg"),
    }
}

/// The life of one key: an upload, and often more changes close behind it.
fn live(steps: &mut Vec<Step>, rng: &mut fastrand::Rng, key: &str, begins: Duration) {
    let changes = match rng.u8(0..100) {
        0..40 => 0,
        40..65 => 1,
        _ => rng.u8(2..5),
    };
    let mut at = begins;
    let mut held: Vec<Content> = Vec::new();
    let mut there = false;
    for change in 0..=changes {
        let mut moment = Moment::Planned;
        if change > 0 {
            at += Duration::from_millis(match rng.u8(0..100) {
                // Only the last change, since a later one would repair what this one breaks.
                0..60 if change == changes => {
                    let hold_up = if rng.bool() { HoldUp::Late } else { HoldUp::Stalled };
                    moment = Moment::Ambush(hold_up);
                    0
                }
                0..55 => rng.u64(0..30),
                55..75 => rng.u64(30..300),
                _ => rng.u64(300..3_000),
            });
        }
        let content = match rng.u8(0..100) {
            0..20 if there => None,
            20..30 if !held.is_empty() => rng.choice(held.iter().copied()),
            30..36 => Some(Content::bad_of_kind(rng.usize(..), rng)),
            _ => Some(Content::sound(rng)),
        };
        held.extend(content);
        there = content.is_some();
        let stored = Stored::Plainly;
        let change = content.map_or(Change::Delete, |content| Change::Upload { content, stored });
        steps.push(Step { at, action: Action::Change { key: key.to_owned(), change, moment } });
    }
}

/// A body that no retry can process; no two are alike.
fn poison(number: usize, rng: &mut fastrand::Rng) -> String {
    let record = |bucket: &str, key: String| {
        json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]})
    };
    match rng.u8(0..6) {
        0 => format!("poison {number}: a sentence, not an event"),
        1 => json!({"Records": [], "poison": number}).to_string(),
        2 => json!({"poison": number}).to_string(),
        3 => record(crate::OTHER_BUCKET, format!("images/poison-{number}.jpg")).to_string(),
        4 => record(crate::BUCKET, format!("images/%FFpoison-{number}.jpg")).to_string(),
        _ => format!("{}{number}", "[".repeat(2_000)),
    }
}
