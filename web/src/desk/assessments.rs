//! "Avaliação": the spot holds itself against the standards of service.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::assessment::MAX_WORD_CHARS;

use crate::assessment::{figure, history, paper, tally, verdict};
use crate::desk::field;
use crate::desk::form::typed_fields;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{
    AssessedStandard, AssessmentView, AssessmentsView, Desk, DeskError, OwedRemedy, Session,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{MAX_FORM_BYTES, Posted, Signed, redirect};
use crate::layout::key;
use crate::words::{self, count, refusal, time};

fn here(id: &str) -> String {
    format!("/avaliacao/{id}")
}

/// What was sent and is not as it can be: said at the fields, or above all.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) errors: Vec<(String, String)>,
    pub(crate) problem: String,
    /// Of the word that something is done: its standard, and what was typed.
    pub(crate) word: Option<(String, String)>,
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.assessments(session);
    state.show(&who, load, list_page).await
}

pub(crate) async fn begin(State(state): State<DeskState>, posted: Posted) -> Response {
    let begun = move |desk: &dyn Desk| desk.begin_assessment(&posted.session);
    match state.call(begun).await {
        Ok(id) => redirect(&here(&id)),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn show_one(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.assessment(session, &id);
    let blank = |frame: &Frame, view: &AssessmentView| page(frame, view, &Wrong::default());
    state.show(&who, load, blank).await
}

/// "Guardar e sair": nothing is checked.
pub(crate) async fn keep(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_fields(&posted.fields);
    let (session, form, sent) = (posted.session.clone(), id.clone(), typed.clone());
    let kept = move |desk: &dyn Desk| desk.keep_assessment(&posted.session, &form, &sent);
    match state.call(kept).await {
        Ok(()) => redirect("/avaliacao"),
        Err(error) => refused(&state, &session, id, error, typed).await,
    }
}

pub(crate) async fn record(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_fields(&posted.fields);
    let (session, form, sent) = (posted.session.clone(), id.clone(), typed.clone());
    let recorded = move |desk: &dyn Desk| desk.record_assessment(&posted.session, &form, &sent);
    match state.call(recorded).await {
        Ok(()) => redirect(&here(&id)),
        Err(error) => refused(&state, &session, id, error, typed).await,
    }
}

/// The page again, with what was typed and what is wrong with it.
async fn refused(
    state: &DeskState,
    session: &Session,
    id: String,
    error: DeskError,
    typed: Vec<(String, String)>,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.assessment(session, &id);
    let (frame, mut view) = match state.load(session, load).await {
        Ok(loaded) => loaded,
        Err(fault) => return fault.keeping(typed).into_response(),
    };
    let fields = view.standards.iter_mut().flat_map(|it| &mut it.fields);
    let mut wrong = Wrong::default();
    let refusals = match &error {
        DeskError::Refused(refusals) => refusals.as_slice(),
        other => {
            wrong.problem = fault::problem(other);
            &[]
        }
    };
    for field in fields {
        // What could not be kept still stands on the page.
        if let Some((_, value)) = typed.iter().find(|(id, _)| *id == field.field.id) {
            field.value.clone_from(value);
        }
        let said = refusals.iter().find(|(id, _)| *id == field.field.id);
        if let Some((id, why)) = said {
            let words = refusal::say(&field.field, why, &field.value);
            wrong.errors.push((id.clone(), words));
        }
    }
    frame.respond_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &page(&frame, &view, &wrong),
    )
}

pub(crate) async fn drop_draft(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let dropped = move |desk: &dyn Desk| desk.drop_assessment(&posted.session, &id);
    match state.call(dropped).await {
        Ok(()) => redirect("/avaliacao"),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn remedied(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (session, form) = (posted.session.clone(), id.clone());
    let (standard, word) = (
        posted.get("norma").to_owned(),
        posted.get("palavra").to_owned(),
    );
    let (of, said) = (standard.clone(), word.clone());
    let done = move |desk: &dyn Desk| desk.remedied(&posted.session, &form, &of, &said);
    let problem = match state.call(done).await {
        Ok(()) => return redirect(&format!("{}#norma-{standard}", here(&id))),
        Err(error) => fault::problem(&error),
    };
    let wrong = Wrong {
        problem,
        word: Some((standard, word.clone())),
        ..Wrong::default()
    };
    let load = move |desk: &dyn Desk, session: &Session| desk.assessment(session, &id);
    match state.load(&session, load).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &view, &wrong),
        ),
        Err(fault) => fault
            .keeping(vec![("O que se fez".to_owned(), word)])
            .into_response(),
    }
}

