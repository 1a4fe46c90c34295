//! The confirmation: everything that was answered, and two buttons.

use maud::{Markup, html};
use vereda_sync::catalogue::{Kind, Offline};
use vereda_sync::record::consent::MAX_NAME_CHARS;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::outcome::{NOBODY, OUTCOME};
use vereda_sync::record::signature::{HEIGHT, WIDTH};

use crate::citizen::following::reveal;
use crate::citizen::page::{
    Region, appointment, both, cost, identity_owed, papers_owed, said, with_portuguese,
};
use crate::citizen::port::{Confirm, Screen};
use crate::citizen::value;
use crate::desk::papers::owed;
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
        Region::new("assinatura", signature(t, confirm)),
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
                                // Voice notes are played at the desk only.
                                @let photographs = attachments.iter().filter(|a| a.spoken.is_none()).count();
                                @if photographs == 0 { (t.say("not-given")) }
                                @else { (t.say_of("photographs", "count", photographs)) }
                            } @else if let Some(answer) = answer {
                                (value::answered(t, field, &answer.value, screen.revealed))
                            } @else { (t.say("not-given")) }
                        }
                    }
                }
            }
        }
        dl.given.total { div { dt { (both(t, "how-final")) } dd { (t.say(how_final(screen))) } }
            @if confirm.hour != Reserved::No {
                div { dt { (both(t, "appointment")) } dd { (appointment(t, &confirm.hour)) } }
            }
            @if confirm.steps.iter().all(|s| s.id != OUTCOME.id) {
                div { dt { (with_portuguese(t, &OUTCOME.title)) } dd { (with_portuguese(t, &NOBODY)) } }
            }
            @if owed(&confirm.papers).next().is_some() {
                div { dt { (both(t, "papers-owed")) } dd { (papers_owed(t, &confirm.papers)) } }
            }
            @if let Some(until) = identity_owed(t, confirm.identity.as_ref()) {
                div { dt { (both(t, "identity-owed")) } dd { (until) } }
            }
            @if confirm.service.offline == Offline::Prepared {
                div { dt { (both(t, "remains")) } dd { (with_portuguese(t, &confirm.service.remains)) } }
            }
            @if !confirm.service.privacy_notice().get(t.lang()).is_empty() {
                div { dt { (both(t, "privacy")) } dd { (with_portuguese(t, confirm.service.privacy_notice())) } }
            }
        }
    }
}

/// What becomes of it once it is confirmed.
fn how_final(screen: &Screen) -> &'static str {
    match (screen.training, screen.offline) {
        (true, _) => "life-training",
        (false, true) => "final-offline",
        (false, false) => "final-online",
    }
}

/// Where it is signed: by hand, or by the name typed, which needs no pointer and no script.
fn signature(t: Texts, confirm: &Confirm) -> Markup {
    if confirm.service.signature.is_none() || confirm.answered == Some(true) {
        return html! {};
    }
    html! {
        section.sign aria-labelledby="t-assinar" {
            h2 #t-assinar { (both(t, "sign-title")) }
            p { (t.say("sign-explained")) }
            @if confirm.unsigned { p.problem role="alert" { (both(t, "sign-missing")) } }
            div.pad data-sign="assinatura" dir="ltr" hidden {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(t.say("sign-title")) {
                    line x1="60" y1="240" x2="940" y2="240" {}
                    path d="" {}
                }
                button type="button" data-sign-again { (t.say("sign-again")) }
            }
            input type="hidden" name="assinatura" form="confirmar" data-strokes;
            p.by-name {
                label for="assina-nome" { (both(t, "sign-name")) }
                input #assina-nome type="text" name="nome" form="confirmar" autocomplete="off" spellcheck="false" maxlength=(MAX_NAME_CHARS);
            }
        }
    }
}

fn buttons(t: Texts, confirm: &Confirm, guard: &str) -> Markup {
    html! {
        // Beside the buttons, and still there after: nobody agrees to a cost that they did not see.
        p.cost { (both(t, "cost")) " " strong { (cost(t, confirm.fee_cents, confirm.exempt.as_ref())) } }
        @match confirm.answered {
            Some(true) => p.answered role="status" { (both(t, "confirmed")) },
            Some(false) => p.answered role="status" { (both(t, "correcting")) },
            None => form.two-buttons #confirmar method="post" action="/cidadao/resposta" {
                (layout::guard(guard))
                input type="hidden" name="pedido" value=(confirm.request);
                input type="hidden" name="visto" value=(confirm.shown);
                button.right type="submit" name="resposta" value="certo" {
                    (both(t, if confirm.service.signature.is_some() { "confirm-sign" } else { "confirm-right" }))
                }
                button.wrong type="submit" name="resposta" value="corrigir" { (both(t, "confirm-wrong")) }
            },
        }
    }
}
