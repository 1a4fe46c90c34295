//! A complaint's term in words, as desk and console show it.

use maud::{Markup, html};

use crate::desk::port::Term;
use crate::words::day;

/// How it stands.
pub(crate) fn state(term: &Term) -> Markup {
    let late = term.is_late();
    html! {
        @match &term.answered {
            _ if term.is_withdrawn => span.life { "retirada" },
            Some(on) if late => strong.warn { "respondida fora do prazo, a " (day(on)) },
            Some(on) => span.life { "respondida a " (day(on)) },
            None if late => strong.warn { "em atraso" @if term.days_left < 0 { ": " (gone(-term.days_left)) } },
            None => span.life { (left(term.days_left)) },
        }
    }
}

fn left(days: i64) -> String {
    match days {
        0 => "acaba hoje".to_owned(),
        1 => "falta 1 dia útil".to_owned(),
        n => format!("faltam {n} dias úteis"),
    }
}

fn gone(days: i64) -> String {
    match days {
        1 => "passou 1 dia útil".to_owned(),
        n => format!("passaram {n} dias úteis"),
    }
}
