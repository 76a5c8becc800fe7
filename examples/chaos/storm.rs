//! Which requests are spoilt, and how: drawn for each request from the seed and from a table for
//! its kind of request. The proxy does the spoiling.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use support::proxy::{Fault, RequestHead};
use tokio::sync::oneshot;

use crate::counts::Counts;

/// Everything that can happen to a request.
#[derive(Debug, Clone, Copy)]
enum Kind {
    InternalError,
    SlowDown,
    Reset,
    LostAnswer,
    ResetMidBody,
    Truncated,
    FlippedBit,
    Stall,
    LongStall,
    Drip,
}

/// How often each fault happens, in 1,000 requests of one kind.
type Odds = &'static [(u32, Kind)];

const GET: Odds = &[
    (15, Kind::InternalError),
    (15, Kind::SlowDown),
    (15, Kind::Reset),
    (25, Kind::ResetMidBody),
    (20, Kind::Truncated),
    (30, Kind::FlippedBit),
    (15, Kind::Stall),
    (2, Kind::LongStall),
    (20, Kind::Drip),
];
const HEAD: Odds = &[
    (10, Kind::InternalError),
    (10, Kind::SlowDown),
    (10, Kind::Reset),
    (10, Kind::Stall),
    (1, Kind::LongStall),
];
/// Stalls let a source change after it was read and before its thumbnail is written.
const PUT: Odds = &[
    (15, Kind::InternalError),
    (15, Kind::SlowDown),
    (15, Kind::Reset),
    (15, Kind::LostAnswer),
    (50, Kind::Stall),
    (2, Kind::LongStall),
];
const DELETE: Odds = &[
    (20, Kind::InternalError),
    (20, Kind::SlowDown),
    (20, Kind::Reset),
    (20, Kind::LostAnswer),
    (50, Kind::Stall),
];
const SQS: Odds =
    &[(30, Kind::InternalError), (15, Kind::Reset), (25, Kind::LostAnswer), (10, Kind::Stall)];

/// How long a write is held up while its source is changed.
const AMBUSHED: Duration = Duration::from_secs(5);

/// How late a late write is carried out. Its sender has given up after ten seconds.
const LATE: Duration = Duration::from_secs(12);

/// Decides about every request. It spoils none until [`Storm::begin`].
#[derive(Debug)]
pub(crate) struct Storm {
    rate: f64,
    late_writes: bool,
    rages: AtomicBool,
    denied_until: Mutex<Option<Instant>>,
    /// By source key: who waits for its thumbnail to be written or removed.
    ambushes: Mutex<HashMap<String, oneshot::Sender<()>>>,
    rng: Mutex<fastrand::Rng>,
    counts: Counts,
}

impl Storm {
    pub(crate) fn new(seed: u64, rate: f64, late_writes: bool, counts: Counts) -> Self {
        Self {
            rate,
            late_writes,
            rages: AtomicBool::new(false),
            denied_until: Mutex::default(),
            ambushes: Mutex::default(),
            rng: Mutex::new(fastrand::Rng::with_seed(seed ^ 0x0005_7042)),
            counts,
        }
    }

    pub(crate) fn begin(&self) {
        self.rages.store(true, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.rages.store(false, Ordering::Relaxed);
    }

    /// Denies access to S3 for `time` from now.
    pub(crate) fn deny(&self, time: Duration) {
        let mut until = self.denied_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + time);
    }

    /// Answers when a thumbnail of `key` is next about to be written or removed. That request is
    /// then held up long enough for others to overtake it.
    pub(crate) fn ambush(&self, key: &str) -> oneshot::Receiver<()> {
        let (sprung, springs) = oneshot::channel();
        let mut ambushes = self.ambushes.lock().unwrap_or_else(PoisonError::into_inner);
        ambushes.insert(key.to_owned(), sprung);
        springs
    }

