//! One request: what stands, what is in conflict, what happened; corrections and notes.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::{Field, Kind};
use vereda_sync::record::Life;
use vereda_sync::record::case::STANDING;
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::outcome as outcome_of;
use vereda_sync::record::papers::of_field;

use crate::desk::agreed;
use crate::desk::check_answers::thumbs;
use crate::desk::field;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::packs;
use crate::desk::papers::{self, On};
use crate::desk::port::{Desk, DeskError, HistoryLine, Hours, Request, Session, Statement};
use crate::desk::{
    DeskState, Fault, agency, case, complaints, declared, fault, household, outcome, twice,
};
use crate::gate::{Posted, Signed, redirect};
use crate::moment::Moment;
use crate::words::{self, time};

/// A correction that was refused: the field, what was typed, why not.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) reason: String,
    pub(crate) note: String,
    /// What else was typed, by field.
    pub(crate) typed: Vec<(String, String)>,
    pub(crate) error: String,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.request(session, &request);
    let page = |frame: &Frame, view: &Request| page(frame, view, &Retry::default());
    state.show(&who, load, page).await
}

pub(crate) async fn correct(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        field: posted.get("campo").to_owned(),
        // Of several choices each that is ticked sends its own.
        value: values(&posted.fields),
        reason: posted.get("motivo").to_owned(),
        ..Retry::default()
    };
    let session = posted.session.clone();
    let outcome = if retry.reason.trim().is_empty() {
        retry.error = "Escreva o motivo da correção: fica na história do pedido.".to_owned();
        Err(None)
    } else {
        let (id, value) = (request.clone(), retry.value.clone());
        state
            .call(move |desk| {
                desk.correct(
                    &posted.session,
                    &id,
                    posted.get("campo"),
                    &value,
                    posted.get("motivo"),
                )
            })
            .await
            .map_err(Some)
    };
    let error = match outcome {
        Ok(()) => return redirect(&format!("/pedido/{request}")),
        Err(error) => error,
    };
    match state
        .load(&session, move |desk, session| {
            desk.request(session, &request)
        })
        .await
    {
        Ok((frame, view)) => {
            if let Some(error) = error {
                retry.error = say(&view, &error, &retry);
            }
            frame.respond_with(
                StatusCode::UNPROCESSABLE_ENTITY,
                &page(&frame, &view, &retry),
            )
        }
        Err(fault) => fault
            .keeping(vec![("Valor".to_owned(), retry.value)])
            .into_response(),
    }
}

/// All values that a correction sends, in one.
fn values(posted: &[(String, String)]) -> String {
    let values = posted.iter().filter(|(name, _)| name == "valor");
    let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
    values.join(" ")
}

fn say(view: &Request, error: &DeskError, retry: &Retry) -> String {
    if let DeskError::Refused(refused) = error
        && let Some((id, refusal)) = refused.first()
        && let Some((field, _)) = view.answers.iter().find(|(f, _)| f.id == *id)
    {
        return words::refusal::say(field, refusal, &retry.value);
    }
    let (_, heading, advice) = fault::say(error);
    format!("{heading}. {advice}")
}

