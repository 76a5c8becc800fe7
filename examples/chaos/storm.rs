//! Which requests are spoilt, and how: drawn for each request from the seed and from a table for
//! its kind of request. The proxy does the spoiling.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use percent_encoding::percent_decode_str;
use support::proxy::{Fault, RequestHead};
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use crate::FUNCTION_TIME;
use crate::counts::Counts;
use crate::hold_up::{HoldUp, LATE};
use crate::plan::UNCONDITIONAL;

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
    Late,
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
    (10, Kind::Late),
];
const DELETE: Odds = &[
    (20, Kind::InternalError),
    (20, Kind::SlowDown),
    (20, Kind::Reset),
    (20, Kind::LostAnswer),
    (50, Kind::Stall),
    (10, Kind::Late),
];
const SQS: Odds =
    &[(30, Kind::InternalError), (15, Kind::Reset), (25, Kind::LostAnswer), (10, Kind::Stall)];

/// When the storm spoilt what somebody has to be told of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather {
    /// From when until when all access to S3 was denied.
    pub(crate) outages: Vec<(SystemTime, SystemTime)>,
    /// When the calls to SQS were no longer spoilt; `None` as long as they are.
    pub(crate) calm_since: Option<SystemTime>,
}

impl Weather {
    /// Whether all access to S3 was denied at some time between these two.
    pub(crate) fn denied_all(&self, began: SystemTime, ended: SystemTime) -> bool {
        self.outages.iter().any(|(from, until)| began < *until && *from < ended)
    }

    /// Whether a call to SQS that ended then may have been spoilt.
    pub(crate) fn spoilt_sqs(&self, ended: SystemTime) -> bool {
        self.calm_since.is_none_or(|calm| ended < calm + FUNCTION_TIME)
    }
}

/// Decides about every request. It spoils none until [`Storm::begin`], and none after
/// [`Storm::end`], except for those about keys that are denied.
#[derive(Debug)]
pub(crate) struct Storm {
    rate: f64,
    rages: AtomicBool,
    weather: Mutex<Weather>,
    /// By source key: until when it is denied; `None` is for ever.
    denied_keys: Mutex<HashMap<String, Option<Instant>>>,
    /// By source key: who waits for its thumbnail to be written or removed, and how that is then
    /// held up.
    ambushes: Mutex<HashMap<String, (oneshot::Sender<()>, HoldUp)>>,
    /// When the last of the late writes is carried out.
    last_write: Mutex<Instant>,
    rng: Mutex<fastrand::Rng>,
    counts: Counts,
}

impl Storm {
    pub(crate) fn new(seed: u64, rate: f64, counts: Counts) -> Self {
        Self {
            rate,
            rages: AtomicBool::new(false),
            weather: Mutex::default(),
            denied_keys: Mutex::default(),
            ambushes: Mutex::default(),
            last_write: Mutex::new(Instant::now()),
            rng: Mutex::new(fastrand::Rng::with_seed(seed ^ 0x0005_7042)),
            counts,
        }
    }

    pub(crate) fn begin(&self) {
        self.rages.store(true, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.rages.store(false, Ordering::Relaxed);
        self.lock_weather().calm_since = Some(SystemTime::now());
    }

    /// Denies all access to S3 for `time` from now.
    pub(crate) fn deny(&self, time: Duration) {
        let now = SystemTime::now();
        self.lock_weather().outages.push((now, now + time));
    }

    /// What the storm spoilt, and when.
    pub(crate) fn weather(&self) -> Weather {
        self.lock_weather().clone()
    }

    fn lock_weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn denies_all(&self) -> bool {
        let now = SystemTime::now();
        self.lock_weather().outages.iter().any(|(from, until)| (*from..*until).contains(&now))
    }

    /// Denies access to one source for `time` from now; without a time, for ever.
    pub(crate) fn deny_key(&self, key: String, time: Option<Duration>) {
        let mut denied = self.denied_keys.lock().unwrap_or_else(PoisonError::into_inner);
        denied.insert(key, time.map(|time| Instant::now() + time));
    }

    fn denies_key(&self, key: &str) -> bool {
        let denied = self.denied_keys.lock().unwrap_or_else(PoisonError::into_inner);
        denied.get(key).is_some_and(|until| until.is_none_or(|until| Instant::now() < until))
    }

    /// Answers when a thumbnail of `key` is next about to be written or removed. That request is
    /// then held up, long enough for others to overtake it.
    pub(crate) fn ambush(&self, key: &str, hold_up: HoldUp) -> oneshot::Receiver<()> {
        let (sprung, springs) = oneshot::channel();
        let mut ambushes = self.ambushes.lock().unwrap_or_else(PoisonError::into_inner);
        ambushes.insert(key.to_owned(), (sprung, hold_up));
        springs
    }

    /// Springs the ambush that a write or removal under `key` runs into, if any.
    fn spring(&self, key: &str) -> Option<HoldUp> {
        // A thumbnail shares with its source the path after prefix and output.
        let (_output, path) = key.strip_prefix("thumbnails/")?.split_once('/')?;
        let mut ambushes = self.ambushes.lock().unwrap_or_else(PoisonError::into_inner);
        let (sprung, hold_up) = ambushes.remove(&format!("images/{path}"))?;
        sprung.send(()).is_ok().then_some(hold_up)
    }

    /// Waits until every late write has been carried out.
    pub(crate) async fn last_write(&self) {
        let last = *self.last_write.lock().unwrap_or_else(PoisonError::into_inner);
        // The proxy and the local AWS need a moment for it.
        sleep_until((last + Duration::from_secs(1)).into()).await;
    }

    /// What happens to the request with this head.
    pub(crate) fn judge(&self, head: &mut RequestHead) -> Option<Fault> {
        let fault = self.spoil(head);
        if let Some(Fault::CarryOutLate(late)) = fault {
            let mut last = self.last_write.lock().unwrap_or_else(PoisonError::into_inner);
            *last = (*last).max(Instant::now() + late);
        }
        fault
    }

    fn spoil(&self, head: &mut RequestHead) -> Option<Fault> {
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let is_s3 = target.is_none();
        self.counts.add("requests", target.unwrap_or(head.method.as_str()));
        let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
        // After the slash, the bucket.
        let key = path.splitn(3, '/').nth(2).filter(|_| is_s3).unwrap_or_default();
        let writes = matches!(head.method.as_str(), "PUT" | "DELETE");
        if writes && key.contains(UNCONDITIONAL) {
            let conditions = ["if-match", "if-none-match"].map(|name| head.headers.remove(name));
            self.counts.add_many(
                "requests",
                "conditions ignored",
                conditions.iter().flatten().count(),
            );
        }
        if self.denies_key(key) {
            self.counts.add("faults", "403 for one key");
            return Some(s3_error(403, "AccessDenied"));
        }
        if !self.rages.load(Ordering::Relaxed) {
            return None;
        }
        if is_s3 && self.denies_all() {
            self.counts.add("faults", "403 for a while");
            return Some(s3_error(403, "AccessDenied"));
        }
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        if writes && let Some(hold_up) = self.spring(key) {
            self.counts.add("faults", hold_up.name());
            return Some(hold_up.fault());
        }
        let odds = match head.method.as_str() {
            _ if !is_s3 => SQS,
            "GET" => GET,
            "HEAD" => HEAD,
            "PUT" => PUT,
            _ => DELETE,
        };
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
            Kind::Late => ("late write", Fault::CarryOutLate(LATE)),
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
