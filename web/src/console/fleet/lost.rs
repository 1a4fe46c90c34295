//! A node is lost: what will happen, the second person, and then what it wrote that never came, and where that is.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::Named;
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Loss, Missing, NodeView, Whereabout};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, time};

/// Longest reason, in characters.
pub(crate) const MAX_REASON_CHARS: usize = 300;

pub(crate) async fn show(Within(state): Within, who: Signed, node: Named) -> Response {
    respond(&state, &who.session, node, ("", "")).await
}

async fn respond(
    state: &ConsoleState,
    session: &Session,
    Path(node): Named,
    (reason, error): (&str, &str),
) -> Response {
    let status = match error.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asker = session.clone();
    match state
        .load(session, move |console| console.fleet_node(&asker, &node))
        .await
    {
        Ok((frame, view)) => {
            let content = content(&frame, &view, (reason, error));
            frame.respond(status, Part::Spots, "Posto perdido", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn report(Within(state): Within, Path(node): Named, posted: Posted) -> Response {
    let (session, reason) = (posted.session.clone(), posted.get("motivo").to_owned());
    let (asker, of, why) = (session.clone(), node.clone(), reason.clone());
    let done = state
        .call(move |console| console.report_lost(&asker, &of, &why))
        .await;
    match done {
        Ok(()) => redirect(&format!("/posto/{node}")),
        Err(error) => respond(&state, &session, Path(node), (&reason, &problem(&error))).await,
    }
}

pub(crate) async fn agree(Within(state): Within, Path(node): Named, posted: Posted) -> Response {
    let (session, of) = (posted.session.clone(), node.clone());
    let asker = session.clone();
    match state
        .call(move |console| console.agree_lost(&asker, &of))
        .await
    {
        Ok(()) => redirect(&format!("/posto/{node}")),
        Err(error) => respond(&state, &session, Path(node), ("", &problem(&error))).await,
    }
}

pub(crate) async fn withdraw(Within(state): Within, Path(node): Named, posted: Posted) -> Response {
    let (session, of) = (posted.session.clone(), node.clone());
    let asker = session.clone();
    match state
        .call(move |console| console.not_lost(&asker, &of))
        .await
    {
        Ok(()) => redirect(&format!("/posto/{node}")),
        Err(error) => respond(&state, &session, Path(node), ("", &problem(&error))).await,
    }
}

pub(crate) fn content(frame: &Frame, view: &NodeView, (reason, error): (&str, &str)) -> Markup {
    let row = &view.row;
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href=(format!("/posto/{}", row.id)) data-key="Escape" aria-keyshortcuts="Escape" { (row.name) } }
                h1 { "Dar por perdido: " (row.name) }
            }
            @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
            @if let Some(loss) = &view.loss { (standing(frame, view, loss)) }
            @else if !view.is_enrolled { p.notice { "Este posto já não é aceite." } }
            @else {
                section aria-labelledby="t-acontece" {
                    h2 #t-acontece { "O que vai acontecer" }
                    ul {
                        li { "A central deixa de o aceitar logo que uma segunda pessoa concordar; as ligações abertas são cortadas." }
                        li { "Os outros postos deixam de se encontrar com ele assim que ouvem da central." }
                        li { "Se ele ainda aparecer, o que traz fica em quarentena, para alguém decidir; nada lhe é dado." }
                        li { "A página do posto passa a mostrar o que ele escreveu e nunca chegou, e quem o tem. Quem ouviu dele entrega-o por si." }
                        li { "Não se desfaz: se aparecer, inscreve-se de novo." }
                    }
                }
                section aria-labelledby="t-falta" {
                    h2 #t-falta { "O que falta hoje dele" }
                    (missing(&view.missing, false))
                }
                form.decision method="post" action=(format!("/posto/{}/perdido", row.id)) data-once {
                    (frame.guard())
                    div.field {
                        label for="motivo" { "O que aconteceu" }
                        textarea #motivo name="motivo" rows="3" maxlength=(MAX_REASON_CHARS) required aria-describedby="ajuda-motivo" { (reason) }
                        p.detail #ajuda-motivo { "Fica escrito com o seu nome: quando e onde foi visto pela última vez, quem o disse." }
                    }
                    button type="submit" { "Propor a outra pessoa" }
                }
            }
        }
    }
}

