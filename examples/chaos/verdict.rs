//! Whether all is right. Every source in the bucket that can be read is rendered here, by the same
//! engine and recipe, and its thumbnails are compared with that byte for byte. The dead-letter queue
//! must hold every poison message and a message for every source that gets no thumbnail, and nothing
//! else. The result is a list of findings, and it should be empty.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt as _;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::{ObjectRef, Role};
use serde::Serialize;
use thumbnail::{self, ThumbnailError, format::claims_to_be_a_picture};

use crate::announced::Announced;
use crate::counts::Counts;
use crate::dead_letters::DeadLetter;
use crate::ledger::{Closed, Ledger};
use crate::local_aws::LocalAws;
use crate::{BUCKET, Failure};

/// How many objects are fetched and judged at once.
const AT_ONCE: usize = 16;

/// Something that is not as it must be.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    pub(crate) what: What,
    /// The key, the process or the queue.
    pub(crate) which: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// A source without its thumbnail.
    Lost,
    /// A thumbnail of bytes that its source no longer holds.
    Stale,
    /// A thumbnail of a source that is gone.
    Orphaned,
    /// A thumbnail that names its source's present bytes, but is not what rendering them gives.
    Wrong,
    /// A message that can never succeed and is not in the dead-letter queue.
    PoisonLost,
    /// A message in the dead-letter queue with nothing wrong.
    WronglyRejected,
    /// A message that was reported as failed, although everything that it asked for was done.
    ReportedFailed,
    /// Messages that never left the queue.
    Left,
    /// A picture that has its thumbnails, without an event that says so.
    NotAnnounced,
    /// An event that says so of a file that cannot have any.
    WronglyAnnounced,
    /// An alarm that would have woken somebody, though only uploads or passing failures were to
    /// blame.
    Paged,
    /// A process that ended when it should not have, or did not end when it should have.
    Died,
    /// The bucket does not hold what was put there: the harness or the local AWS is at fault.
    Harness,
}

impl What {
    pub(crate) const ALL: [Self; 13] = [
        Self::Lost,
        Self::Stale,
        Self::Orphaned,
        Self::Wrong,
        Self::PoisonLost,
        Self::WronglyRejected,
        Self::ReportedFailed,
        Self::Left,
        Self::NotAnnounced,
        Self::WronglyAnnounced,
        Self::Paged,
        Self::Died,
        Self::Harness,
    ];
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Lost => "lost",
            Self::Stale => "stale",
            Self::Orphaned => "orphaned",
            Self::Wrong => "wrong",
            Self::PoisonLost => "poison not kept",
            Self::WronglyRejected => "wrongly rejected",
            Self::ReportedFailed => "reported as failed, though done",
            Self::Left => "left in the queue",
            Self::NotAnnounced => "ready, but not announced",
            Self::WronglyAnnounced => "announced, but not ready",
            Self::Paged => "paged somebody",
            Self::Died => "processes that died",
            Self::Harness => "sources not as uploaded",
        })
    }
}

/// All that was found, and the dead letters.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) all: Vec<Finding>,
    pub(crate) dead_letters: Vec<DeadLetter>,
}

impl Findings {
    pub(crate) fn add(&mut self, what: What, which: &str, expected: String, found: String) {
        self.all.push(Finding { what, which: which.to_owned(), expected, found });
    }
}

/// A thumbnail as the bucket holds it.
struct Held {
    /// The source's `ETag` in its metadata, with the source's bucket if that is not ours.
    etag: String,
    bytes: Vec<u8>,
}

/// What a source must become.
enum Due {
    /// These thumbnails.
    Thumbnails(Vec<Vec<u8>>),
    /// No thumbnails, and a dead letter if it claims to be a picture.
    Nothing { why: String, claims: bool },
}