fn to_page<'a>(title: &'a str, content: Markup) -> Page<'a> {
    Page {
        part: Part::Figures,
        title,
        watching: String::new(),
        content,
    }
}

pub(crate) fn list_page<'a>(frame: &Frame, view: &AssessmentsView) -> Page<'a> {
    let content = html! {
        div.figures {
            div.page-head {
                h1 { "Avaliação do espaço" }
                p { "O que este espaço cumpre das normas de serviço do catálogo, e o que vai fazer ao resto. Pelo menos uma vez por ano." }
                nav.periods aria-label="Ver também" { a.button href="/numeros" { "Números" } a.button href="/reclamacoes" { "Reclamações" } }
            }
            div #avaliacoes data-region="record messages" {
                @if !view.is_offered { p.notice { "O catálogo deste posto não traz normas de serviço: não há o que avaliar. Quem o publica, na central, pode juntá-las." } }
                @for (id, by) in &view.drafts {
                    div.card-row {
                        div { p.name { "Avaliação por acabar" } p.detail { "Começada por " (by.who) ", " (time::at(by.at, frame.now())) } }
                        a.button.primary href=(here(id)) { "Continuar" }
                    }
                }
                @if view.is_offered && view.drafts.is_empty() {
                    form method="post" action="/avaliacao" data-once {
                        (frame.guard())
                        button.primary type="submit" { "Começar uma avaliação" }
                    }
                }
                section aria-labelledby="t-feitas" {
                    h2 #t-feitas { "Avaliações feitas" }
                    @if view.recorded.is_empty() { p.none { "Ainda nenhuma." } }
                    @else {
                        table.rows {
                            caption.hidden { "Avaliações deste espaço" }
                            thead { tr { th scope="col" { "Quando" } th scope="col" { "Quem" } th scope="col" { "Normas" } th scope="col" { "Por fazer" } } }
                            tbody {
                                @for row in &view.recorded {
                                    tr {
                                        td { a href=(here(&row.id)) { (time::at(row.by.at, frame.now())) } }
                                        td { (row.by.who) }
                                        td { (tally(row.tally)) }
                                        td { (owed(row.owed, row.late)) }
                                    }
                                }
                            }
                        }
                    }
                }
                @if !view.history.days.is_empty() {
                    section aria-labelledby="t-tempo" {
                        h2 #t-tempo { "Ao longo do tempo" }
                        (history(&view.history))
                    }
                }
            }
        }
    };
    to_page("Avaliação", content)
}

/// What was promised and is not done.
pub(crate) fn owed(owed: u64, late: u64) -> Markup {
    html! {
        @match owed { 0 => "nada", n => { (count(n, "medida", "medidas")) } }
        @if late > 0 { ", " strong.warn { (late) " em atraso" } }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &AssessmentView, wrong: &Wrong) -> Page<'a> {
    match view.recorded {
        Some(_) => recorded_page(frame, view, wrong),
        None => draft_page(frame, view, wrong),
    }
}

fn recorded_page<'a>(frame: &Frame, view: &AssessmentView, wrong: &Wrong) -> Page<'a> {
    let then = |it: &AssessedStandard| done_form(frame, view, it, wrong);
    let content = html! {
        div.receipt-page {
            div.done-bar {
                div.actions {
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href="/avaliacao" data-key="Escape" aria-keyshortcuts="Escape" { "Avaliações " (key("Esc")) }
                }
            }
            @if wrong.word.is_none() { (alert(&wrong.problem)) }
            (paper(view, frame.now(), &then))
        }
    };
    let title = match wrong.problem.is_empty() {
        true => "Avaliação",
        false => "Erro: não ficou feito",
    };
    to_page(title, content)
}