/// How it stands with a node that somebody says is lost.
pub(crate) fn standing(frame: &Frame, view: &NodeView, loss: &Loss) -> Markup {
    let (now, id) = (frame.now(), &view.row.id);
    html! {
        @match &loss.agreed {
            Some((second, at)) => {
                div.notice.amber role="status" {
                    p { strong { "Perdido: já não é aceite desde " (time::at(*at, now)) "." } }
                    p { (loss.by) ", com " (second) ": " (loss.reason) }
                }
                section aria-labelledby="t-nunca" {
                    h2 #t-nunca { "O que nunca chegou dele" }
                    (missing(&view.missing, true))
                }
            },
            None => div.proposed role="status" {
                p { strong { (loss.by) " diz que o posto está perdido" } ", " (time::ago(loss.at, now)) ": " (loss.reason) }
                @if loss.own {
                    p { "Espera por uma segunda pessoa. Até lá o posto continua a ser aceite." }
                } @else {
                    p { "Se concorda, deixa de ser aceite já, também nas ligações abertas, e não se desfaz." }
                    form method="post" action=(format!("/posto/{id}/perdido/concordar")) data-once { (frame.guard()) button type="submit" { "Concordo: está perdido" } }
                }
                form method="post" action=(format!("/posto/{id}/perdido/retirar")) data-once { (frame.guard()) button type="submit" { "Afinal não está perdido" } }
            },
        }
    }
}

fn missing(all: &[Missing], is_lost: bool) -> Markup {
    let left = |m: &&Missing| m.place != Whereabout::Recovered;
    let gone: u64 = all
        .iter()
        .filter(left)
        .map(|m| (m.last - m.first).saturating_add(1))
        .fold(0, u64::saturating_add);
    html! {
        @if all.is_empty() {
            p { "Tudo o que se sabe que escreveu está na central." @if is_lost { " O que escreveu depois de falar pela última vez com alguém, só ele sabe." } }
        } @else {
            p {
                @match gone {
                    0 => "Tudo o que nunca chegou por ele já veio por outros.",
                    n => { strong { (count(n, "registo nunca chegou", "registos nunca chegaram")) } ", que se saiba." },
                }
            }
            table.rows {
                caption.hidden { "Registos do diário deste posto que não chegaram por ele" }
                thead { tr { th scope="col" { "Registos" } th scope="col" { "Diário" } th scope="col" { "Onde estão" } } }
                tbody {
                    @for one in all {
                        tr {
                            th scope="row" { @if one.first == one.last { "n.º " (one.first) } @else { "n.º " (one.first) " a " (one.last) } }
                            td { (one.journal) }
                            td { (place(&one.place)) }
                        }
                    }
                }
            }
        }
    }
}

fn place(place: &Whereabout) -> String {
    match place {
        Whereabout::Recovered => {
            "Recuperados: outro posto trouxe-os, e estão na central.".to_owned()
        }
        Whereabout::Aside => "Na central, em quarentena: decida lá.".to_owned(),
        Whereabout::Part => {
            "Na central, numa remessa selada que espera pelo que vem antes.".to_owned()
        }
        Whereabout::Carried(who) => match who.as_slice() {
            [one] => format!("A caminho: {one} traz uma remessa selada."),
            all => format!("A caminho: {} trazem remessas seladas.", all.join(", ")),
        },
        Whereabout::Heard(who) => match who.as_slice() {
            [one] => format!(
                "{one} ouviu disto quando se encontraram; entrega-o quando falar com a central."
            ),
            all => format!(
                "{} ouviram disto quando se encontraram; o primeiro que falar com a central entrega-o.",
                all.join(", ")
            ),
        },
        Whereabout::Nowhere => {
            "Só no próprio posto, que se saiba: procure uma pen, ou papel.".to_owned()
        }
    }
}
