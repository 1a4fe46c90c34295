//! The small picture, on the desk, of what the citizen sees.

use maud::{Markup, html};
use vereda_sync::record::voice;

use crate::desk::port::{Form, ScreenLink};
use crate::words;

/// The picture as a fragment; the live event `screen` sends the same.
pub(crate) fn mirror(form: &Form, screen: ScreenLink, guard: &Markup) -> Markup {
    let (number, steps) = place(form);
    html! {
        h2 #t-espelho { "O que o cidadão vê" }
        @match screen {
            ScreenLink::None => p.detail { "Nenhum ecrã emparelhado. " a href="/ecra" { "Emparelhar um ecrã" } },
            ScreenLink::Away => p.problem { "O ecrã do cidadão está desligado. Veja o cabo ou o tablet." },
            ScreenLink::Following => {}
        }
        @if form.citizen_writes || screen == ScreenLink::Following {
            form.writes method="post" action="/ecra/escrever" {
                (guard)
                input type="hidden" name="formulario" value=(form.id);
                input type="hidden" name="passo" value=(form.step.id);
                @if form.citizen_writes {
                    p { "O cidadão escreve este passo no ecrã dele. Aparece aqui à medida que escreve." }
                    button type="submit" name="escrever" value="nao" { "Voltar a escrever eu" }
                } @else {
                    button type="submit" name="escrever" value="sim" { "Deixar o cidadão escrever" }
                }
            }
        }
        div.mirror.(if screen == ScreenLink::Following { "live" } else { "dark" }) {
            p.mirror-step { "Passo " (number) " de " (steps) ": " (form.step.title.pt()) }
            p.mirror-title { (form.title.pt()) }
            dl {
                // What voice notes say is the mediator's to type, and stands on no screen of the citizen's.
                @for field in form.fields.iter().filter(|f| f.shown && voice::of_field(&f.field.id).is_none()) {
                    @let value = words::typed(&field.field, &field.value, "pt");
                    div {
                        dt { (field.field.label.pt()) }
                        dd { @if field.hidden { "••••••" } @else if field.field.kind.is_masked() { (words::masked(&value)) } @else { (value) } }
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