pub(crate) async fn give_hour(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let given = state
        .call(move |desk| desk.give_hour(&posted.session, &id, posted.get("hora")))
        .await;
    match given {
        Ok(()) => redirect(&format!("/pedido/{request}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The hour that it waits for is given, when there are some again; the reference is on the page of the payment.
fn owed_hour(frame: &Frame, request: &str, hours: &Hours) -> Markup {
    html! {
        section.panel #marcacao aria-labelledby="t-marcacao" {
            h2 #t-marcacao { "Marcação em falta" }
            @if hours.left.is_empty() {
                p { "Não há horas neste posto. Ligue-se à central para receber mais." }
            } @else {
                form method="post" action=(format!("/pedido/{request}/hora")) data-once {
                    (frame.guard())
                    div.field {
                        label for="hora" { "Hora" }
                        select.w-full #hora name="hora" {
                            @for left in &hours.left { option value=(left.line()) { (words::reserved::value(left)) } }
                        }
                    }
                    button type="submit" { "Dar esta hora" }
                    p.detail { "Depois imprima um comprovativo novo." }
                }
            }
        }
    }
}

pub(crate) async fn add_note(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let text = posted.get("nota").trim().to_owned();
    if text.is_empty() {
        return redirect(&format!("/pedido/{request}#notas"));
    }
    let (id, kept) = (request.clone(), text.clone());
    match state
        .call(move |desk| desk.add_note(&posted.session, &id, &text))
        .await
    {
        Ok(()) => redirect(&format!("/pedido/{request}#notas")),
        Err(error) => Fault::from(error)
            .keeping(vec![("Nota".to_owned(), kept)])
            .into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &Request, retry: &Retry) -> Page<'a> {
    let row = &view.row;
    let number = row.number.as_deref().unwrap_or("por registar");
    let only_read = view.lent_until.is_some();
    let content = html! {
        div.request {
            div.page-head {
                p.crumb { a href="/pedidos" data-key="Escape" aria-keyshortcuts="Escape" { "Pedidos" } " · " (row.service.pt()) }
                h1 { (number) }
                p #estado data-region="record strip" { (row.citizen) " · " span.life { (words::life(row.life)) } " · " (time::at(row.at, frame.now())) ", " (row.spot) }
            }
            @if let Some(name) = &view.representative {
                p.notice { span { "Pedido por " strong { (name) } ", em nome de " (row.citizen) "." } }
            }
            (packs::notice(view.late.as_ref()))
            div #aviso data-region="record strip messages" aria-live="polite" {
                @for other in &view.same_number {
                    p.notice.amber { span { "Há " a href=(format!("/pedido/{other}")) { "outro pedido com este número" } ": o impresso foi passado duas vezes. A central decide qual vale." } }
                }
                @if row.in_conflict {
                    p.notice.amber { "Dois postos escreveram coisas diferentes neste pedido. Valem as duas até a central decidir; a decisão aparece em Hoje." }
                }
                @if let Some((other, number)) = &view.instead {
                    p.notice { span { "Foi feito duas vezes: vale o pedido " a href=(format!("/pedido/{other}")) { (number) } ". O que falta tratar, trate-se nesse." } }
                }
                @if let Some(term) = &view.term { (complaints::notice(&row.id, term)) }
                @for line in &view.reserved { p.notice { (line) } }
                (under(view.under.as_ref()))
                (papers::owed_line(&view.papers))
                (declared::line(view.identity.as_ref()))
                (twice::here(frame, &row.id, &view.twice))
                (household::repeated(&view.household, frame.now()))
                (case::notices(frame, &row.id, &view.case))
            }
            @if let Some(until) = view.lent_until {
                p.notice { span { "É de " (row.spot) ". Está aqui só para ler, até " (time::at(until, frame.now())) "; para o mudar, peça a esse posto que o passe para este." } }
            } @else {
                (case::hand_in_form(frame, view))
                @if !only_read { (agency::questions(frame, view)) }
            }
            div.columns {
                div.main-column {
                    section #respostas aria-labelledby="t-respostas" {
                        h2 #t-respostas { "Respostas" }
                        @for (field, statements) in &view.answers { (answer(frame, view, field, statements, retry)) }
                        div #fotografias data-region="record" {
                            @if !view.attachments.is_empty() {
                                h3 { "Fotografias e notas de voz" }
                                (thumbs(&view.attachments))
                            }
                        }
                    }
                    section #notas aria-labelledby="t-notas" {
                        h2 #t-notas { "Notas" }
                        div #notas-juntas data-region="record" {
                            @if view.notes.is_empty() { p.none { "Sem notas." } }
                            @for note in &view.notes {
                                blockquote.note { p { (note.value) } footer.detail { (from(frame, note)) } }
                            }
                        }
                        @if !only_read { form method="post" action=(format!("/pedido/{}/nota", row.id)) data-once {
                            (frame.guard())
                            div.field {
                                label for="nota" { "Juntar uma nota" }
                                p.hint #nota-ajuda { "Fica ao lado das outras e não se apaga. Não escreva dados de saúde." }
                                textarea #nota name="nota" rows="2" aria-describedby="nota-ajuda" required { (retry.note) }
                            }
                            button type="submit" { "Juntar nota" }
                        }
                        (case::follow_up_form(frame, view)) }
                    }
                }
                aside aria-label="Comprovativo e história" {
                    @if row.life != Life::Draft {
                        a.button href=(format!("/comprovativo/{}", row.id)) { "Comprovativo" }
                    } @else {
                        a.button.primary href=(format!("/formulario/{}", row.id)) { "Continuar o pedido" }
                    }
                    @if view.payment.is_open() && row.life != Life::Withdrawn && !only_read {
                        a.button href=(format!("/pagamento/{}", row.id)) { @if row.owes.reference { "Pagamento e referência" } @else { "Receber o pagamento" } }
                    }
                    a.button href=(format!("/apoio?pedido={}", row.id)) { "Pedir apoio" }
                    @if let Some(attendance) = &view.attendance {
                        a.button href=(format!("/atendimento/{attendance}")) { "Ver o atendimento" }
                    }
                    @if row.life != Life::Withdrawn && !only_read {
                        div #documentos data-region="record" { (papers::panel(&row.id, (&view.papers, None), On::Request, &frame.guard())) }
                    }
                    (household::requests(&view.household, frame.now()))
                    @if let Some(hours) = &view.hours { (owed_hour(frame, &row.id, hours)) }
                    (declared::panel(frame, view, retry))
                    (outcome::panel(frame, view, retry))
                    @if !only_read { (case::actions(frame, view)) }
                    @if let Some(agreed) = &view.agreed {
                        section.panel aria-labelledby="t-confirmado" {
                            h2 #t-confirmado { "O que o cidadão confirmou" }
                            (agreed::said(agreed))
                        }
                    }
                    @if row.life != Life::Draft { (agency::disclosed(&view.disclosed, frame.now())) }
                    section.panel #historia data-region="record messages" aria-labelledby="t-historia" {
                        h2 #t-historia { "O que aconteceu" }
                        (timeline(&view.history, frame.now()))
                    }
                }
            }
        }
    };
    let title = if retry.error.is_empty() {
        "Pedido"
    } else {
        "Erro: corrija o valor"
    };
    Page {
        part: Part::Requests,
        title,
        watching: String::new(),
        content,
    }
}

