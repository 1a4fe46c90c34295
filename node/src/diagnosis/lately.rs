//! The last lines of the log, kept in memory for whoever looks for a fault: when, how bad, where in the program, and what was
//! said with all values taken out.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::redacted;
use crate::clock;

/// Lines that are kept.
const KEPT: usize = 400;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// The lines, oldest first.
#[must_use]
pub fn lines() -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().cloned().collect()
}

/// Keeps them.
#[derive(Debug)]
pub struct Lately;

struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Fields are values; what is said is the message.
        if field.name() == "message" {
            self.0 = redacted(&format!("{value:?}"));
        }
    }
}

impl<S: Subscriber> Layer<S> for Lately {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said(String::new());
        event.record(&mut said);
        let (level, place) = (event.metadata().level(), event.metadata().target());
        let line = format!("{} {level} {place} {}", clock::wall_ms(), said.0);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}
