//! The engine: panics, memory and time, on real pictures.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pictures::{photo_jpeg, photo_webp};
use s3_thumbnailer::config::{Config, LogSettings};
use s3_thumbnailer::engine::{Engine, RenderError, Renderer as _};
use s3_thumbnailer::memory_budget::{BudgetError, MemoryBudget};
use s3_thumbnailer::telemetry;
use serde_json::Value;
use thumbnail::{Output, Recipe, memory_to_render};
use tokio::process::Command;
use tracing::Instrument as _;

const MIB: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_mins(1);

fn engine(memory: u64, patience: Duration) -> Engine {
    let config = Config::from_lookup(|_| None).unwrap();
    Engine::new(config.limits, 2, MemoryBudget::new(memory), patience)
}

fn recipe() -> Arc<Recipe> {
    Arc::new(Recipe::of(vec![Output::default()]))
}

#[tokio::test]
async fn a_decoder_that_panics_is_an_error_and_the_next_picture_is_rendered() {
    // No decoder is known to panic, but the next version of one may.
    let engine = engine(512 * MIB, PATIENCE).with_core(|picture| {
        assert_ne!(picture.size(), (63, 48), "as asked");
        picture.render()
    });
    let error = engine.render(photo_jpeg(63, 48, 1), &recipe()).await.unwrap_err();
    assert!(matches!(error, RenderError::Panicked(_)), "{error:?}");
    assert_eq!(engine.render(photo_jpeg(64, 48, 1), &recipe()).await.unwrap().source_width, 64);
}

/// Set for the child process in which a picture panics: a log's destination is set per process.
const PANICS: &str = "A_PICTURE_PANICS_HERE";

