//! How long what is said of people is kept, what goes soon, and what must stay.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Keeps, MAX_HOLD_CHARS, RetentionView, RuleRow};
use crate::console::rights::Within;
use crate::desk::port::{DeskError, Session};
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, day, time};

const PAGE: &str = "/conservacao";

/// What was typed and could not be kept.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) number: String,
    pub(crate) why: String,
    pub(crate) problem: String,
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    page(&state, &who.session, Retry::default()).await
}

async fn page(state: &ConsoleState, session: &Session, retry: Retry) -> Response {
    let status = match retry.problem.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state.load(session, |console| console.retention()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &retry);
            frame.respond(status, Part::Retention, "Conservação", &content)
        }
        Err(fault) => {
            let kept = vec![
                ("Número".to_owned(), retry.number),
                ("Porquê".to_owned(), retry.why),
            ];
            fault.keeping(kept).into_response()
        }
    }
}

pub(crate) async fn hold_back(Within(state): Within, posted: Posted) -> Response {
    let (number, why) = (
        posted.get("numero").to_owned(),
        posted.get("porque").to_owned(),
    );
    let (session, held) = (posted.session.clone(), (number.clone(), why.clone()));
    let done = state.call(move |console| console.hold_back(&posted.session, &held.0, &held.1));
    match done.await {
        Ok(()) => redirect(PAGE),
        Err(error) => {
            let retry = Retry {
                number,
                why,
                problem: problem(&error),
            };
            page(&state, &session, retry).await
        }
    }
}

pub(crate) async fn let_go(
    Within(state): Within,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let done = state.call(move |console| console.let_go(&posted.session, &request));
    match done.await {
        // Somebody else did it meanwhile.
        Ok(()) | Err(DeskError::NotFound) => redirect(PAGE),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn content(frame: &Frame, view: &RetentionView, retry: &Retry) -> Markup {
    html! { div.accounts.conflict-page {
        h1 { "Conservação" }
        p { "Quanto tempo se guarda o que é dito das pessoas. Passado o prazo, apaga-se na central e em todos os postos, com o selo da central; ficam só a prova de que existiu e os números, que não dizem nada de ninguém. Espera o que ainda está por resolver." }
        @if view.rules.is_empty() {
            p.none { "Nesta central nada se apaga por regra: falta " code { "[retention]" } " na configuração." }
        } @else {
            table.rows {
                caption.hidden { "Regras" }
                thead { tr { th scope="col" { "O quê" } th scope="col" { "Guarda-se" } th scope="col" { "Nos próximos 30 dias" } th scope="col" { "Já apagado" } } }
                tbody { @for rule in &view.rules { (row(rule)) } }
            }
        }
        section {
            h2 { "O que não se apaga" }
            p { "Um processo em tribunal, uma queixa, uma auditoria: enquanto aqui estiver, nenhuma regra o apaga." }
            @if view.held.is_empty() { p.none { "Nada está fora das regras." } }
            @for held in &view.held {
                article.spot-row {
                    h3 { a href=(format!("/pedido/{}", held.row.id)) { (held.row.service.pt()) @if let Some(number) = &held.row.number { " · " (number) } } }
                    p { (held.why) }
                    p.detail { (held.who) ", " (time::at(held.at, frame.now())) }
                    @if frame.entitled.acts_in(Part::Retention) {
                        form method="post" action=(format!("{PAGE}/{}/largar", held.row.id)) {
                            (frame.guard())
                            button.plain type="submit" { "Já pode seguir a regra" span.hidden { ": " (held.row.number.as_deref().unwrap_or_default()) } }
                        }
                    }
                }
            }
        }
        @if frame.entitled.acts_in(Part::Retention) { (form(frame, retry)) }
    } }
}

fn form(frame: &Frame, retry: &Retry) -> Markup {
    let wrong = (!retry.problem.is_empty()).then_some("erro");
    html! {
        section.panel aria-labelledby="t-guardar-fora" {
            h2 #t-guardar-fora { "Guardar um pedido fora das regras" }
            form method="post" action=(PAGE) data-once {
                (frame.guard())
                @if !retry.problem.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } } }
                div.field {
                    label for="numero" { "Número do pedido" }
                    input.w-34 #numero name="numero" value=(retry.number) autocomplete="off" required aria-errormessage=[wrong];
                }
                div.field {
                    label for="porque" { "Porque não se pode apagar" }
                    textarea #porque name="porque" rows="3" maxlength=(MAX_HOLD_CHARS) required aria-errormessage=[wrong] { (retry.why) }
                }
                button.primary type="submit" { "Guardar" }
            }
        }
    }
}

fn row(rule: &RuleRow) -> Markup {
    let (years, months) = (rule.months / 12, rule.months % 12);
    let years = (years > 0).then(|| count(u64::from(years), "ano", "anos"));
    let months = (months > 0).then(|| count(u64::from(months), "mês", "meses"));
    let time = [years, months]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" e ");
    html! { tr {
        td {
            @match &rule.keeps {
                Keeps::Requests(None) => { "Pedidos que já não esperam por ninguém, desde a última alteração" }
                Keeps::Requests(Some(service)) => { "Pedidos: " (service) }
                Keeps::Attendances => { "Atendimentos fechados, quando já não há nenhum pedido deles" }
                Keeps::Visits => { "Marcações e listas de residentes, desde o dia da visita" }
            }
        }
        td { (time) }
        td { @match rule.soon { 0 => { "nada" } soon => { (count(soon, "registo", "registos")) } } }
        td {
            @match rule.erased {
                0 => { "nada" }
                erased => { (count(erased, "registo", "registos")) ", o último em " (day(&rule.last)) }
            }
        }
    } }
}
