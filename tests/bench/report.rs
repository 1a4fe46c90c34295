//! What was measured: a table for people, a file for programs.

use serde::Serialize;
use vereda_tests::folder;

/// One measured thing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// What.
    pub(crate) what: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// The peer or limit, measured in the same run, in the same unit.
    pub(crate) floor: Option<f64>,
    /// The value by the floor.
    pub(crate) ratio: Option<f64>,
    /// What it should be, in words.
    pub(crate) target: Option<String>,
    /// Whether it is.
    pub(crate) met: Option<bool>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            value,
            unit,
            floor: None,
            ratio: None,
            target: None,
            met: None,
        }
    }

    /// Against a floor.
    pub(crate) fn over(self, floor: f64) -> Self {
        let ratio = self.value / floor;
        self.over_by(floor, ratio)
    }

    /// Against a floor, with a ratio that was taken pair by pair.
    pub(crate) fn over_by(self, floor: f64, ratio: f64) -> Self {
        Self {
            floor: Some(floor),
            ratio: Some(ratio),
            ..self
        }
    }

    /// The value should not be more than this.
    pub(crate) fn at_most(self, most: f64) -> Self {
        Self {
            target: Some(format!("≤ {most} {}", self.unit)),
            met: Some(self.value <= most),
            ..self
        }
    }

    /// The value should not be less than this.
    pub(crate) fn at_least(self, least: f64) -> Self {
        Self {
            target: Some(format!("≥ {least} {}", self.unit)),
            met: Some(self.value >= least),
            ..self
        }
    }

    /// The ratio should not be more than this.
    pub(crate) fn at_most_times(self, most: f64) -> Self {
        Self {
            target: Some(format!("≤ {most} × floor")),
            met: self.ratio.map(|ratio| ratio <= most),
            ..self
        }
    }
}

/// Prints the table and writes the file.
pub(crate) fn publish(name: &str, rows: &[Row]) -> anyhow::Result<()> {
    let widest = rows.iter().map(|r| r.what.chars().count()).max();
    let widest = widest.unwrap_or(0);
    println!(
        "  {:widest$} {:>11} {:7} {:>11} {:>7}  target",
        "", "value", "", "floor", "ratio"
    );
    for row in rows {
        let target = match (&row.target, row.met) {
            (Some(target), Some(true)) => format!("{target}  met"),
            (Some(target), _) => format!("{target}  MISSED"),
            (None, _) => String::new(),
        };
        let line = format!(
            "  {:widest$} {:>11} {:7} {:>11} {:>7}  {target}",
            row.what,
            shown(row.value),
            row.unit,
            row.floor.map_or_else(String::new, shown),
            row.ratio.map_or_else(String::new, |r| format!("{r:.2}")),
        );
        println!("{}", line.trim_end());
    }
    let folder = folder::target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, serde_json::to_string_pretty(rows)? + "\n")?;
    Ok(())
}

/// Three or more digits that count.
fn shown(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 || v.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
