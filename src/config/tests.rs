//! Tests of the settings: what is set where nothing is, and what is refused.

use super::*;
use crate::object::{Exclusion, ObjectRef, Role};
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
    assert_eq!(all.len(), 25);
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
fn a_bus_is_named_by_its_name_or_its_arn() {
    assert_eq!(config(&[]).unwrap().event_bus, None);
    let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/pictures/done";
    for bus in ["default", "pictures_2.done-1", arn] {
        assert_eq!(config(&[("EVENT_BUS", bus)]).unwrap().event_bus.as_deref(), Some(bus));
    }
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
        ("WEBP_QUALITY", "eighty"),
        ("SOURCE_PREFIX", "images"),
        ("SOURCE_PREFIX", "//"),
        ("THUMBNAIL_PREFIX", "/thumbnails/"),
        ("SOURCE_BUCKET", "No_Such"),
        ("THUMBNAIL_BUCKET", "ab"),
        ("CACHE_CONTROL", "max-age=1\r\nX-Evil: 1"),
        ("ON_SOURCE_DELETED", "yes"),
        ("MAX_PIXELS", "1e8"),
        ("THUMBNAIL_ENCRYPTION", "aes256"),
        ("THUMBNAIL_KMS_KEY", "alias/one two"),
        ("THUMBNAIL_STORAGE_CLASS", "GLACIER"),
        ("THUMBNAIL_STORAGE_CLASS", "DEEP_ARCHIVE"),
        ("THUMBNAIL_TAGS", "name"),
        ("THUMBNAIL_TAGS", "=value"),
        ("THUMBNAIL_TAGS", "aws:name=value"),
        ("THUMBNAIL_TAGS", "a=1&a=2"),
        ("THUMBNAIL_TAGS", "a=1&%61=2"),
        ("THUMBNAIL_TAGS", "a=%FF"),
        ("THUMBNAIL_TAGS", "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10&k=11"),
        ("THUMBNAIL_TAGS", "a=one two"),
        ("THUMBNAIL_ACL", "public-read-write"),
        ("EVENT_BUS", "pictures bus"),
        ("EVENT_BUS", "arn:aws:sns:eu-west-1:123456789012:topic"),
        ("EVENT_BUS", "arn:aws:sns:eu-west-1:123456789012:event-bus/pictures"),
        ("EVENT_BUS", "arn:aws:events:eu-west-1:123456789012:event-bus/"),
        ("METRICS", "EMF"),
        ("DEAD_LETTER_QUEUE_URL", "images-dead"),
        ("DEAD_LETTER_QUEUE_URL", "https://sqs.example/images dead"),
    ];
    for (name, value) in cases {
        let ConfigError { problems } = config(&[(name, value)]).unwrap_err();
        let named: Vec<_> =
            problems.iter().map(|problem| (problem.variable, problem.value.as_str())).collect();
        assert_eq!(named, [(name, value)]);
    }
}

type Meant = fn(&Config) -> u64;

/// A whole number's variable, its first and its last value, and what is made of a value.
const NUMBERS: [(&str, u64, u64, Meant); 6] = [
    ("JPEG_QUALITY", 1, 100, |config| level(outputs(config)[0].quality.jpeg)),
    ("WEBP_QUALITY", 1, 100, |config| level(outputs(config)[0].quality.webp)),
    ("MAX_SOURCE_BYTES", 1, 5_368_709_120, |config| config.policy.max_source_bytes),
    ("MAX_PIXELS", 1, 4_294_967_296, |config| config.limits.max_pixels),
    ("MAX_RENDER_SECONDS", 1, 900, |config| config.render_timeout.as_secs()),
    ("CONCURRENCY", 1, 1000, |config| config.concurrency.get() as u64),
];

fn level(quality: Quality) -> u64 {
    match quality {
        Quality::Auto => 0,
        Quality::Set(level) => u64::from(level),
    }
}

#[test]
fn a_whole_number_is_taken_from_its_first_value_to_its_last_and_no_further() {
    for (name, first, last, meant) in NUMBERS {
        for value in [first, last] {
            let config = config(&[(name, &value.to_string())]).unwrap();
            assert_eq!(meant(&config), value, "{name}");
        }
        for value in [first - 1, last + 1] {
            let ConfigError { problems } = config(&[(name, &value.to_string())]).unwrap_err();
            let named: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
            assert_eq!(named, [name], "{value}");
            assert!(problems[0].complaint.contains(&format!("{first} to {last}")), "{value}");
        }
    }
    // Each by itself: two numbers that were exchanged would have been told apart.
    let tested: Vec<_> = NUMBERS.iter().map(|(name, ..)| *name).collect();
    let numbers = VARIABLES.iter().filter(|variable| variable.expected.contains("whole number"));
    assert_eq!(numbers.map(|variable| variable.name).collect::<Vec<_>>(), tested);
}

