//! "Reservas": references and hours that agencies give, and what spots have of them.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::Scarce;
use vereda_sync::record::lease::{MAX_VALUES, Wrong};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::StockView;
use crate::console::rights::Within;
use crate::desk::port::{DeskError, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::words::reserved::{scarce, so_many, wrong};

/// What was pasted, to be shown again, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Pasted {
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) problem: String,
    pub(crate) lines: Vec<(usize, Wrong)>,
}

/// A kind of a service, as the form sends it: `appointment inscricao-emprego`.
fn kind_of(sent: &str) -> Option<(Scarce, &str)> {
    let (code, service) = sent.split_once(' ')?;
    Some((Scarce::from_code(code)?, service))
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    respond(&state, &who.session, Pasted::default()).await
}

async fn respond(state: &ConsoleState, session: &Session, pasted: Pasted) -> Response {
    let status = match pasted.problem.is_empty() && pasted.lines.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state.load(session, |console| console.stock()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &pasted);
            frame.respond(status, Part::Leases, "Reservas", &content)
        }
        Err(fault) => fault
            .keeping(vec![("Lista".to_owned(), pasted.text)])
            .into_response(),
    }
}

pub(crate) async fn give(Within(state): Within, posted: Posted) -> Response {
    let mut pasted = Pasted {
        kind: posted.get("tipo").to_owned(),
        text: posted.get("lista").to_owned(),
        ..Pasted::default()
    };
    let session = posted.session.clone();
    let given = state
        .call(move |console| {
            let (scarce, service) = kind_of(posted.get("tipo"))
                .ok_or_else(|| DeskError::NotNow("Escolha de que serviço é a lista.".into()))?;
            console.give(&posted.session, (service, scarce), posted.get("lista"))
        })
        .await;
    match given {
        Ok(Ok(_)) => return redirect("/reservas"),
        Ok(Err(lines)) => pasted.lines = lines,
        Err(error) => pasted.problem = problem(&error),
    }
    respond(&state, &session, pasted).await
}

pub(crate) async fn withdraw(
    Within(state): Within,
    Path(list): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let done = state
        .call(move |console| console.withdraw(&posted.session, &list, posted.get("motivo")))
        .await;
    match done {
        Ok(()) => redirect("/reservas"),
        Err(error) => {
            let problem = problem(&error);
            let pasted = Pasted {
                problem,
                ..Pasted::default()
            };
            respond(&state, &session, pasted).await
        }
    }
}

pub(crate) fn content(frame: &Frame, view: &StockView, pasted: &Pasted) -> Markup {
    html! {
        div.stock {
            h1 { "Reservas" }
            p { "Referências e horas que os organismos dão uma a uma. A central entrega algumas a cada posto, que as usa mesmo sem rede; cada uma serve uma vez." }
            section aria-labelledby="t-postos" {
                h2 #t-postos { "Nos postos" }
                div #postos data-region="record messages" { (spots(view)) }
            }
            section aria-labelledby="t-listas" {
                h2 #t-listas { "Listas recebidas" }
                (lists(frame, view))
            }
            section aria-labelledby="t-nova" {
                h2 #t-nova { "Nova lista" }
                @if view.kinds.is_empty() { p.none { "Nenhum serviço do catálogo dá referências ou horas." } }
                @else { (form(frame, view, pasted)) }
            }
        }
    }
}

fn spots(view: &StockView) -> Markup {
    html! {
        @if view.spots.is_empty() { p.none { "Ainda nenhum posto tem reservas." } }
        @else {
            table.rows {
                caption.hidden { "Reservas por posto" }
                thead { tr {
                    th scope="col" { "Posto" } th scope="col" { "Serviço" } th scope="col" { "Entregues" }
                    th scope="col" { "Usadas" } th scope="col" { "Restam" } th scope="col" { "Em dúvida" }
                } }
                tbody {
                    @for row in &view.spots {
                        tr {
                            td { (row.spot) }
                            td { (row.service.pt()) br; span.detail { (scarce(row.scarce)) } }
                            td { (row.leased) } td { (row.used) }
                            td { @if row.left == 0 { strong.warn { "nenhuma" } } @else { (row.left) } }
                            td { @if row.doubtful > 0 { strong.warn { (row.doubtful) } } @else { "0" } }
                        }
                    }
                }
            }
            p.detail { "Em dúvida: entregues a um disco que foi reposto de uma cópia. Não se sabe se foram usadas, e não se usam mais." }
        }
    }
}

fn lists(frame: &Frame, view: &StockView) -> Markup {
    html! {
        @if view.lists.is_empty() { p.none { "Ainda não se deu nenhuma lista à central." } }
        @for row in &view.lists {
            article.message {
                h3 { (row.service.pt()) ": " (so_many(row.given, row.scarce)) }
                p {
                    "Entregues aos postos: " (row.leased) ". Usadas: " (row.used) ". Por entregar: " (row.free) "."
                    @if row.is_withdrawn { " " strong.warn { "Retirada." } }
                    @if row.doubtful > 0 {
                        " " strong.warn { "Em dúvida: " (row.doubtful) "." }
                        " A central foi reposta de uma cópia depois de receber esta lista; não entrega mais dela."
                    }
                }
                @if !row.is_withdrawn && row.used < row.given {
                    details {
                        summary { "Retirar o que não foi usado" span.hidden { ": " (row.service.pt()) } }
                        form method="post" action=(format!("/reservas/{}/retirar", row.id)) data-once {
                            (frame.guard())
                            @let id = format!("motivo-{}", row.id);
                            div.field {
                                label for=(id) { "Motivo" }
                                p.hint { "Os postos deixam de a oferecer quando falarem com a central; até lá ainda a podem usar." }
                                input.w-full id=(id) name="motivo" autocomplete="off" maxlength="300" required;
                            }
                            button type="submit" { "Retirar" }
                        }
                    }
                }
            }
        }
    }
}

fn form(frame: &Frame, view: &StockView, pasted: &Pasted) -> Markup {
    let kind = kind_of(&pasted.kind).map_or(Scarce::PaymentReference, |(kind, _)| kind);
    html! {
        form.decision method="post" action="/reservas" data-once {
            (frame.guard())
            @if !pasted.problem.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (pasted.problem) } }
            }
            @if !pasted.lines.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus {
                    p { "Nada foi recebido. Corrija e envie a lista de novo." }
                    ul { @for (line, why) in &pasted.lines { li { "Linha " (line) ": " (wrong(*why, kind)) } } }
                }
            }
            div.field {
                label for="tipo" { "De que serviço" }
                select #tipo name="tipo" required {
                    option value="" { "Escolha" }
                    @for (service, title, of) in &view.kinds {
                        @let value = format!("{} {service}", of.code());
                        option value=(value) selected[value == pasted.kind] { (title.pt()) ": " (scarce(*of)) }
                    }
                }
            }
            div.field {
                label for="lista" { "Lista, uma por linha" }
                p.hint #lista-ajuda {
                    "Referência: 21312; 123 456 789; 18,00; 2026-12-31 (entidade, referência, importância ou vazio, validade). "
                    "Hora: Loja de Oleiros; 2026-12-03; 10:30 (local, dia, hora). No máximo " (MAX_VALUES) " linhas. "
                    "Depois de repor a central de uma cópia, não volte a dar uma lista que ela já tinha recebido."
                }
                textarea #lista name="lista" rows="8" spellcheck="false" required aria-describedby="lista-ajuda" { (pasted.text) }
            }
            button.primary type="submit" { "Receber a lista" }
        }
    }
}
