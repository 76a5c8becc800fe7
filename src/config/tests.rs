//! Tests of the settings: what is set where nothing is, and what is refused.

use super::*;
use crate::object::{ObjectRef, Role};
use crate::reconcile::OnSourceDeleted;

fn config(set: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(|name| {
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

fn outputs(config: &Config) -> &[Output] {
    &config.policy.rules[0].recipe.outputs
}

#[test]
fn rules_take_the_place_of_the_simple_variables() {
    let rules = ("THUMBNAIL_RULES", r#"[{"outputs": {"a": {"width": 9, "height": 9}}}]"#);
    let config = config(&[("THUMBNAIL_SIZES", "b=64x64"), rules]).unwrap();
    assert_eq!(outputs(&config), [Output::inside(9, 9)]);
    assert_eq!(config.policy.rules[0].names, ["a"]);
}

#[test]
fn rules_by_which_thumbnails_could_share_a_key_are_refused_at_start() {
    let outputs = r#"[{"outputs": {"a": {}, "b": {}}, "key": "{path}"}]"#;
    let error = config(&[("THUMBNAIL_RULES", outputs)]).unwrap_err();
    assert_eq!(error.problems[0].variable, "THUMBNAIL_RULES");
    assert!(error.to_string().contains("the same key"), "{error}");
}

#[test]
fn former_rules_are_rules_and_only_their_places_matter() {
    let former = r#"[{"outputs": {"large": {}}, "key": "{size}/{path}"}]"#;
    let config_with = |former| config(&[("THUMBNAIL_SIZES", "64x64"), ("FORMER_RULES", former)]);
    let config_now = config_with(former).unwrap();
    assert_eq!(config_now.policy.rules, config_with("").unwrap().policy.rules);
    let places = |config: &Config| {
        config.policy.layout.former_places(&ObjectRef::new("pictures", "images/a.jpg"))
    };
    // The present rule makes `{path}`, and so the thumbnail of large/a.jpg.
    assert_eq!(places(&config_now), []);
    let renamed = config(&[("THUMBNAIL_SIZES", "s=9x9,m=99x99"), ("FORMER_RULES", former)]);
    assert_eq!(places(&renamed.unwrap()), [ObjectRef::new("pictures", "thumbnails/large/a.jpg")]);
    let error = config_with(r#"[{"outputs": {}}]"#).unwrap_err();
    assert_eq!(error.problems[0].variable, "FORMER_RULES");
    assert!(error.to_string().contains("[0].outputs"), "{error}");
}

#[test]
fn an_empty_environment_is_a_whole_configuration() {
    let config = config(&[]).unwrap();
    assert_eq!(outputs(&config), [Output::default()]);
    assert_eq!(config.limits.max_pixels, 100_000_000);
    assert_eq!(config.policy.max_source_bytes, 100 * 1024 * 1024);
    assert_eq!(config.policy.on_source_deleted, OnSourceDeleted::Delete);
    assert_eq!(config.concurrency.get(), 10);
}

#[test]
fn an_empty_value_is_an_unset_one() {
    let all: Vec<_> = VARIABLES.iter().map(|variable| (variable.name, "")).collect();
    assert_eq!(config(&all).unwrap().policy.cache_control, "public, max-age=3600");
}

#[test]
fn every_default_is_a_value_that_may_be_given() {
    let all: Vec<_> = VARIABLES.iter().map(|v| (v.name, v.default)).collect();
    assert_eq!(config(&all).unwrap().policy.rules, config(&[]).unwrap().policy.rules);
    assert_eq!(all.len(), 19);
}

#[test]
fn several_sizes_are_told_apart_by_name() {
    let several = config(&[("THUMBNAIL_SIZES", "small=160x160, large=1280x720")]).unwrap();
    assert_eq!(outputs(&several), [Output::inside(160, 160), Output::inside(1280, 720)]);
    let source = ObjectRef::new("pictures", "images/a.jpg");
    let thumbnails = ["small", "large"]
        .map(|name| ObjectRef::new("pictures", format!("thumbnails/{name}/a.jpg")));
    let expected = Role::Source { rule: 0, thumbnails: thumbnails.into(), manifest: None };
    assert_eq!(several.policy.layout.role(&source), expected);
    let one = config(&[("THUMBNAIL_SIZES", "tiny=1x16383")]).unwrap();
    assert_eq!(outputs(&one), [Output::inside(1, 16_383)]);
}

#[test]
fn values_of_another_form_are_refused() {
    let cases = [
        ("THUMBNAIL_SIZES", "256"),
        ("THUMBNAIL_SIZES", "0x256"),
        ("THUMBNAIL_SIZES", "256x16384"),
        ("THUMBNAIL_SIZES", "256x256,512x512"),
        ("THUMBNAIL_SIZES", "a=256x256,512x512"),
        ("THUMBNAIL_SIZES", "a=256x256,a=512x512"),
        ("THUMBNAIL_SIZES", "a/b=256x256"),
        ("THUMBNAIL_SIZES", "=256x256"),
        ("THUMBNAIL_FORMAT", "JPG"),
        ("JPEG_QUALITY", "0"),
        ("JPEG_QUALITY", "101"),
        ("WEBP_QUALITY", "-1"),
        ("WEBP_QUALITY", "eighty"),
        ("SOURCE_PREFIX", "images"),
        ("SOURCE_PREFIX", "/"),
        ("THUMBNAIL_PREFIX", "/thumbnails/"),
        ("SOURCE_BUCKET", "No_Such"),
        ("THUMBNAIL_BUCKET", "ab"),
        ("CACHE_CONTROL", "max-age=1\r\nX-Evil: 1"),
        ("ON_SOURCE_DELETED", "yes"),
        ("MAX_SOURCE_BYTES", "0"),
        ("MAX_SOURCE_BYTES", "5368709121"),
        ("MAX_PIXELS", "1e8"),
        ("CONCURRENCY", "0"),
        ("CONCURRENCY", "1001"),
        ("METRICS", "EMF"),
    ];
    for (name, value) in cases {
        let ConfigError { problems } = config(&[(name, value)]).unwrap_err();
        let named: Vec<_> =
            problems.iter().map(|problem| (problem.variable, problem.value.as_str())).collect();
        assert_eq!(named, [(name, value)]);
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    let error = config(&[("JPEG_QUALITY", "0"), ("MAX_PIXELS", "x"), ("CONCURRENCY", "0")]);
    let named: Vec<_> =
        error.unwrap_err().problems.iter().map(|problem| problem.variable).collect();
    assert_eq!(named, ["JPEG_QUALITY", "MAX_PIXELS", "CONCURRENCY"]);
}

#[test]
fn an_output_under_its_own_input_is_refused_at_start() {
    let inside = ("THUMBNAIL_PREFIX", "images/thumbnails/");
    let message = config(&[inside]).unwrap_err().to_string();
    assert!(message.contains("THUMBNAIL_PREFIX=\"images/thumbnails/\""), "{message}");
    assert!(message.contains("overlap"), "{message}");
    // The same bucket under its own name is the same bucket.
    let same = [inside, ("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "pictures")];
    assert!(config(&same).is_err());
    let other = [inside, ("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "thumbs")];
    assert!(config(&other).is_ok());
}

#[test]
fn metrics_are_written_on_lambda_and_elsewhere_when_asked_for() {
    let function = ("AWS_LAMBDA_FUNCTION_NAME", "thumbs");
    let cases: [(&[_], _); 5] = [
        (&[], None),
        (&[("METRICS", "emf")], Some("worker")),
        (&[function], Some("thumbs")),
        (&[function, ("METRICS", "emf")], Some("thumbs")),
        (&[function, ("METRICS", "off")], None),
    ];
    for (set, expected) in cases {
        let metrics = config(set).unwrap().metrics;
        assert_eq!(metrics.as_ref().map(|metrics| metrics.function_name.as_str()), expected);
    }
}

#[test]
fn spans_are_exported_unless_opentelemetrys_own_variables_say_otherwise() {
    let usual = config(&[]).unwrap().traces.unwrap();
    assert_eq!((usual.service_name.as_str(), usual.timeout.as_secs()), ("worker", 10));
    let short = config(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]).unwrap().traces.unwrap();
    assert_eq!(short.timeout, Duration::from_millis(500));
    for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
        assert_eq!(config(&[off]).unwrap().traces, None);
    }
    assert!(config(&[("OTEL_SDK_DISABLED", "false")]).unwrap().traces.is_some());
}

#[test]
fn buckets_stand_in_the_path_only_at_an_address_of_the_users_own() {
    assert!(!config(&[]).unwrap().custom_endpoint);
    let endpoint = ("AWS_ENDPOINT_URL", "http://minio:9000");
    assert!(config(&[endpoint]).unwrap().custom_endpoint);
}
