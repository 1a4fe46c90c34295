//! A complaint's term in words, as desk and console show it.

use maud::{Markup, html};

use crate::desk::alert;
use crate::desk::port::{ComplaintView, MAX_CASE_CHARS, MAX_REPLY_CHARS, ReplyView, Term};
use crate::gate::Posted;
use crate::moment::Moment;
use crate::words::{day, time};

/// What was typed and could not be kept.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) on: String,
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) problem: String,
}

impl Retry {
    /// What was posted.
    pub(crate) fn of(posted: &Posted) -> Self {
        Self {
            on: posted.get("dia").to_owned(),
            from: posted.get("quem").to_owned(),
            text: posted.get("texto").to_owned(),
            problem: String::new(),
        }
    }
}

/// The answers as they were written down, whoever did.
pub(crate) fn replies(all: &[ReplyView], now: Moment) -> Markup {
    html! {
        @for reply in all {
            blockquote.note {
                p { strong { (reply.from) } ", " (day(&reply.on)) }
                p.said { (reply.text) }
                footer.detail { @if reply.is_of_hub { "Respondido pela central: " } @else { "Escrito por " } (reply.by.who) ", " (time::at(reply.by.at, now)) }
            }
        }
    }
}

/// Where an answer is written down.
pub(crate) fn reply_form(to: &str, guard: &Markup, view: &ComplaintView, retry: &Retry) -> Markup {
    let wrong = (!retry.problem.is_empty()).then_some("erro");
    html! {
        section.panel aria-labelledby="t-responder" {
            h2 #t-responder { @if view.replies.is_empty() { "Escrever a resposta" } @else { "Escrever outra resposta" } }
            form method="post" action=(to) data-once {
                (guard)
                (alert(&retry.problem))
                div.field {
                    label for="quem" { "Quem respondeu" }
                    p.hint #quem-ajuda { "A entidade, e a pessoa se vier assinada." }
                    input.w-full #quem name="quem" value=(retry.from) maxlength=(MAX_CASE_CHARS) autocomplete="off" required aria-describedby="quem-ajuda" aria-errormessage=[wrong];
                }
                div.field {
                    label for="dia" { "Dia da resposta" }
                    p.hint #dia-ajuda { "O que está na carta, ou o dia em que responderam." }
                    input #dia type="date" name="dia" value=(retry.on) min=(view.recorded_on) required aria-describedby="dia-ajuda" aria-errormessage=[wrong];
                }
                div.field {
                    label for="texto" { "O que responderam" }
                    p.hint #texto-ajuda { "Fica na história do pedido e não se apaga." }
                    textarea #texto name="texto" rows="6" maxlength=(MAX_REPLY_CHARS) required aria-describedby="texto-ajuda" aria-errormessage=[wrong] { (retry.text) }
                }
                button.primary type="submit" { "Guardar a resposta" }
            }
        }
    }
}

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