#[test]
fn a_box_is_taken_from_one_pixel_to_the_most_that_every_format_holds() {
    for (size, width, height) in [("1x16383", 1, 16_383), ("16383x1", 16_383, 1)] {
        let config = config(&[("THUMBNAIL_SIZES", size)]).unwrap();
        assert_eq!(outputs(&config), [Output::inside(width, height)]);
    }
    for size in ["0x1", "1x0", "16384x1", "1x16384"] {
        assert!(config(&[("THUMBNAIL_SIZES", size)]).is_err(), "{size}");
    }
}

#[test]
fn thumbnails_are_stored_as_their_buckets_owner_asks() {
    assert_eq!(config(&[]).unwrap().object_settings, ObjectSettings::default());
    let tags = "scan=clean&made%20by=a+b&c=3&d=4&e=5&f=6&g=7&h=8&i=9&empty=";
    let set = config(&[
        ("THUMBNAIL_ENCRYPTION", "aws:kms"),
        ("THUMBNAIL_KMS_KEY", "arn:aws:kms:eu-west-1:123456789012:key/1f2e"),
        ("THUMBNAIL_STORAGE_CLASS", "STANDARD_IA"),
        ("THUMBNAIL_TAGS", tags),
        ("THUMBNAIL_ACL", "bucket-owner-full-control"),
    ]);
    let set = set.unwrap();
    let expected = ObjectSettings {
        encryption: Some("aws:kms"),
        kms_key: Some("arn:aws:kms:eu-west-1:123456789012:key/1f2e".to_owned()),
        storage_class: Some("STANDARD_IA"),
        tags: Some(tags.to_owned()),
        acl: Some("bucket-owner-full-control"),
    };
    assert_eq!(set.object_settings, expected);
    // So the thumbnails that are there stay up to date.
    assert_eq!(set.policy.rules, config(&[]).unwrap().policy.rules);
}

#[test]
fn a_key_is_for_encryption_by_kms_alone() {
    let key = ("THUMBNAIL_KMS_KEY", "1f2e");
    for (encryption, taken) in
        [("aws:kms", true), ("aws:kms:dsse", true), ("AES256", false), ("", false)]
    {
        let config = config(&[key, ("THUMBNAIL_ENCRYPTION", encryption)]);
        assert_eq!(config.is_ok(), taken, "{encryption}");
        if let Err(error) = config {
            assert_eq!(error.problems[0].variable, "THUMBNAIL_KMS_KEY");
        }
    }
    // What is wrong is said once.
    let error = config(&[key, ("THUMBNAIL_ENCRYPTION", "kms")]).unwrap_err();
    assert_eq!(error.problems.len(), 1);
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
fn pictures_anywhere_in_a_bucket_have_their_thumbnails_in_another() {
    let whole = [("SOURCE_PREFIX", "/"), ("THUMBNAIL_PREFIX", "/")];
    let whole = &whole[..];
    let elsewhere = [("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "pictures-resized")];
    // The bucket of the pictures need not be named.
    for elsewhere in [&elsewhere[..], &elsewhere[1..]] {
        let layout = config(&[whole, elsewhere].concat()).unwrap().policy.layout;
        for key in ["a.jpg", "deep/down/a.jpg", "images/a.jpg"] {
            let thumbnails = vec![ObjectRef::new("pictures-resized", key)];
            let expected = Role::Source { rule: 0, thumbnails, manifest: None };
            assert_eq!(layout.role(&ObjectRef::new("pictures", key)), expected);
            let own = layout.role(&ObjectRef::new("pictures-resized", key));
            assert_eq!(own, Role::Excluded(Exclusion::OwnOutput));
        }
    }
}

#[test]
fn pictures_anywhere_in_the_bucket_of_the_thumbnails_are_refused_with_the_way_out() {
    let whole = ("SOURCE_PREFIX", "/");
    let (from, to) = (("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "pictures"));
    let cases: [&[(&str, &str)]; 5] = [
        &[whole],
        &[whole, from],
        &[whole, from, to],
        &[whole, ("THUMBNAIL_PREFIX", "/")],
        // Thumbnails everywhere are as wrong as pictures everywhere.
        &[("THUMBNAIL_PREFIX", "/"), from, to],
    ];
    for set in cases {
        let error = config(set).unwrap_err().to_string();
        assert!(error.contains("bucket of their own (THUMBNAIL_BUCKET)"), "{set:?}: {error}");
    }
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

#[test]
fn lambdas_own_variables_say_how_much_is_logged_and_in_which_form() {
    let settings = |variable: &str, value: &str| {
        LogSettings::from_lookup(|name| (name == variable).then(|| value.to_owned()))
    };
    for (value, level) in [
        ("TRACE", "trace"),
        ("Debug", "debug"),
        ("INFO", "info"),
        ("WARN", "warn"),
        ("ERROR", "error"),
        ("FATAL", "error"),
        ("loud", "info"),
    ] {
        let expected = LogSettings { level, json: true };
        assert_eq!(settings("AWS_LAMBDA_LOG_LEVEL", value), expected, "{value}");
    }
    for (value, json) in [("JSON", true), ("Text", false), ("", true)] {
        let expected = LogSettings { level: "info", json };
        assert_eq!(settings("AWS_LAMBDA_LOG_FORMAT", value), expected, "{value}");
    }
}
