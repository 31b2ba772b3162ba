//! A histogram of durations.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Longer durations count as this: a minute.
const LONGEST_MICROS: u64 = 60_000_000;

/// Microseconds, to three digits.
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Times {
        Times(Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("three digits"))
    }
}

impl Times {
    pub fn note(&mut self, micros: u64) {
        self.0.saturating_record(micros.max(1));
    }

    pub fn add(&mut self, other: &Times) {
        self.0.add(&other.0).expect("the same digits");
    }

    pub fn len(&self) -> u64 {
        self.0.len()
    }

    pub fn at(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    pub fn describe(&self) -> Value {
        json!({ "p50_us": self.at(0.5), "p95_us": self.at(0.95), "p99_us": self.at(0.99), "max_us": self.0.max() })
    }
}

/// Merges two objects.
pub fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}
