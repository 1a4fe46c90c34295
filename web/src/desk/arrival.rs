//! At the depot: what was brought to the hub, how far it is, and when the machine may be turned off.

use maud::{Markup, html};

use crate::desk::frame::Frame;
use crate::desk::port::{Arrival, Link, Today};
use crate::words::{count, time};

pub(crate) fn panel(frame: &Frame, today: &Today) -> Markup {
    html! {
        div #na-central data-region="record messages strip" aria-live="polite" {
            @if let Some(arrival) = today.arrival.as_ref().filter(|it| !is_past(frame, it)) { (arrived(frame, today, arrival)) }
        }
    }
}

fn is_away(frame: &Frame) -> bool {
    matches!(frame.strip.link, Link::Down { .. } | Link::Refused(_))
}

/// All of it was proven, and the spot has left since.
fn is_past(frame: &Frame, it: &Arrival) -> bool {
    is_away(frame) && it.proven.is_some_and(|at| at.unix_ms >= it.since.unix_ms)
}

fn arrived(frame: &Frame, today: &Today, it: &Arrival) -> Markup {
    let answers = today.messages.len() + today.cases.len() + today.answered.len();
    let proven = it
        .proven
        .filter(|at| it.left == 0 && at.unix_ms >= it.since.unix_ms);
    html! {
        section.panel.arrival.whole[proven.is_some()] aria-labelledby="t-na-central" {
            h2 #t-na-central { "Na central desde " (time::at(it.since, frame.now())) }
            @if let Some(at) = proven {
                p.how-far { strong { "Tudo entregue e provado, " (time::at(at, frame.now())) "." } " Já pode desligar." }
            } @else if is_away(frame) {
                p.how-far { strong { "A ligação caiu: " (so_far(it)) "." } " Continua sozinho quando a central voltar." }
            } @else {
                p.how-far {
                    strong { "A entregar: " (so_far(it)) "." }
                    " Não desligue ainda."
                }
                @let done = it.all.saturating_sub(it.left);
                progress aria-labelledby="t-na-central" max=(it.all.max(1)) value=(done) { (done) " de " (it.all) }
            }
            ul {
                li {
                    "Trouxe " (count(it.requests, "pedido", "pedidos"))
                    @if it.photographs > 0 { " e " (count(it.photographs, "fotografia", "fotografias")) }
                    "; " (count(it.at_hub, "registo na central", "registos na central")) "."
                }
                @if it.conflicts > 0 { li { (count(it.conflicts, "conflito espera por um operador", "conflitos esperam por um operador")) ": não é preciso fazer nada aqui." } }
                @if answers > 0 { li { a href="#mensagens" { (count(answers as u64, "resposta por tratar", "respostas por tratar")) } "." } }
                @if it.purged > 0 { li { (count(it.purged, "registo antigo saiu deste posto", "registos antigos saíram deste posto")) ": a central guarda-os." } }
                @if it.revoked > 0 {
                    li.warn {
                        a href="/onde#recusados" { (count(it.revoked, "posto deixou de ser aceite", "postos deixaram de ser aceites")) }
                        " pela central: este já não troca nada com eles."
                    }
                }
                @if let Some(edition) = it.catalogue { li { "Veio um catálogo novo: edição " (edition) "." } }
                @if let Some(program) = &it.program {
                    li {
                        "Veio um programa novo, versão " (program.version)
                        @if !program.notes.is_empty() { ": " (program.notes) } @else { "." }
                        " Começa sozinho da próxima vez que ligar o posto."
                    }
                }
                @if !it.clock_agrees { li.warn { "O relógio deste posto não bate certo com o da central: acerte-o antes de sair." } }
            }
        }
    }
}

fn so_far(it: &Arrival) -> String {
    match it.left {
        0 => "falta a prova da central".to_owned(),
        left => format!("faltam {left} de {}", it.all.max(left)),
    }
}