/// Under which occurrence it was recorded, and what was not asked for because of it.
pub(crate) fn under(under: Option<&(Under, bool)>) -> Markup {
    html! {
        @if let Some((under, is_confirmed)) = under {
            p.notice.amber[!is_confirmed] {
                span {
                    "Registado com a ocorrência " strong { (under.name) }
                    @if under.waived_cents > 0 { ": " (words::euros(u64::from(under.waived_cents))) " dispensados" }
                    "."
                    @if !is_confirmed { " A central ainda não a confirmou." }
                }
            }
        }
    }
}

/// What happened to a request, oldest first.
pub(crate) fn timeline(history: &[HistoryLine], now: Moment) -> Markup {
    html! {
        ol.timeline {
            @for line in history {
                li {
                    p { (line.text) }
                    p.detail { time datetime=(time::iso(line.at)) { (time::at(line.at, now)) } ", " (line.by) }
                }
            }
        }
    }
}

/// Whether a desk can write another value over one of this kind.
pub(crate) fn is_correctable(field: &Field) -> bool {
    !matches!(field.kind, Kind::Photos | Kind::Consent)
        && of_field(&field.id).is_none()
        && field.id != outcome_of::FIELD
}

fn answer(
    frame: &Frame,
    view: &Request,
    field: &Field,
    statements: &[Statement],
    retry: &Retry,
) -> Markup {
    let conflict = statements.len() > 1;
    let returned = view.case.returned.iter().find(|r| r.field == field.id);
    html! {
        div.answer {
            // What another desk writes appears here; what is being typed below stays.
            div id=(format!("resposta-{}", field.id)) data-region="record" {
                div.(if conflict { "conflict" } else { "single" }) {
                    h3 { (field.label.pt()) @if conflict { " " strong.warn { "em conflito" } } }
                    @if statements.is_empty() { p.none { "não indicado" } }
                    @for statement in statements {
                        div.statement {
                            p.value {
                                @if field.hides(statement.provenance) { (field::masked()) } @else { (words::shown(field, &statement.value, "pt")) }
                                " " span.mark { (words::provenance(statement.provenance)) }
                            }
                            p.detail { (from(frame, statement)) }
                        }
                    }
                    @if let Some(returned) = returned {
                        p.refused { strong.warn { "recusado: " (returned.refused) } " " (returned.reason) }
                    }
                }
            }
            @let settled = matches!(view.row.life, Life::Draft | Life::Withdrawn) || field.id == STANDING;
            @if !settled && view.lent_until.is_none() && is_correctable(field) {
                (correction(frame, view, field, statements, retry))
            }
        }
    }
}

