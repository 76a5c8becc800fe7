//! A store in memory whose calls can be made to fail or to wait, and a renderer that copies. They
//! replace S3 and the engine in tests about faults and order. The store does not model S3's
//! protocol; the embedded S3 does.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use s3_thumbnailer::engine::{RenderError, Renderer};
use s3_thumbnailer::memory_budget::MemoryBudget;
use s3_thumbnailer::object::{Layout, ObjectRef, Placement};
use s3_thumbnailer::provenance::RecipeId;
use s3_thumbnailer::reconcile::{OnSourceDeleted, Policy, Rule};
use s3_thumbnailer::store::{
    Announced, Body, Head, Opened, Operation, Seen, Store, StoreError, StoreErrorKind, Upload,
};
use thumbnail::{
    Color, EncodedFormat, Output, Placeholders, Recipe, Rendering, SourceFormat, Thumbnail,
};

/// What happens before a call takes effect: it may wait, and it may fail.
pub(crate) type Gate = Arc<
    dyn Fn(Operation, &ObjectRef) -> Pin<Box<dyn Future<Output = Option<StoreErrorKind>> + Send>>
        + Send
        + Sync,
>;

#[derive(Clone)]
pub(crate) struct MemoryStore {
    objects: Arc<Mutex<HashMap<ObjectRef, (Head, Vec<u8>)>>>,
    gate: Gate,
    /// How many bytes of a body arrive at once.
    piece: usize,
    /// How many bytes of bodies were read.
    read: Arc<AtomicUsize>,
}

impl MemoryStore {
    pub(crate) fn new() -> Self {
        Self {
            objects: Arc::default(),
            gate: Arc::new(|_, _| Box::pin(async { None })),
            piece: usize::MAX,
            read: Arc::default(),
        }
    }

    /// How many bytes of bodies were read so far.
    pub(crate) fn bytes_read(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }

    /// The same objects, behind another gate.
    pub(crate) fn gated(&self, gate: Gate) -> Self {
        Self { gate, ..self.clone() }
    }

    /// The same objects, with bodies that arrive in pieces of `piece` bytes.
    pub(crate) fn in_pieces(&self, piece: usize) -> Self {
        Self { piece, ..self.clone() }
    }

    /// The same objects, with every call of `operation` on `key` failing.
    pub(crate) fn failing(
        &self,
        operation: Operation,
        key: &'static str,
        kind: StoreErrorKind,
    ) -> Self {
        self.gated(Arc::new(move |called, object| {
            let fails = called == operation && object.key == key;
            Box::pin(async move { fails.then_some(kind) })
        }))
    }

    /// Puts an object there as somebody else would. Its ETag depends on its content only.
    pub(crate) fn upload(&self, object: &ObjectRef, bytes: &[u8]) {
        let head = Head {
            etag: format!("etag-of-{}", String::from_utf8_lossy(bytes)),
            content_length: bytes.len() as u64,
            ..Head::default()
        };
        self.objects.lock().unwrap().insert(object.clone(), (head, bytes.to_vec()));
    }

    /// Copies an object with its metadata, as replication and `aws s3 sync` do.
    pub(crate) fn copy(&self, from: &ObjectRef, to: &ObjectRef) {
        let copy = self.find(from).expect("there is something to copy");
        self.objects.lock().unwrap().insert(to.clone(), copy);
    }

    pub(crate) fn remove(&self, object: &ObjectRef) {
        self.objects.lock().unwrap().remove(object);
    }

    pub(crate) fn find(&self, object: &ObjectRef) -> Option<(Head, Vec<u8>)> {
        self.objects.lock().unwrap().get(object).cloned()
    }

    fn is_as_seen(&self, object: &ObjectRef, seen: Seen<'_>) -> bool {
        match (self.find(object), seen) {
            (None, Seen::Nothing) => true,
            (Some((head, _)), Seen::ETag(etag)) => head.etag == etag,
            _ => false,
        }
    }

    async fn pass(&self, operation: Operation, object: &ObjectRef) -> Result<(), StoreError> {
        match (self.gate)(operation, object).await {
            None => Ok(()),
            Some(kind) => Err(StoreError { operation, object: object.clone(), kind, source: None }),
        }
    }
}

impl Store for MemoryStore {
    type Body = Pieces;

    async fn get(&self, object: &ObjectRef) -> Result<Option<Opened<Pieces>>, StoreError> {
        self.pass(Operation::Get, object).await?;
        let (piece, read) = (self.piece, Arc::clone(&self.read));
        Ok(self
            .find(object)
            .map(|(head, left)| Opened { head, body: Pieces { left, piece, read } }))
    }

    async fn head(&self, object: &ObjectRef) -> Result<Option<Head>, StoreError> {
        self.pass(Operation::Head, object).await?;
        Ok(self.find(object).map(|(head, _)| head))
    }

