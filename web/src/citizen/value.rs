//! Values as the citizen reads them.

use maud::{Markup, html};
use vereda_sync::catalogue::{Field, Kind};

use crate::texts::Texts;
use crate::words;

/// A draft value as it is typed; numbers masked unless revealed.
pub(crate) fn typed(t: Texts, field: &Field, value: &str, revealed: bool) -> Markup {
    marked(
        t,
        field,
        value,
        &hidden(field, words::typed(field, value, t.lang()), revealed),
    )
}

/// A canonical value; numbers masked unless revealed.
pub(crate) fn answered(t: Texts, field: &Field, value: &str, revealed: bool) -> Markup {
    marked(
        t,
        field,
        value,
        &hidden(field, words::shown(field, value, t.lang()), revealed),
    )
}

fn hidden(field: &Field, read: String, revealed: bool) -> String {
    if field.kind.is_masked() && !revealed {
        words::masked(&read)
    } else {
        read
    }
}

/// Apart from the text around it: a number or a Latin name keeps its own direction within
/// Arabic. An option that has no translation is read aloud as the Portuguese that it is.
fn marked(t: Texts, field: &Field, value: &str, read: &str) -> Markup {
    let untranslated = matches!(field.kind, Kind::Choice | Kind::Choices)
        && field
            .options
            .iter()
            .any(|o| value.split(' ').any(|id| id == o.id) && !o.label.has(t.lang()));
    // On a screen nobody compares figures: the month in words is not taken for a day.
    let date = (field.kind == Kind::Date).then(|| t.date(value)).flatten();
    let read = date.as_deref().unwrap_or(read);
    html! {
        @if !read.is_empty() { bdi lang=[untranslated.then_some("pt-PT")] { (read) } }
    }
}
