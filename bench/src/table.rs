//! The table that is printed.

use std::fmt::Write as _;
use std::time::Duration;

/// A line: what was measured, beside what, and the bar that it has to meet.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) rate: Option<f64>,
    pub(crate) measured: String,
    pub(crate) beside: String,
    pub(crate) difference: String,
    pub(crate) bar: String,
    pub(crate) passes: Option<bool>,
}

/// The rows as one markdown table.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | per second | measured | beside | difference | bar | |\n|---|---:|---:|---:|---:|---:|---|\n",
    );
    for row in rows {
        let rate = row.rate.map(|rate| format!("{rate:.0}")).unwrap_or_default();
        let mark = row.passes.map_or("", |passes| if passes { "pass" } else { "FAIL" });
        let Row { what, measured, beside, difference, bar, .. } = row;
        let _ = writeln!(text, "| {what} | {rate} | {measured} | {beside} | {difference} | {bar} | {mark} |");
    }
    text
}

/// The middle of the values; of an even number, the upper one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Half the range of the middle half of the values.
pub(crate) fn half_spread(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let quarter = values.len() / 4;
    let middle = values.get(quarter..values.len() - quarter).unwrap_or_default();
    middle.first().zip(middle.last()).map_or(f64::NAN, |(least, most)| (most - least) / 2.0)
}

/// In milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
