//! Completion events: what the event bus is told, when, and what becomes of a message whose event
//! the bus does not take; with a bus in memory, and through the real SDK with one in this process.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use s3_thumbnailer::bus::eventbridge::EventBridge;
use s3_thumbnailer::bus::{Bus, BusError, Event};
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::queue::Message;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service, Verdict};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::{Value, json};
use support::bus::{EmbeddedBus, Fault};
use support::s3::Times;

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};
use crate::memory_queue::{Asked, MemoryQueue};

/// A bus that remembers what it was told, and whether the thumbnail was there at that moment.
#[derive(Clone)]
struct MemoryBus {
    store: MemoryStore,
    told: Arc<Mutex<Vec<(&'static str, Value, bool)>>>,
    /// How many of the next events it does not take.
    refuses: Arc<Mutex<u32>>,
}

impl fmt::Debug for MemoryBus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MemoryBus")
    }
}

impl Bus for MemoryBus {
    fn publish(&self, event: Event) -> BoxFuture<'_, Result<(), BusError>> {
        let mut refuses = self.refuses.lock().unwrap();
        let answer = if *refuses > 0 {
            *refuses -= 1;
            let source = "no".into();
            Err(BusError { bus: "b".to_owned(), kind: "throttled", is_fault: false, source })
        } else {
            let detail: Value = serde_json::from_str(&event.detail).unwrap();
            let name = detail["source"]["key"].as_str().unwrap().replace("images/", "");
            let is_there = self.store.find(&thumbnail(&name)).is_some();
            self.told.lock().unwrap().push((event.detail_type, detail, is_there));
            Ok(())
        };
        std::future::ready(answer).boxed()
    }
}

/// The reasons of the keys that ended, empty for those without one.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<&'static str>>>);

impl Observer for Heard {
    fn key_finished(&self, report: &KeyReport<'_>) {
        let reason = report.result.as_ref().err().map_or("", |error| error.reason());
        self.0.lock().unwrap().push(reason);
    }
}

struct World {
    bus: MemoryBus,
    queue: MemoryQueue,
    heard: Heard,
    service: Service<MemoryStore, Copier, MemoryQueue, Heard>,
}

impl World {
    fn new(store: &MemoryStore) -> Self {
        let bus = MemoryBus { store: store.clone(), told: Arc::default(), refuses: Arc::default() };
        let (queue, heard) = (MemoryQueue::default(), Heard::default());
        let reconciler = Reconciler::new(store.clone(), Copier, policy());
        let service = Service::new(reconciler, queue.clone(), heard.clone(), 10);
        let service = service.announcing(Some(Arc::new(bus.clone())));
        Self { bus, queue, heard, service }
    }

    /// The verdict on a message about `name`, at this delivery of it.
    async fn deliver(&self, name: &str, receive_count: u32) -> Verdict {
        let body = support::events::s3_put("pictures", &format!("images/{name}")).to_string();
        let message = Message { id: name.to_owned(), body, receive_count, ..Message::default() };
        self.service.process(&[message], None).await[0]
    }

    /// What the bus was told since this was last asked: of what, and whether the thumbnail was there.
    fn told(&self) -> Vec<(&'static str, Value, bool)> {
        std::mem::take(&mut *self.bus.told.lock().unwrap())
    }

    fn rejected(&self) -> usize {
        let calls = self.queue.calls.lock().unwrap();
        calls.iter().filter(|call| matches!(call, Asked::Reject(..))).count()
    }
}

/// A store with a good picture, and a corrupt one.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source("good.jpg"), &picture("good.jpg"));
    store.upload(&source("corrupt.jpg"), b"no picture at all");
    store
}

