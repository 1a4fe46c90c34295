//! The small picture, on the desk, of what the citizen sees.

use maud::{Markup, html};

use crate::desk::port::{Form, ScreenLink};
use crate::words;

/// The picture as a fragment; the live event `screen` sends the same.
pub(crate) fn mirror(form: &Form, screen: ScreenLink) -> Markup {
    let (number, steps) = place(form);
    html! {
        h2 #t-espelho { "O que o cidadão vê" }
        @match screen {
            ScreenLink::None => p.detail { "Nenhum ecrã emparelhado. " a href="/ecra" { "Emparelhar um ecrã" } },
            ScreenLink::Away => p.problem { "O ecrã do cidadão está desligado. Veja o cabo ou o tablet." },
            ScreenLink::Following => {}
        }
        div.mirror.(if screen == ScreenLink::Following { "live" } else { "dark" }) {
            p.mirror-step { "Passo " (number) " de " (steps) ": " (form.step.title.pt()) }
            p.mirror-title { (form.title.pt()) }
            dl {
                @for field in form.fields.iter().filter(|f| f.shown) {
                    @let value = words::typed(&field.field, &field.value, "pt");
                    div {
                        dt { (field.field.label.pt()) }
                        dd { @if field.field.kind.is_masked() { (words::masked(&value)) } @else { (value) } }
                    }
                }
            }
        }
    }
}

/// Number of the step shown, from 1, and how many there are.
pub(crate) fn place(form: &Form) -> (usize, usize) {
    let number = form
        .steps
        .iter()
        .position(|s| s.current)
        .map_or(1, |i| i + 1);
    (number, form.steps.len())
}