    async fn first_bytes(
        &self,
        object: &ObjectRef,
        etag: &str,
        count: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.pass(Operation::Get, object).await?;
        let found = self.find(object).filter(|(head, _)| head.etag == etag);
        Ok(found.map(|(_, mut bytes)| {
            bytes.truncate(count);
            self.read.fetch_add(bytes.len(), Ordering::SeqCst);
            bytes
        }))
    }

    async fn put(
        &self,
        object: &ObjectRef,
        upload: Upload,
        seen: Seen<'_>,
    ) -> Result<(), StoreError> {
        self.pass(Operation::Put, object).await?;
        if !self.is_as_seen(object, seen) {
            return Err(changed(Operation::Put, object));
        }
        let head = Head {
            etag: format!("etag-of-{}", String::from_utf8_lossy(&upload.bytes)),
            content_length: upload.bytes.len() as u64,
            content_type: Some(upload.content_type.to_owned()),
            metadata: upload.metadata,
            ..Head::default()
        };
        self.objects.lock().unwrap().insert(object.clone(), (head, upload.bytes));
        Ok(())
    }

    async fn delete(&self, object: &ObjectRef, etag: &str) -> Result<(), StoreError> {
        self.pass(Operation::Delete, object).await?;
        match self.find(object) {
            Some((head, _)) if head.etag != etag => Err(changed(Operation::Delete, object)),
            _ => {
                self.remove(object);
                Ok(())
            }
        }
    }

    async fn announced(&self, _: &str, queue_url: Option<&str>) -> Announced {
        Announced::Unknown(format!("{queue_url:?} in memory"))
    }
}

fn changed(operation: Operation, object: &ObjectRef) -> StoreError {
    StoreError { operation, object: object.clone(), kind: StoreErrorKind::Changed, source: None }
}

/// A body that arrives in pieces of one length.
pub(crate) struct Pieces {
    left: Vec<u8>,
    piece: usize,
    read: Arc<AtomicUsize>,
}

impl Body for Pieces {
    async fn next_chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + Send>, StoreError> {
        let rest = self.left.split_off(self.piece.min(self.left.len()));
        let piece = std::mem::replace(&mut self.left, rest);
        self.read.fetch_add(piece.len(), Ordering::SeqCst);
        Ok((!piece.is_empty()).then_some(piece))
    }
}

/// "Renders" a picture by copying its bytes, so that a thumbnail tells what it was made from. A
/// picture that says `PANIC` is refused as the real engine refuses one whose decoder panics.
pub(crate) struct Copier;

impl Renderer for Copier {
    async fn render(
        &self,
        source: Vec<u8>,
        recipe: &Arc<Recipe>,
    ) -> Result<Rendering, RenderError> {
        if source.ends_with(b"PANIC") {
            return Err(RenderError::Panicked("as asked".to_owned()));
        }
        let bytes = source;
        Ok(Rendering {
            source_format: SourceFormat::Jpeg,
            source_width: 1,
            source_height: 1,
            thumbnails: recipe
                .outputs
                .iter()
                .map(|_| Thumbnail {
                    width: 1,
                    height: 1,
                    format: EncodedFormat::Jpeg,
                    bytes: bytes.clone(),
                })
                .collect(),
            placeholders: recipe.placeholders.then(|| Placeholders {
                thumb_hash: vec![1, 2, 3],
                blur_hash: "LKO2?U%2Tw=w".to_owned(),
                dominant: Color { rgb: [1, 2, 3], alpha: 255 },
            }),
            damaged: None,
        })
    }
}

/// Bytes that begin as a JPEG does; `name` makes them different from others.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    [b"\xFF\xD8\xFF\xE0", name.as_bytes()].concat()
}

pub(crate) fn source(name: &str) -> ObjectRef {
    ObjectRef::new("pictures", format!("images/{name}"))
}

pub(crate) fn thumbnail(name: &str) -> ObjectRef {
    ObjectRef::new("pictures", format!("thumbnails/{name}"))
}

pub(crate) fn policy() -> Policy {
    let recipe = Recipe::of(vec![Output::inside(256, 256)]);
    let cache_control = "max-age=60".to_owned();
    Policy {
        layout: Layout::new("images/", "thumbnails/", None, vec![Placement::in_folders([None])])
            .unwrap(),
        source_bucket: Some("pictures".to_owned()),
        rules: vec![Rule {
            id: RecipeId::new(&recipe, &cache_control),
            recipe: Arc::new(recipe),
            names: vec![String::new()],
        }],
        cache_control,
        max_source_bytes: 1000,
        source_memory: MemoryBudget::new(1 << 30),
        on_source_deleted: OnSourceDeleted::Delete,
    }
}
