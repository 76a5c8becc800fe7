//! The engine: panics, memory and time, on real pictures.

use std::sync::Arc;
use std::time::Duration;

use pictures::{photo_jpeg, photo_webp};
use s3_thumbnailer::config::{Config, LogSettings};
use s3_thumbnailer::engine::{Engine, RenderError, Renderer as _};
use s3_thumbnailer::memory_budget::{BudgetError, MemoryBudget};
use s3_thumbnailer::telemetry;
use serde_json::Value;
use thumbnail::{Output, Recipe, render};
use tokio::process::Command;
use tracing::Instrument as _;

const MIB: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_mins(1);

fn engine(memory: u64, patience: Duration) -> Engine {
    let config = Config::from_lookup(|_| None).unwrap();
    Engine::new(config.limits, 2, MemoryBudget::new(memory), patience)
}

fn recipe() -> Arc<Recipe> {
    Arc::new(Recipe { outputs: vec![Output::default()], placeholders: false })
}

#[tokio::test]
async fn a_decoder_that_panics_is_an_error_and_the_next_picture_is_rendered() {
    // No decoder is known to panic, but the next version of one may.
    let engine = engine(512 * MIB, PATIENCE).with_core(|source, recipe, limits| {
        assert!(!source.ends_with(b"PANIC"), "as asked");
        render(source, recipe, limits)
    });
    let picture = [photo_jpeg(64, 48, 1), b"PANIC".to_vec()].concat();
    let error = engine.render(picture, &recipe()).await.unwrap_err();
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
        let engine = engine(512 * MIB, PATIENCE).with_core(|_, _, _| panic!("as asked"));
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

#[tokio::test]
async fn pictures_that_do_not_fit_together_are_all_rendered_one_after_another() {
    let picture = photo_webp(2000, 1500, 1);
    let engine = engine(40 * MIB, PATIENCE);
    let recipe = recipe();
    let all = (0..6).map(|_| engine.render(picture.clone(), &recipe));
    let rendered = futures_util::future::join_all(all).await;
    assert!(rendered.iter().all(Result::is_ok), "{rendered:?}");
}

#[tokio::test]
async fn rendering_that_takes_too_long_is_given_up() {
    let error = engine(512 * MIB, Duration::ZERO)
        .render(photo_jpeg(2000, 1500, 1), &recipe())
        .await
        .unwrap_err();
    assert!(matches!(error, RenderError::TooSlow { limit: Duration::ZERO }), "{error:?}");
}
