//! Several writers of one key, in every order that their steps can take.
//!
//! A step is one call to the store, or one deed from outside (an upload, a deletion, the death of a
//! writer). Nothing here depends on chance or a clock: each writer waits at every step until it is
//! chosen, and is then polled by hand; a depth-first search tries every order. When no step is left,
//! the thumbnails must mirror the sources, as the design promises.
//!
//! What a writer does next depends only on the answers that its calls got so far. So if the store
//! and the writers' answers are as in an earlier situation, the search has been there, and turns
//! back.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::future::{Future, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::reconcile::{Outcome, Policy, ReconcileError, Reconciler};
use s3_thumbnailer::store::Operation;

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

/// What happens from outside: at any time, but in this order.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Uploads these bytes. S3 announces it, and a writer starts.
    Upload(&'static str),
    /// Deletes the source. S3 announces it, and a writer starts.
    Delete,
    /// A message is delivered, perhaps again, and a writer starts.
    Deliver,
    /// The writer that has been at work longest is killed. Its message comes back.
    Kill,
}
use Deed::{Delete, Deliver, Kill, Upload};

#[test]
fn an_overwrite_is_not_lost_whatever_the_order_of_two_writers_steps() {
    // A's writer may stall anywhere, also between reading A and writing its thumbnail.
    mirrored_in_every_order("A", &[Deliver, Upload("B")], 200);
}

#[test]
fn an_overwrite_is_not_lost_when_its_event_overtakes_those_before_it() {
    // Delivered as B, A, A; the writer that was sent out first stalls with A in its hands.
    mirrored_in_every_order("A", &[Deliver, Upload("B"), Deliver], 500);
}

#[test]
fn a_deletion_is_not_lost_whatever_the_order_of_two_writers_steps() {
    mirrored_in_every_order("A", &[Deliver, Delete], 200);
}

#[test]
fn a_picture_deleted_and_uploaded_again_has_its_thumbnail() {
    mirrored_in_every_order("A", &[Delete, Upload("B")], 80);
}

#[test]
fn whatever_a_killed_writer_leaves_is_made_right() {
    mirrored_in_every_order("A", &[Deliver, Upload("B"), Kill], 600);
}

#[test]
fn a_picture_overwritten_by_one_that_is_refused_loses_its_thumbnail() {
    mirrored_in_every_order("A", &[Deliver, Upload("PANIC")], 200);
}

/// Plays `deeds` in every order of all steps, on a source that holds `initially` and has no
/// thumbnail yet. The search must meet `at_least` so many situations: one without choices would
/// prove nothing.
fn mirrored_in_every_order(initially: &str, deeds: &[Deed], at_least: usize) {
    let policy = policy();
    let mut met = HashSet::new();
    let mut ends = 0;
    let mut choices = Vec::new();
    loop {
        let (trail, ended) = play(World::new(initially, &policy), deeds, &choices, &mut met);
        ends += usize::from(ended);
        // The next way through: the last choice that had an alternative left takes it.
        let Some(last) = trail.iter().rposition(|choice| choice.chosen + 1 < choice.of) else {
            break;
        };
        choices = trail[..=last].iter().map(|choice| choice.chosen).collect();
        choices[last] += 1;
    }
    assert!(met.len() >= at_least, "only {} situations and {ends} ends were met", met.len());
}

struct Choice {
    chosen: usize,
    of: usize,
}

/// Plays one order: first the `choices`, then always the first possible step, until no step is left
/// or the situation has been met before. Returns whether it came to the end.
fn play(
    mut world: World<'_>,
    deeds: &[Deed],
    choices: &[usize],
    met: &mut HashSet<u64>,
) -> (Vec<Choice>, bool) {
    let mut deeds = deeds.iter();
    let mut trail: Vec<Choice> = Vec::new();
    loop {
        let steps = world.steps();
        let of = steps.len() + usize::from(!deeds.as_slice().is_empty());
        if of == 0 {
            world.assert_mirrored();
            return (trail, true);
        }
        if trail.len() >= choices.len() && !met.insert(world.situation(deeds.as_slice())) {
            return (trail, false);
        }
        let chosen = choices.get(trail.len()).copied().unwrap_or(0);
        trail.push(Choice { chosen, of });
        if let Some(step) = steps.get(chosen) {
            world.take(*step);
        } else if let Some(deed) = deeds.next() {
            world.happens(*deed);
        }
    }
}

/// Two of 20,000 situations share a hash of 64 bits with a chance of one in 10^11.
fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

type Writer = Pin<Box<dyn Future<Output = Result<Outcome, ReconcileError>>>>;

/// A store, the writers at work on it, and the gate at which each of their calls waits.
struct World<'a> {
    policy: &'a Policy,
    store: MemoryStore,
    gate: Arc<Mutex<Gate>>,
    writers: BTreeMap<usize, Writer>,
    /// A hash of the answers that each writer's calls got so far.
    answered: BTreeMap<usize, u64>,
    sent_out: usize,
    log: Vec<Event>,
}