fn done_form(frame: &Frame, view: &AssessmentView, it: &AssessedStandard, wrong: &Wrong) -> Markup {
    let id = &it.standard.id;
    let typed = wrong.word.as_ref().filter(|(standard, _)| standard == id);
    let field = format!("palavra-{id}");
    html! {
        form.done-form method="post" action=(format!("{}/feito", here(&view.id))) data-once {
            (frame.guard())
            input type="hidden" name="norma" value=(id);
            @if typed.is_some() { (alert(&wrong.problem)) }
            div.field {
                label for=(field) { "O que se fez" }
                input.w-full id=(field) name="palavra" maxlength=(MAX_WORD_CHARS) autocomplete="off" required
                    value=(typed.map_or("", |(_, word)| word)) aria-errormessage=[typed.map(|_| "erro")];
            }
            button type="submit" aria-label=(format!("Está feito: {}", it.todo)) { "Está feito" }
        }
    }
}

fn draft_page<'a>(frame: &Frame, view: &AssessmentView, wrong: &Wrong) -> Page<'a> {
    let is_wrong = !wrong.errors.is_empty() || !wrong.problem.is_empty();
    let content = html! {
        div.assessing {
            div.page-head {
                p.crumb { a href="/avaliacao" data-key="Escape" aria-keyshortcuts="Escape" { "Avaliação do espaço " (key("Esc")) } }
                h1 { "Avaliar " (view.spot) }
                p { "O que responde fica guardado a cada tecla: pode acabar outro dia. Os números são dos últimos 30 dias e ficam fixos quando registar." }
            }
            @if view.is_of_before { p.notice.amber { "Entretanto as normas do catálogo mudaram. Esta avaliação é das normas da edição " (view.edition) "; para avaliar as de agora, deite-a fora e comece outra." } }
            (alert(&wrong.problem))
            (error_summary(&wrong.errors))
            form.step.standards method="post" action=(format!("{}/registar", here(&view.id))) novalidate
                data-form=(view.id) data-revision=(view.revision) data-most-bytes=(MAX_FORM_BYTES) data-once {
                (frame.guard())
                @for it in &view.standards { (standard(&view.id, it, wrong)) }
                div.actions {
                    button.primary type="submit" { "Registar a avaliação" }
                    button type="submit" formaction=(format!("{}/guardar", here(&view.id))) { "Guardar e acabar depois" }
                }
            }
            p.hidden #anuncio role="status" aria-live="polite" {}
            details.drop {
                summary { "Deitar fora esta avaliação" }
                form method="post" action=(format!("{}/deitar-fora", here(&view.id))) data-once {
                    (frame.guard())
                    p { "O que se respondeu apaga-se." }
                    button type="submit" { "Deitar fora" }
                }
            }
        }
    };
    to_page(
        if is_wrong {
            "Erro: a avaliação não foi registada"
        } else {
            "Avaliar"
        },
        content,
    )
}

fn standard(form: &str, it: &AssessedStandard, wrong: &Wrong) -> Markup {
    let id = &it.standard.id;
    html! {
        section.standard id=(format!("norma-{id}")) {
            @if it.standard.measured().is_some() {
                h2 { (it.standard.text) }
                @if !it.standard.help.is_empty() { p.hint { (it.standard.help) } }
                @if let Some(found) = it.verdict { p { (verdict(found, Some(&it.standard))) } }
                (figure(&it.standard, it.figure))
            }
            @for f in &it.fields {
                @let error = wrong.errors.iter().find(|(id, _)| *id == f.field.id);
                @let when = f.field.when.as_ref().map(|w| serde_json::to_value(w).unwrap_or_default());
                (field::alone(form, f, when, error.map(|(_, words)| words.as_str())))
            }
        }
    }
}

fn error_summary(errors: &[(String, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.alert role="alert" tabindex="-1" data-takes-focus aria-labelledby="t-erros" {
                h2 #t-erros { @if errors.len() == 1 { "Há um campo por corrigir" } @else { "Há " (errors.len()) " campos por corrigir" } }
                ul { @for (id, words) in errors { li { a href=(format!("#f-{id}")) { (words) } } } }
            }
        }
    }
}

/// What was promised and is due soon, or late, in «Por tratar».
pub(crate) fn waiting(it: &OwedRemedy) -> Markup {
    let to = format!("{}#norma-{}", here(&it.assessment), it.standard);
    html! {
        article.message {
            h3 {
                @if it.is_late { strong.warn { "Em atraso: " } "ficou de se fazer até " } @else { "Fica por fazer até " }
                (words::day(&it.by))
            }
            p.reason { (it.todo) }
            p.detail { "Avaliação do espaço: " (it.text) }
            p { a href=(to) { "Dizer que está feito" } }
        }
    }
}