    /// Springs the ambush that this request runs into, if any.
    fn spring(&self, head: &RequestHead) -> bool {
        let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
        // A thumbnail shares with its source the path after bucket, prefix and output.
        let Some((_output, path)) =
            path.split_once("/thumbnails/").and_then(|(_bucket, path)| path.split_once('/'))
        else {
            return false;
        };
        let mut ambushes = self.ambushes.lock().unwrap_or_else(PoisonError::into_inner);
        ambushes.remove(&format!("images/{path}")).is_some_and(|sprung| sprung.send(()).is_ok())
    }

    /// What happens to the request with this head.
    pub(crate) fn judge(&self, head: &RequestHead) -> Option<Fault> {
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let is_s3 = target.is_none();
        self.counts.add("requests", target.unwrap_or(head.method.as_str()));
        if !self.rages.load(Ordering::Relaxed) {
            return None;
        }
        let until = *self.denied_until.lock().unwrap_or_else(PoisonError::into_inner);
        if is_s3 && until.is_some_and(|until| Instant::now() < until) {
            self.counts.add("faults", "403 for a while");
            return Some(s3_error(403, "AccessDenied"));
        }
        if is_s3 && matches!(head.method.as_str(), "PUT" | "DELETE") && self.spring(head) {
            let (name, fault) = if self.late_writes && head.method == "PUT" {
                ("late write, in an ambush", Fault::CarryOutLate(LATE))
            } else {
                ("stall, in an ambush", Fault::Stall(AMBUSHED))
            };
            self.counts.add("faults", name);
            return Some(fault);
        }
        let odds = match head.method.as_str() {
            _ if !is_s3 => SQS,
            "GET" => GET,
            "HEAD" => HEAD,
            "PUT" => PUT,
            _ => DELETE,
        };
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = rng.f64() * 1_000.0;
        for (often, kind) in odds {
            drawn -= f64::from(*often) * self.rate;
            if drawn < 0.0 {
                return Some(self.fault(*kind, is_s3, &mut rng));
            }
        }
        None
    }

    fn fault(&self, kind: Kind, is_s3: bool, rng: &mut fastrand::Rng) -> Fault {
        let milliseconds =
            |rng: &mut fastrand::Rng, least, most| Duration::from_millis(rng.u64(least..most));
        let (name, fault) = match kind {
            Kind::InternalError if is_s3 => ("500", s3_error(500, "InternalError")),
            Kind::InternalError => ("500", sqs_error()),
            Kind::SlowDown => ("503 SlowDown", s3_error(503, "SlowDown")),
            Kind::Reset => ("reset", Fault::Reset),
            Kind::LostAnswer => ("done, answer lost", Fault::LoseAnswer),
            Kind::ResetMidBody => ("reset in the body", Fault::ResetMidBody(rng.f64())),
            Kind::Truncated => ("truncated body", Fault::Truncate(rng.f64())),
            // Half of them near the start, where the header is.
            Kind::FlippedBit => {
                let within = if rng.bool() { 1.0 } else { 0.005 };
                ("flipped bit", Fault::FlipBit(rng.f64() * within))
            }
            Kind::Stall => ("stall", Fault::Stall(milliseconds(rng, 300, 4_000))),
            // Longer than the function waits for an answer.
            Kind::LongStall => ("stall", Fault::Stall(milliseconds(rng, 10_500, 12_000))),
            Kind::Drip => ("slow drip", Fault::Drip(10, milliseconds(rng, 20, 300))),
        };
        self.counts.add("faults", name);
        fault
    }
}

fn s3_error(status: u16, code: &str) -> Fault {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>on purpose</Message><RequestId>0000000000000000</RequestId></Error>"
    );
    Fault::Answer { status, body, content_type: "application/xml" }
}

fn sqs_error() -> Fault {
    let body =
        r#"{"__type":"com.amazonaws.sqs#InternalFailure","message":"on purpose"}"#.to_owned();
    Fault::Answer { status: 500, body, content_type: "application/x-amz-json-1.0" }
}