/// What happened, for whoever reads how a search went wrong.
#[derive(Debug, Clone, Copy)]
#[expect(dead_code, reason = "read by Debug alone")]
enum Event {
    Deed(Deed),
    /// A call of this writer took effect.
    Call(usize, Operation),
}

#[derive(Default)]
struct Gate {
    /// Who is being polled.
    writer: usize,
    next: usize,
    /// Calls that wait, by number.
    waiting: BTreeMap<usize, Call>,
    taken: BTreeSet<usize>,
}

struct Call {
    writer: usize,
    operation: Operation,
    object: ObjectRef,
}

impl<'a> World<'a> {
    fn new(initially: &str, policy: &'a Policy) -> Self {
        let store = MemoryStore::new();
        store.upload(&source("x"), &picture(initially));
        Self {
            policy,
            store,
            gate: Arc::default(),
            writers: BTreeMap::new(),
            answered: BTreeMap::new(),
            sent_out: 0,
            log: Vec::new(),
        }
    }

    fn send_writer(&mut self) {
        let gate = Arc::clone(&self.gate);
        let store = self.store.gated(Arc::new(move |operation, object| {
            let gate = Arc::clone(&gate);
            let call = {
                let mut gate = gate.lock().unwrap();
                gate.next += 1;
                let (call, writer) = (gate.next, gate.writer);
                gate.waiting.insert(call, Call { writer, operation, object: object.clone() });
                call
            };
            Box::pin(poll_fn(move |_| {
                let taken = gate.lock().unwrap().taken.contains(&call);
                if taken { Poll::Ready(None) } else { Poll::Pending }
            }))
        }));
        self.sent_out += 1;
        let reconciler = Reconciler::new(store, Copier, self.policy.clone());
        let writer = async move { reconciler.reconcile(&source("x")).await.result };
        self.writers.insert(self.sent_out, Box::pin(writer));
        self.run(self.sent_out);
    }

    /// Lets a writer run until it waits at a step again, and takes it out if it has ended.
    fn run(&mut self, id: usize) {
        self.gate.lock().unwrap().writer = id;
        let Some(writer) = self.writers.get_mut(&id) else {
            return;
        };
        match writer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(Ok(_) | Err(ReconcileError::RenderPanicked { .. })) => {
                self.writers.remove(&id);
            }
            Poll::Ready(Err(error)) => panic!("no fault was injected, yet: {error}"),
        }
    }

    fn steps(&self) -> Vec<usize> {
        self.gate.lock().unwrap().waiting.keys().copied().collect()
    }

    fn take(&mut self, step: usize) {
        let taken = {
            let mut gate = self.gate.lock().unwrap();
            gate.taken.insert(step);
            gate.waiting.remove(&step)
        };
        let Some(Call { writer, operation, object }) = taken else {
            return;
        };
        let before = self.answered.get(&writer);
        let answered = hash_of(&(before, operation, &object, self.etag(&object)));
        self.answered.insert(writer, answered);
        self.log.push(Event::Call(writer, operation));
        self.run(writer);
    }

    /// What is there now: an ETag depends on nothing but the content.
    fn etag(&self, object: &ObjectRef) -> Option<String> {
        self.store.find(object).map(|(head, _)| head.etag)
    }

    /// Everything that decides what can still happen. Writers with the same answers count as the
    /// same.
    fn situation(&self, deeds_left: &[Deed]) -> u64 {
        let now = [source("x"), thumbnail("x")].map(|object| self.etag(&object));
        let mut at_work: Vec<_> = self.writers.keys().map(|id| self.answered.get(id)).collect();
        // A kill meets the writer that has been at work longest, so their order counts until then.
        if !deeds_left.iter().any(|deed| matches!(deed, Kill)) {
            at_work.sort_unstable();
        }
        hash_of(&(deeds_left.len(), now, at_work))
    }

    fn happens(&mut self, deed: Deed) {
        self.log.push(Event::Deed(deed));
        match deed {
            Upload(content) => self.store.upload(&source("x"), &picture(content)),
            Delete => self.store.remove(&source("x")),
            Deliver => {}
            Kill => {
                let Some((killed, _)) = self.writers.pop_first() else {
                    return;
                };
                self.gate.lock().unwrap().waiting.retain(|_, call| call.writer != killed);
            }
        }
        self.send_writer();
    }

    fn assert_mirrored(&self) {
        let there = self.store.find(&source("x")).map(|(_, bytes)| bytes);
        let right = there.filter(|bytes| !bytes.ends_with(b"PANIC"));
        let made = self.store.find(&thumbnail("x")).map(|(_, bytes)| bytes);
        assert_eq!(made, right, "in this order: {:?}", self.log);
    }
}