pub(crate) async fn judge(
    aws: &LocalAws,
    config: &Config,
    ledger: &Ledger,
    announced: Option<&Announced>,
    counts: &Counts,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let config = Arc::new(config.clone());
    let sources = aws.listed("images/").await?;
    let mut thumbnails = fetch(aws, aws.listed("thumbnails/").await?).await?;
    check_harness(&sources, ledger, findings);
    counts.add_many("end", "sources", sources.len());
    counts.add_many("end", "thumbnails", thumbnails.len());

    let closed = ledger.pages().closed.clone();
    let mut dues = futures_util::stream::iter(sources.into_iter().map(|(key, etag)| {
        let (config, closed) = (Arc::clone(&config), closed.get(&key).copied());
        async move {
            let due = match closed {
                Some(closed) => unreadable(closed),
                None => due(&config, &key, &read(aws, &key).await?).await,
            };
            Ok::<_, Failure>((due, closed, key, etag))
        }
    }))
    .buffer_unordered(AT_ONCE);
    while let Some(due) = dues.next().await {
        let (due, closed, key, etag) = due?;
        let Role::Source { thumbnails: places, .. } =
            config.policy.layout.role(&ObjectRef::new(BUCKET, &key))
        else {
            return Err(format!("{key} is no source").into());
        };
        if let Due::Nothing { why, claims: true } = &due {
            counts.add("end", "sources without a thumbnail on purpose");
            let told = |letter: &DeadLetter| {
                letter.keys.contains(&key)
                    && letter.etag.as_ref().is_none_or(|of| *of == etag)
                    && closed.is_none_or(|closed| letter.reason.as_deref() == closed.reason())
            };
            if !findings.dead_letters.iter().any(told) {
                let expected = format!("a dead letter: {why}");
                findings.add(What::PoisonLost, &key, expected, "none".to_owned());
            }
        }
        if let (Due::Thumbnails(_), Some(announced)) = (&due, announced) {
            announced.expect(&key, &etag, ledger, findings);
        }
        for (number, place) in places.iter().enumerate() {
            let held = thumbnails.remove(&place.key);
            if let Some((what, expected, found)) = compare(&due, number, &etag, held.as_ref()) {
                findings.add(what, &place.key, expected, found);
            }
        }
    }
    for (key, thumbnail) in thumbnails {
        let expected = "nothing: its source is gone".to_owned();
        let found = format!("a thumbnail of {}", thumbnail.etag);
        findings.add(What::Orphaned, &key, expected, found);
    }
    check_letters(ledger, counts, findings);
    findings.all.sort_by(|a, b| (a.what, &a.which).cmp(&(b.what, &b.which)));
    Ok(())
}

/// Compares what one thumbnail's key holds with what it should hold.
fn compare(
    due: &Due,
    number: usize,
    etag: &str,
    held: Option<&Held>,
) -> Option<(What, String, String)> {
    let shown = |held: &Held| format!("{} bytes made from {}", held.bytes.len(), held.etag);
    match (due, held) {
        (Due::Nothing { .. }, None) => None,
        (Due::Nothing { why, .. }, Some(held)) => {
            let what = if held.etag == etag { What::Wrong } else { What::Stale };
            Some((what, format!("nothing: {why}"), shown(held)))
        }
        (Due::Thumbnails(due), held) => {
            let bytes = due.get(number)?;
            let expected = format!("{} bytes made from {etag}", bytes.len());
            match held {
                None => Some((What::Lost, expected, "nothing".to_owned())),
                Some(held) if held.etag != etag => Some((What::Stale, expected, shown(held))),
                Some(held) if held.bytes != *bytes => {
                    Some((What::Wrong, expected, format!("{}, but others", shown(held))))
                }
                Some(_) => None,
            }
        }
    }
}

/// What a source becomes that cannot be read.
fn unreadable(closed: Closed) -> Due {
    let why = match closed {
        Closed::Archived => "it is archived",
        Closed::UnderCustomerKey => "only its uploader has its key",
        Closed::Denied => "access to it is denied",
    };
    Due::Nothing { why: why.to_owned(), claims: true }
}