#[tokio::test]
async fn the_bus_is_told_when_all_is_written_and_the_picture_has_not_changed() {
    let store = store();
    // Another upload comes just as the first thumbnail is written.
    let (changes, late) = (store.clone(), Mutex::new(Some(picture("late.jpg"))));
    let late = Arc::new(late);
    let world = World::new(&store.gated(Arc::new(move |operation, object| {
        let is_write = operation == Operation::Put && *object == thumbnail("good.jpg");
        if let Some(bytes) = late.lock().unwrap().take_if(|_| is_write) {
            changes.upload(&source("good.jpg"), &bytes);
        }
        Box::pin(async { None })
    })));
    assert_eq!(world.deliver("good.jpg", 1).await, Verdict::Done);
    let told = world.told();
    let [("Thumbnails Ready", detail, true)] = told.as_slice() else { panic!("{told:?}") };
    let now = store.find(&source("good.jpg")).unwrap().0.etag;
    assert_eq!(detail["source"]["etag"], now.as_str());
    assert!(now.contains("late"), "{now}");
    assert_eq!(detail["thumbnails"][0]["key"], "thumbnails/good.jpg");

    store.remove(&source("good.jpg"));
    assert_eq!(world.deliver("good.jpg", 1).await, Verdict::Done);
    let told = world.told();
    let [("Thumbnails Removed", detail, false)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*detail, json!({"source": {"bucket": "pictures", "key": "images/good.jpg"}}));

    assert_eq!(world.deliver("corrupt.jpg", 1).await, Verdict::Done);
    let told = world.told();
    let [("Picture Rejected", detail, false)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&detail["reason"], world.rejected()), (&json!("not_a_picture"), 1));
}

/// Two deliveries at once, or a write whose answer was lost: from within, they look the same.
#[tokio::test]
async fn the_bus_is_told_of_thumbnails_that_a_try_found_written_when_it_wrote_them() {
    let store = store();
    let (plain, once) = (store.clone(), Arc::new(Mutex::new(Some(()))));
    let world = World::new(&store.gated(Arc::new(move |operation, object| {
        let is_write = operation == Operation::Put && *object == thumbnail("good.jpg");
        let first = once.lock().unwrap().take_if(|()| is_write);
        let other = Reconciler::new(plain.clone(), Copier, policy());
        Box::pin(async move {
            if first.is_some() {
                other.reconcile(&source("good.jpg")).await.result.unwrap();
            }
            None
        })
    })));
    assert_eq!(world.deliver("good.jpg", 1).await, Verdict::Done);
    let told = world.told();
    assert!(matches!(told.as_slice(), [("Thumbnails Ready", _, true)]), "{told:?}");
    assert_eq!(world.deliver("good.jpg", 1).await, Verdict::Done);
    assert_eq!(world.told(), [], "it is up to date, and that was told");
}

#[tokio::test]
async fn the_bus_is_told_of_a_removal_that_took_more_than_one_look() {
    let store = store();
    World::new(&store).deliver("good.jpg", 1).await;
    store.remove(&source("good.jpg"));
    let removed = Arc::new(Mutex::new(None));
    let world = World::new(&store.gated(Arc::new(move |operation, object| {
        let mut removed = removed.lock().unwrap();
        if operation == Operation::Delete {
            *removed = Some(());
        }
        let is_look_after = operation == Operation::Head && *object == source("good.jpg");
        let fails = removed.take_if(|()| is_look_after).is_some();
        Box::pin(async move { fails.then_some(StoreErrorKind::Unexpected) })
    })));
    assert_eq!(world.deliver("good.jpg", 1).await, Verdict::Done);
    let told = world.told();
    assert!(matches!(told.as_slice(), [("Thumbnails Removed", _, false)]), "{told:?}");
}