fn correction(
    frame: &Frame,
    view: &Request,
    field: &Field,
    statements: &[Statement],
    retry: &Retry,
) -> Markup {
    let retried = retry.field == field.id;
    let open = retried
        || view
            .case
            .returned
            .iter()
            .any(|r| r.field == field.id && !r.is_corrected);
    let (value_id, reason_id) = (
        format!("valor-{}", field.id),
        format!("motivo-{}", field.id),
    );
    let error_id = format!("erro-{}", field.id);
    let wrong = (retried && !retry.error.is_empty()).then_some(error_id.clone());
    html! {
        details open[open] {
            summary { "Corrigir" span.hidden { " " (field.label.pt()) } }
            form method="post" action=(format!("/pedido/{}/corrigir", view.row.id)) data-once {
                (frame.guard())
                input type="hidden" name="campo" value=(field.id);
                @if let Some(error_id) = &wrong {
                    p.error id=(error_id) role="alert" tabindex="-1" data-takes-focus { (retry.error) }
                }
                @if field.kind == Kind::Choices {
                    @let chosen = if retried { retry.value.as_str() } else { statements.last().map_or("", |s| s.value.as_str()) };
                    div.field { fieldset aria-describedby=[wrong.as_ref()] {
                        legend { "Valor certo" }
                        div.options {
                            @for option in field::options(field) {
                                @let id = format!("{value_id}-{}", option.id);
                                label.tile for=(id) {
                                    input type="checkbox" id=(id) name="valor" value=(option.id) checked[chosen.split(' ').any(|id| id == option.id)];
                                    span { (option.label.pt()) }
                                }
                            }
                        }
                    } }
                } @else { div.field {
                    label for=(value_id) { "Valor certo" }
                    @if matches!(field.kind, Kind::Choice | Kind::YesNo) {
                        select id=(value_id) name="valor" aria-describedby=[wrong.as_ref()] {
                            @for option in field::options(field) {
                                option value=(option.id) selected[retried && retry.value == option.id] { (option.label.pt()) }
                            }
                        }
                    } @else {
                        input.w-full id=(value_id) name="valor" value=(if retried { retry.value.as_str() } else { "" })
                            autocomplete="off" spellcheck="false" required aria-describedby=[wrong.as_ref()];
                    }
                } }
                div.field {
                    label for=(reason_id) { "Motivo" }
                    input.w-full id=(reason_id) name="motivo" value=(if retried { retry.reason.as_str() } else { "" }) autocomplete="off" required;
                }
                button type="submit" { "Corrigir" }
            }
        }
    }
}

fn from(frame: &Frame, statement: &Statement) -> String {
    format!(
        "{}, {}, {}",
        statement.by,
        statement.spot,
        time::at(statement.at, frame.now())
    )
}
