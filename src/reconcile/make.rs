//! Makes the thumbnails of one picture's bytes, and writes them.

use futures_util::future::join_all;

use super::error::ReconcileError;
use super::look::Found;
use super::measured::{Measured, Stage};
use super::outcome::{Damage, Made, Outcome, Written};
use super::policy::Rule;
use crate::engine::Renderer;
use crate::manifest;
use crate::object::ObjectRef;
use crate::provenance;
use crate::store::{Head, Seen, Store, StoreError, Upload};
use thumbnail::SourceFormat;

/// Where the thumbnails of one source belong, and the rule that they are made by.
pub(super) struct Places<'a> {
    pub(super) rule: &'a Rule,
    /// The thumbnails, in the order of the outputs, and the manifest, if there is one.
    pub(super) all: &'a [ObjectRef],
    pub(super) has_manifest: bool,
}

impl<'a> Places<'a> {
    pub(super) fn thumbnails(&self) -> &'a [ObjectRef] {
        match self.all.split_last() {
            Some((_, thumbnails)) if self.has_manifest => thumbnails,
            _ => self.all,
        }
    }

    pub(super) fn manifest(&self) -> Option<&'a ObjectRef> {
        self.all.last().filter(|_| self.has_manifest)
    }
}

/// What makes thumbnails and writes them.
pub(super) struct Maker<'a, S, R> {
    pub(super) store: &'a S,
    pub(super) renderer: &'a R,
    /// The `Cache-Control` that thumbnails are served with.
    pub(super) cache_control: &'a str,
}

impl<S: Store, R: Renderer> Maker<'_, S, R> {
    /// Makes the thumbnails of `bytes` and writes them to their `places`, over what was `found` there.
    pub(super) async fn make(
        &self,
        source: &ObjectRef,
        head: &Head,
        bytes: Vec<u8>,
        places: &Places<'_>,
        found: &[Found],
        measured: &mut Measured,
    ) -> Result<Outcome, ReconcileError> {
        let source_bytes = bytes.len() as u64;
        measured.source_format = SourceFormat::from_first_bytes(&bytes);
        let rendering = Stage::Render.begin();
        let rendered = self.renderer.render(bytes, &places.rule.recipe).await;
        measured.end(rendering);
        let rendering = rendered?;
        let damage = rendering.damaged.as_deref().map(Damage::of);
        let mut metadata = provenance::metadata(source, head, &places.rule.id);
        if let Some(damage) = &damage {
            metadata.insert(provenance::DAMAGED.to_owned(), damage.reason.to_owned());
        }
        if let Some(placeholders) = &rendering.placeholders {
            let texts = manifest::texts(placeholders).into_iter();
            metadata.extend(texts.map(|(name, text)| (name.to_owned(), text)));
        }
        let seen = |place: &ObjectRef| {
            found.iter().find(|found| found.object == *place).map_or(Seen::Nothing, Found::seen)
        };
        let names = places.rule.names.iter().map(String::as_str);
        let manifest = manifest::write(source, head, &rendering, names.zip(places.thumbnails()));
        let upload = |bytes, content_type| Upload {
            bytes,
            content_type,
            cache_control: self.cache_control.to_owned(),
            metadata: metadata.clone(),
        };
        let uploads =
            places.thumbnails().iter().zip(rendering.thumbnails).map(|(place, thumbnail)| {
                let written = Written {
                    object: place.clone(),
                    width: thumbnail.width,
                    height: thumbnail.height,
                    bytes: thumbnail.bytes.len(),
                    format: thumbnail.format,
                };
                let upload = upload(thumbnail.bytes, thumbnail.format.content_type());
                let seen = seen(place);
                async move { self.store.put(place, upload, seen).await.map(|()| written) }
            });
        let writing = Stage::Write.begin();
        // Waits for every write, even after one failed: none may take effect after this returns.
        let mut written = all_landed(join_all(uploads).await);
        // Written last, so that its own event means that all thumbnails are there.
        if let (Ok(_), Some(place)) = (&written, places.manifest()) {
            let upload = upload(manifest.clone().into_bytes(), manifest::CONTENT_TYPE);
            if let Err(error) = self.store.put(place, upload, seen(place)).await {
                written = Err(error);
            }
        }
        measured.end(writing);
        let thumbnails = written?;
        Ok(Outcome::Made(Made {
            etag: head.etag.clone(),
            source_bytes,
            source_format: rendering.source_format,
            source_width: rendering.source_width,
            source_height: rendering.source_height,
            damage,
            thumbnails,
            manifest,
        }))
    }
}

/// The results of all writes of one kind as one result. Of several errors, it is one whose write
/// may still land, if there is one.
pub(super) fn all_landed<T>(results: Vec<Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let (mut landed, mut failed) = (Vec::with_capacity(results.len()), None::<StoreError>);
    for result in results {
        match result {
            Ok(done) => landed.push(done),
            Err(error) if failed.is_none() || error.may_still_land() => failed = Some(error),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(landed), Err)
}
