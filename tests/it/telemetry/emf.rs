//! CloudWatch's side of the embedded metric format: checks whether a line follows its
//! specification, and adds up its values as CloudWatch would (Amazon CloudWatch User Guide,
//! "Specification: Embedded metric format").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const UNITS: [&str; 3] = ["Count", "Bytes", "Milliseconds"];

/// What lines add up to.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// By metric, of lines whose only dimension is the function.
    pub(super) all: BTreeMap<String, f64>,
    /// How many values those are the sums of.
    pub(super) values: BTreeMap<String, usize>,
    /// By metric and reason, of the others.
    pub(super) reasons: BTreeMap<(String, String), f64>,
}

impl Sums {
    /// Checks `lines` and adds them up.
    pub(super) fn of(lines: &[Value]) -> Self {
        let mut sums = Self::default();
        for line in lines {
            sums.add(line);
        }
        assert!(sums.all.contains_key("Faults"), "there is always one to tell from no data");
        sums
    }

    fn add(&mut self, line: &Value) {
        assert!(line.to_string().len() < 1024 * 1024);
        let milliseconds = line["_aws"]["Timestamp"].as_u64().expect("a time in milliseconds");
        assert!((1_700_000_000_000..10_000_000_000_000).contains(&milliseconds), "{milliseconds}");
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert!(!directives.is_empty());
        for directive in directives {
            assert_eq!(directive["Namespace"], "S3Thumbnailer");
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            let names: BTreeSet<&str> = metrics.iter().filter_map(|m| m["Name"].as_str()).collect();
            assert_eq!(names.len(), metrics.len(), "each is named once");
            for set in directive["Dimensions"].as_array().unwrap() {
                let set: Vec<&str> =
                    set.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
                assert!(set.len() <= 30, "{set:?}");
                for dimension in &set {
                    let value = line[dimension].as_str().expect(dimension);
                    assert!((1..=1024).contains(&value.len()), "{dimension}={value}");
                }
                for metric in metrics {
                    self.metric(line, &set, metric);
                }
            }
        }
    }

    fn metric(&mut self, line: &Value, dimensions: &[&str], metric: &Value) {
        let name = metric["Name"].as_str().unwrap();
        assert!((1..=1024).contains(&name.len()));
        assert!(UNITS.contains(&metric["Unit"].as_str().unwrap()), "{metric}");
        let values: Vec<f64> = match &line[name] {
            Value::Array(several) => several.iter().map(|value| value.as_f64().unwrap()).collect(),
            one => vec![one.as_f64().unwrap_or_else(|| panic!("{name} is no number in {line}"))],
        };
        assert!((1..=100).contains(&values.len()), "{name} has {} values", values.len());
        assert!(values.iter().all(|value| *value >= 0.0), "{name}: {values:?}");
        let sum: f64 = values.iter().sum();
        match dimensions {
            ["FunctionName"] => {
                *self.all.entry(name.to_owned()).or_default() += sum;
                *self.values.entry(name.to_owned()).or_default() += values.len();
            }
            ["FunctionName", "Reason"] => {
                let reason = line["Reason"].as_str().unwrap().to_owned();
                *self.reasons.entry((name.to_owned(), reason)).or_default() += sum;
            }
            others => panic!("{name} has the dimensions {others:?}"),
        }
    }
}