#[tokio::test]
async fn a_message_comes_back_until_the_bus_has_its_event() {
    let store = store();
    store.upload(&source("gone.jpg"), &picture("gone.jpg"));
    World::new(&store).deliver("gone.jpg", 1).await;
    store.remove(&source("gone.jpg"));
    for (name, expected) in [
        ("good.jpg", "Thumbnails Ready"),
        ("gone.jpg", "Thumbnails Removed"),
        ("corrupt.jpg", "Picture Rejected"),
    ] {
        let world = World::new(&store);
        *world.bus.refuses.lock().unwrap() = 2;
        for delivery in 1..=2 {
            assert_eq!(world.deliver(name, delivery).await, Verdict::Failed, "{name}");
        }
        assert_eq!((world.told(), world.rejected()), (vec![], 0), "{name}");
        assert_eq!(*world.heard.0.lock().unwrap(), ["not_announced"; 2]);
        assert_eq!(world.queue.calls.lock().unwrap().len(), 2, "it was delayed");
        assert_eq!(world.deliver(name, 3).await, Verdict::Done, "{name}");
        let told = world.told();
        let [(detail_type, detail, _)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(*detail_type, expected);
        // In full, as if it had been made just now.
        assert_eq!(detail.get("thumbnails").is_some(), name == "good.jpg", "{detail}");
    }
}

#[tokio::test]
async fn the_bus_is_not_told_of_what_was_right_already_or_may_still_become_so() {
    let store = store();
    store.upload(&source("notes.txt"), b"text");
    store.upload(&source("slow.jpg"), &picture("slow.jpg"));
    World::new(&store).deliver("good.jpg", 1).await;
    let world = World::new(&store.gated(Arc::new(|operation, object| {
        let is_slow = operation == Operation::Get && object.key == "images/slow.jpg";
        Box::pin(async move { is_slow.then_some(StoreErrorKind::Throttled) })
    })));
    for name in ["good.jpg", "notes.txt", "never-there.jpg", "slow.jpg"] {
        world.deliver(name, 1).await;
        assert_eq!(world.told(), [], "{name}");
    }
}

/// Whether `value` is as `schema` says, as far as our schema goes.
fn check(value: &Value, schema: &Value, whole: &Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(value, whole.pointer(&reference[1..]).unwrap(), whole);
    }
    let is_of_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64(),
        other => panic!("{other:?}"),
    };
    assert!(is_of_type, "{value} is not {schema}");
    for item in value.as_array().into_iter().flatten() {
        check(item, &schema["items"], whole);
    }
    if let Some(fields) = value.as_object() {
        for required in schema["required"].as_array().unwrap() {
            assert!(fields.contains_key(required.as_str().unwrap()), "{value} lacks {required}");
        }
        for (name, field) in fields {
            let known = schema["properties"].get(name);
            check(field, known.unwrap_or_else(|| panic!("{name} is unknown")), whole);
        }
    }
}

/// Checks that `entry`, as the bus was sent it, is an event as the schema says.
pub(crate) fn follows_schema(entry: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/completion-events.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(entry["Source"], schema["properties"]["source"]["const"]);
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    let of_type = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["properties"]["detail-type"]["const"] == entry["DetailType"]);
    check(&detail, &of_type.expect("a known type")["properties"]["detail"], &schema);
}

#[tokio::test]
async fn an_event_that_the_bus_did_not_take_is_an_error_that_says_why() {
    let embedded = EmbeddedBus::start().await.unwrap();
    let bus = EventBridge::new(embedded.client(), "pictures-bus".to_owned());
    let event = Event { detail_type: "Thumbnails Removed", detail: "{}".to_owned() };
    for (fault, expected, is_fault) in [
        // The call itself succeeds with these.
        (Fault::Entry("ThrottlingException"), "throttled", false),
        (Fault::Entry("InternalFailure"), "the service failed", false),
        (Fault::Entry("NotAuthorizedForSourceException"), "access denied", true),
        (Fault::Call(400, "AccessDeniedException"), "access denied", true),
        (Fault::Call(400, "ResourceNotFoundException"), "the bus does not exist", true),
        (Fault::Call(500, "InternalException"), "the service failed", false),
    ] {
        embedded.fail(fault, Times::Always);
        let error = bus.publish(event.clone()).await.expect_err("it was not taken");
        let told = causes(&error);
        let begin = format!("PutEvents failed: pictures-bus: {expected}");
        assert!(told.starts_with(&begin), "{fault:?}: {told}");
        assert_eq!(error.is_fault, is_fault, "{fault:?}");
        assert_eq!(embedded.events(), Vec::<Value>::new());
    }
    // A lost answer is asked for again: at least once.
    embedded.fail(Fault::LoseAnswer, Times::First(1));
    bus.publish(event).await.unwrap();
    let entry = json!({"Source": "s3-thumbnailer", "DetailType": "Thumbnails Removed",
                       "Detail": "{}", "EventBusName": "pictures-bus"});
    assert_eq!(embedded.events(), [entry.clone(), entry]);
}
