//! Completion events. Every picture that ends with its thumbnails must have been announced, with the
//! `ETag` that it holds now, and no file ever that cannot have thumbnails.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::counts::Counts;
use crate::ledger::Ledger;
use crate::local_aws::LocalAws;
use crate::verdict::{Findings, What};
use crate::{Failure, post};

/// An event as EventBridge delivers it: what the verdict needs of it.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    kind: String,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
struct Detail {
    source: Source,
}

#[derive(Debug, Deserialize)]
struct Source {
    key: String,
    etag: Option<String>,
}

/// The pictures that were announced to be ready.
#[derive(Debug, Default)]
pub(crate) struct Announced(BTreeSet<(String, String)>);

impl Announced {
    /// Takes all events out of the queue that the bus fills.
    pub(crate) async fn take(aws: &LocalAws, counts: &Counts) -> Result<Self, Failure> {
        let mut announced = Self::default();
        for message in post::take(aws, &aws.announcements).await? {
            announced.add(message.body.as_deref().unwrap_or_default(), counts)?;
        }
        Ok(announced)
    }

    pub(crate) fn add(&mut self, body: &str, counts: &Counts) -> Result<(), Failure> {
        let Event { kind, detail } = serde_json::from_str(body)?;
        counts.add("announced", &kind);
        if kind == "Thumbnails Ready" {
            let etag = detail.source.etag.ok_or("a picture was announced without its ETag")?;
            self.0.insert((detail.source.key, etag));
        }
        Ok(())
    }

    /// Adds a finding unless this picture, which has its thumbnails, was announced. A dead letter that
    /// was sent back counts as delivered for the first time, so its picture need not be, as
    /// docs/completion-events.md says.
    pub(crate) fn expect(&self, key: &str, etag: &str, ledger: &Ledger, findings: &mut Findings) {
        let is_announced = self.0.contains(&(key.to_owned(), etag.to_owned()));
        if !is_announced && !ledger.pages().sent_back.contains(key) {
            let expected = format!("an event that {etag} is ready");
            findings.add(What::NotAnnounced, key, expected, "none".to_owned());
        }
    }

    /// Adds a finding for each file that was announced and cannot have thumbnails.
    pub(crate) fn judge(&self, ledger: &Ledger, findings: &mut Findings) {
        let pages = ledger.pages();
        for (key, etag) in self.0.iter().filter(|(_, etag)| pages.bad.contains(etag)) {
            let found = format!("an event that {etag} is ready");
            findings.add(What::WronglyAnnounced, key, "no event".to_owned(), found);
        }
    }
}