#[tokio::test]
async fn the_log_line_of_a_panic_names_the_invocation() {
    const ITSELF: &str = "engine::the_log_line_of_a_panic_names_the_invocation";
    if std::env::var_os(PANICS).is_some() {
        telemetry::start(&LogSettings { level: "info", json: true });
        let engine = engine(512 * MIB, PATIENCE).with_core(|_| panic!("as asked"));
        let invocation = telemetry::invocation("an-invocation");
        let render = async { engine.render(photo_jpeg(64, 48, 1), &recipe()).await };
        render.instrument(invocation).await.unwrap_err();
        return;
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", ITSELF, "--nocapture", "--quiet"]).env(PANICS, "1");
    let output = process.output().await.unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let mut lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines.find(|line| line["message"] == "panic").expect(&output);
    assert_eq!((&line["level"], &line["cause"]), (&"ERROR".into(), &"as asked".into()));
    assert_eq!(line["requestId"], "an-invocation");
    assert!(line["at"].as_str().unwrap().contains("engine.rs"), "{line}");
}

#[tokio::test]
async fn a_picture_is_admitted_by_its_header_and_not_by_its_files_size() {
    // 3 megapixels, of some hundred kilobytes, in a format that is decoded whole.
    let picture = photo_webp(2000, 1500, 1);
    assert!(picture.len() < 1 << 20);
    let error = engine(8 * MIB, PATIENCE).render(picture.clone(), &recipe()).await.unwrap_err();
    let RenderError::Memory(BudgetError::TooMuch { needed, total }) = error else {
        panic!("{error:?}")
    };
    assert!(needed >= 3 * 2000 * 1500, "{needed}");
    assert_eq!(total, 8 * MIB);
    assert!(engine(256 * MIB, PATIENCE).render(picture, &recipe()).await.is_ok());
}

/// Counts the pictures that are rendered at the same time.
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    const fn new() -> Self {
        Self { now: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// Stays until `expected` have been here at once, and then a little longer, so that one too many
    /// would be noticed.
    fn visit(&self, expected: usize) {
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
        let stay = |while_below: usize, at_most: Duration| {
            let since = Instant::now();
            while self.most.load(SeqCst) < while_below && since.elapsed() < at_most {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        stay(expected, PATIENCE);
        stay(expected + 1, GRACE);
        self.now.fetch_sub(1, SeqCst);
    }
}

/// How long something is given to happen that must not happen.
const GRACE: Duration = Duration::from_millis(200);

async fn render_all(engine: &Engine, picture: &[u8], pictures: usize) {
    let recipe = recipe();
    let all = (0..pictures).map(|_| engine.render(picture.to_vec(), &recipe));
    let rendered = futures_util::future::join_all(all).await;
    assert!(rendered.iter().all(Result::is_ok), "{rendered:?}");
}

/// What a picture is reserved.
fn needed(picture: &[u8]) -> u64 {
    let limits = Config::from_lookup(|_| None).unwrap().limits;
    memory_to_render(picture, &recipe(), &limits).unwrap()
}

#[tokio::test]
async fn pictures_that_do_not_fit_together_are_all_rendered_one_after_another() {
    static CROWD: Crowd = Crowd::new();
    let picture = photo_webp(400, 300, 1);
    let memory = needed(&picture) * 3 / 2;
    let engine = engine(memory, PATIENCE).with_core(|picture| {
        CROWD.visit(1);
        picture.render()
    });
    render_all(&engine, &picture, 3).await;
    assert_eq!(CROWD.most.load(SeqCst), 1);
}

#[tokio::test]
async fn pictures_that_fit_together_are_rendered_together() {
    static CROWD: Crowd = Crowd::new();
    let picture = photo_webp(400, 300, 1);
    let memory = needed(&picture) * 2;
    let engine = engine(memory, PATIENCE).with_core(|picture| {
        CROWD.visit(2);
        picture.render()
    });
    render_all(&engine, &picture, 2).await;
    assert_eq!(CROWD.most.load(SeqCst), 2);
}

#[tokio::test]
async fn as_many_pictures_are_rendered_at_once_as_there_are_vcpus() {
    static CROWD: Crowd = Crowd::new();
    let vcpus = || std::thread::available_parallelism().unwrap().get();
    let config = Config::from_lookup(|_| None).unwrap();
    let engine = config.engine().with_core(|picture| {
        CROWD.visit(std::thread::available_parallelism().unwrap().get());
        picture.render()
    });
    render_all(&engine, &photo_jpeg(64, 48, 1), vcpus() + 2).await;
    assert_eq!(CROWD.most.load(SeqCst), vcpus());
}

/// When rendering began and when it ended, in order.
static STEPS: Mutex<Vec<&str>> = Mutex::new(Vec::new());
static MAY_END: AtomicBool = AtomicBool::new(false);

/// Waits for so many steps.
async fn noted(steps: usize) {
    while STEPS.lock().unwrap().len() < steps {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_picture_that_is_given_up_keeps_its_thread_and_its_memory_until_it_ends() {
    let picture = photo_webp(400, 300, 1);
    let limits = Config::from_lookup(|_| None).unwrap().limits;
    let note = |step| STEPS.lock().unwrap().push(step);
    for (threads, memory) in [(1, 512 * MIB), (2, needed(&picture) * 3 / 2)] {
        STEPS.lock().unwrap().clear();
        MAY_END.store(false, SeqCst);
        let engine = Engine::new(limits, threads, MemoryBudget::new(memory), Duration::ZERO);
        let engine = engine.with_core(|picture| {
            STEPS.lock().unwrap().push("begins");
            while !MAY_END.load(SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            STEPS.lock().unwrap().push("ends");
            picture.render()
        });
        let given_up = engine.render(picture.clone(), &recipe()).await;
        noted(1).await;
        let release = async {
            tokio::time::sleep(GRACE).await;
            note("may end");
            MAY_END.store(true, SeqCst);
        };
        let recipe = recipe();
        let next = engine.render(picture.clone(), &recipe);
        let (next, ()) = futures_util::future::join(next, release).await;
        for ended in [given_up, next] {
            assert!(matches!(ended, Err(RenderError::TooSlow { .. })), "{ended:?}");
        }
        noted(5).await;
        let steps = STEPS.lock().unwrap().clone();
        assert_eq!(steps, ["begins", "may end", "ends", "begins", "ends"], "{threads} threads");
    }
}

#[tokio::test]
async fn rendering_that_takes_too_long_is_given_up() {
    let error = engine(512 * MIB, Duration::ZERO)
        .render(photo_jpeg(2000, 1500, 1), &recipe())
        .await
        .unwrap_err();
    assert!(matches!(error, RenderError::TooSlow { limit: Duration::ZERO }), "{error:?}");
}