async fn due(config: &Arc<Config>, key: &str, bytes: &[u8]) -> Due {
    let limit = config.policy.max_source_bytes;
    if bytes.len() as u64 > limit {
        return Due::Nothing { why: format!("more than {limit} bytes"), claims: true };
    }
    let rules = config.policy.rules.iter();
    let Some(recipe) = rules.map(|rule| Arc::clone(&rule.recipe)).next() else {
        return Due::Nothing { why: "there is no rule".to_owned(), claims: false };
    };
    let (limits, bytes) = (config.limits, bytes.to_vec());
    let rendered = tokio::task::spawn_blocking(move || thumbnail::render(&bytes, &recipe, &limits));
    match rendered.await {
        Err(_) => Due::Nothing { why: "its decoder panics".to_owned(), claims: true },
        Ok(Err(error)) => {
            let claims =
                !matches!(error, ThumbnailError::NotAPicture) || claims_to_be_a_picture(key, None);
            Due::Nothing { why: error.to_string(), claims }
        }
        Ok(Ok(rendering)) => {
            Due::Thumbnails(rendering.thumbnails.into_iter().map(|made| made.bytes).collect())
        }
    }
}

/// Checks that every poison message became a dead letter, and that every dead letter has a reason.
fn check_letters(ledger: &Ledger, counts: &Counts, findings: &mut Findings) {
    let pages = ledger.pages();
    let letters = std::mem::take(&mut findings.dead_letters);
    for poison in &pages.poison {
        if !letters.iter().any(|letter| letter.body == *poison) {
            let which: String = poison.chars().take(120).collect();
            let expected = "in the dead-letter queue".to_owned();
            findings.add(What::PoisonLost, &which, expected, "nowhere".to_owned());
        }
    }
    for letter in &letters {
        let how = if letter.reason.is_some() { "dead, with a reason" } else { "dead, redriven" };
        counts.add("letters", how);
        if let Some(reason) = &letter.reason {
            counts.add("reasons", reason);
        }
        let was_bad = |key: &String| match &letter.etag {
            Some(etag) => pages.bad.contains(etag),
            None => pages.ever.get(key).is_some_and(|etags| !etags.is_disjoint(&pages.bad)),
        };
        let was_closed = |key: &String| pages.was_closed(key, letter.reason.as_deref());
        let is_expected = letter.keys.iter().any(|key| was_bad(key) || was_closed(key));
        if !pages.poison.contains(&letter.body) && !is_expected {
            let which = letter.keys.first().unwrap_or(&letter.body);
            let reason = letter.reason.as_deref().unwrap_or("none");
            let found = format!("reason {reason}, ETag {:?}", letter.etag);
            findings.add(What::WronglyRejected, which, "no dead letter".to_owned(), found);
        }
    }
    findings.dead_letters = letters;
}

/// Checks that the bucket holds what was put there last.
fn check_harness(sources: &BTreeMap<String, String>, ledger: &Ledger, findings: &mut Findings) {
    for (key, etag) in &ledger.pages().now {
        if sources.get(key) != etag.as_ref() {
            let (expected, found) = (format!("{etag:?}"), format!("{:?}", sources.get(key)));
            findings.add(What::Harness, key, expected, found);
        }
    }
}

async fn read(aws: &LocalAws, key: &str) -> Result<Vec<u8>, Failure> {
    let answer = aws.s3.get_object().bucket(BUCKET).key(key).send().await?;
    Ok(answer.body.collect().await?.to_vec())
}

async fn fetch(
    aws: &LocalAws,
    listed: BTreeMap<String, String>,
) -> Result<BTreeMap<String, Held>, Failure> {
    let requests = listed.into_keys().map(|key| async move {
        let answer = aws.s3.get_object().bucket(BUCKET).key(&key).send().await?;
        let metadata = answer.metadata.unwrap_or_default();
        let says = |name: &str| metadata.get(name).cloned().unwrap_or_default();
        let (bucket, etag) = (says("source-bucket"), says("source-etag"));
        let etag = if bucket == BUCKET { etag } else { format!("{etag} in bucket {bucket:?}") };
        let bytes = answer.body.collect().await?.to_vec();
        Ok::<_, Failure>((key, Held { etag, bytes }))
    });
    let mut fetched = futures_util::stream::iter(requests).buffer_unordered(AT_ONCE);
    let mut thumbnails = BTreeMap::new();
    while let Some(thumbnail) = fetched.next().await {
        let (key, held) = thumbnail?;
        thumbnails.insert(key, held);
    }
    Ok(thumbnails)
}
