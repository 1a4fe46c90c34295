//! The confirmation: everything that was answered, and two buttons.

use maud::{Markup, html};
use vereda_sync::catalogue::Kind;

use crate::citizen::following::reveal;
use crate::citizen::page::{Region, both, said, with_portuguese};
use crate::citizen::port::{Confirm, Screen};
use crate::citizen::value;
use crate::layout;
use crate::texts::Texts;

pub(crate) fn regions(t: Texts, screen: &Screen, confirm: &Confirm, guard: &str) -> Vec<Region> {
    vec![
        Region::new(
            "pergunta",
            html! {
                p.label { bdi { (confirm.citizen) } " · " (said(t, &confirm.service.title)) }
                h1 { (both(t, "confirm-title")) }
                p.lead { (t.say("confirm-explained")) }
            },
        ),
        // Before the answers: what can be shown must not lie below the fold.
        Region::new("numeros", reveal(t, screen.revealed, guard)),
        Region::new("respostas", answers(t, screen, confirm)),
        Region::new("resposta", buttons(t, confirm, guard)),
    ]
}

fn answers(t: Texts, screen: &Screen, confirm: &Confirm) -> Markup {
    html! {
        @for step in &confirm.steps {
            h2 { (with_portuguese(t, &step.title)) }
            dl.given {
                @for (field, answer, attachments) in &step.answers {
                    div {
                        dt { (with_portuguese(t, &field.label)) }
                        dd {
                            @if field.kind == Kind::Photos {
                                @if attachments.is_empty() { (t.say("not-given")) }
                                @else { (t.say_of("photographs", "count", attachments.len())) }
                            } @else if let Some(answer) = answer {
                                (value::answered(t, field, &answer.value, screen.revealed))
                            } @else { (t.say("not-given")) }
                        }
                    }
                }
            }
        }
        dl.given.total { div { dt { (both(t, "how-final")) } dd { (t.say(if screen.offline { "final-offline" } else { "final-online" })) } }
        }
    }
}

fn buttons(t: Texts, confirm: &Confirm, guard: &str) -> Markup {
    html! {
        // Beside the buttons, and still there after: nobody agrees to a cost that they did not see.
        p.cost { (both(t, "cost")) " " strong { bdi { (t.fee(confirm.fee_cents)) } } }
        @match confirm.answered {
            Some(true) => p.answered role="status" { (both(t, "confirmed")) },
            Some(false) => p.answered role="status" { (both(t, "correcting")) },
            None => form.two-buttons method="post" action="/cidadao/resposta" {
                (layout::guard(guard))
                input type="hidden" name="pedido" value=(confirm.request);
                input type="hidden" name="visto" value=(confirm.shown);
                button.right type="submit" name="resposta" value="certo" { (both(t, "confirm-right")) }
                button.wrong type="submit" name="resposta" value="corrigir" { (both(t, "confirm-wrong")) }
            },
        }
    }
}
