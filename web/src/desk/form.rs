//! A form, one step a page. Also the identification of the citizen is one.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_hardware::card::CardState;
use vereda_sync::record::outcome::OUTCOME;

use crate::desk::card::{self, Panel};
use crate::desk::field::{self, MANY_PREFIX, NAME_PREFIX};
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::mirror::{mirror, place};
use crate::desk::papers::{self, On};
use crate::desk::port::{Desk, DeskError, Form, FormField, Next, Session};
use crate::desk::reveal::Known;
use crate::desk::{DeskState, Fault, desks, fault};
use crate::gate::{MAX_FORM_BYTES, Posted, Signed, named, percent_encoded, redirect};
use crate::layout::key;
use crate::words;

/// A step with what is wrong in it.
pub(crate) struct View {
    pub(crate) form: Form,
    pub(crate) card: CardState,
    /// By field: what is wrong, in words.
    pub(crate) errors: Vec<(String, String)>,
    /// Something else than a field went wrong: heading and what to do.
    pub(crate) trouble: Option<(&'static str, String)>,
}

/// Whether somebody opened the page, which the citizen's screen then follows, or
/// its script fetches it to draw itself again, which must move no screen.
#[derive(Clone, Copy)]
enum Shown {
    Opened,
    DrawnAgain,
}

impl Shown {
    /// Browsers say which it is; one that does not say is taken to open it.
    fn how(headers: &HeaderMap) -> Self {
        match headers.get("sec-fetch-mode") {
            Some(mode) if mode != "navigate" => Self::DrawnAgain,
            _ => Self::Opened,
        }
    }
}

impl View {
    fn load(
        desk: &dyn Desk,
        session: &Session,
        form: &str,
        step: Option<&str>,
        how: Shown,
    ) -> Result<Self, DeskError> {
        Ok(Self {
            form: match how {
                Shown::Opened => desk.form(session, form, step)?,
                Shown::DrawnAgain => desk.glance(session, form, step)?,
            },
            card: desk.card(session),
            errors: Vec::new(),
            trouble: None,
        })
    }

    /// Puts what was typed over what the draft holds, and decides again which
    /// fields are shown.
    pub(crate) fn type_over(&mut self, typed: &[(String, String)]) {
        let typed: HashMap<&str, &str> = typed
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        for field in &mut self.form.fields {
            if let Some(value) = typed.get(field.field.id.as_str()) {
                (*value).clone_into(&mut field.value);
            }
        }
        let shown: Vec<bool> = self
            .form
            .fields
            .iter()
            .map(|f| {
                let when = f.field.when.as_ref();
                when.is_none_or(|w| w.holds(&Known(&self.form), &self.form.today))
            })
            .collect();
        for (field, shown) in self.form.fields.iter_mut().zip(shown) {
            field.shown = shown;
        }
    }

    pub(crate) fn with_error(mut self, error: &DeskError) -> (StatusCode, Self) {
        let (status, heading, advice) = fault::say(error);
        match error {
            DeskError::Refused(refused) => {
                self.errors = refused
                    .iter()
                    .filter_map(|(id, refusal)| {
                        let f = self.form.fields.iter().find(|f| f.field.id == *id)?;
                        let said = match f.hidden {
                            true => format!(
                                "{}: o que o cidadão escreveu ainda não está certo.",
                                f.field.label.pt()
                            ),
                            false => words::refusal::say(&f.field, refusal, &f.value),
                        };
                        Some((id.clone(), said))
                    })
                    .collect();
                if self.errors.is_empty() {
                    self.trouble = Some((
                        heading,
                        "Um valor de outro passo precisa de ser corrigido.".to_owned(),
                    ));
                }
            }
            _ => self.trouble = Some((heading, advice)),
        }
        (status, self)
    }
}

pub(crate) async fn show_first(
    State(state): State<DeskState>,
    Path(form): Path<String>,
    headers: HeaderMap,
    who: Signed,
) -> Response {
    respond(state, who, (form, None), Shown::how(&headers), "").await
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path((form, step)): Path<(String, String)>,
    Query(after): Query<After>,
    headers: HeaderMap,
    who: Signed,
) -> Response {
    let how = Shown::how(&headers);
    respond(state, who, (form, Some(step)), how, &after.desfeito).await
}

#[derive(Deserialize, Default)]
pub(crate) struct After {
    /// The field that was just taken back.
    #[serde(default)]
    desfeito: String,
}

async fn respond(
    state: DeskState,
    who: Signed,
    (form, step): (String, Option<String>),
    how: Shown,
    undone: &str,
) -> Response {
    let loaded = state
        .load(&who.session, move |d, s| {
            View::load(d, s, &form, step.as_deref(), how)
        })
        .await;
    match loaded {
        Ok((frame, mut view)) => {
            let fields = &view.form.fields;
            if let Some(undone) = fields.iter().find(|f| f.field.id == undone) {
                let label = undone.field.label.pt();
                view.form.notice = Some(format!("Desfeito: «{label}» voltou ao que era."));
            }
            frame.respond(&page(&frame, &view))
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn finish(
    State(state): State<DeskState>,
    Path((form, step)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let typed = typed_fields(&posted.fields);
    let (session, for_retry) = (posted.session, typed.clone());
    let (form_id, step_id) = (form.clone(), step.clone());
    let path = format!("/formulario/{form}/{step}");
    let signed_in = session.clone();
    let finished = state
        .call(move |desk| desk.finish_step(&session, &form_id, &step_id, &typed))
        .await;
    let error = match finished {
        Ok(next) => return redirect(&next_page(&form, &next)),
        Err(error) => error,
    };
    // The page comes again with what was typed, and says what is wrong.
    let loaded = state
        .load(&signed_in, move |d, s| {
            View::load(d, s, &form, Some(&step), Shown::Opened)
        })
        .await;
    match loaded {
        Ok((frame, mut view)) => {
            view.type_over(&for_retry);
            let (status, view) = view.with_error(&error);
            frame.respond_with(status, &page(&frame, &view))
        }
        Err(_) => {
            let typed = named(&state, path, for_retry).await;
            Fault::from(error).keeping(typed).into_response()
        }
    }
}

/// Takes a time of a step out; it asks once more before it does.
fn taking_out(form: &Form, title: &str, guard: &Markup) -> Markup {
    html! {
        details.take-out {
            summary { "Retirar «" (title) "»" }
            form method="post" action=(format!("/formulario/{}/{}/retirar", form.id, form.step.id)) data-once {
                (guard)
                p { "O que aqui está respondido sai do pedido, com as fotografias. Os outros ficam como estão." }
                button type="submit" { "Retirar do pedido" span.hidden { ": " (title) } }
            }
        }
    }
}

/// Where it stands so that it is found again, and said what was done.
pub(crate) async fn undo(
    State(state): State<DeskState>,
    Path((form, step)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let (id, at) = (form.clone(), step.clone());
    let undone = state
        .call(move |desk| desk.undo(&posted.session, &id, &at))
        .await;
    match undone {
        Ok(field) => redirect(&format!(
            "/formulario/{form}/{step}?desfeito={}#f-{}",
            percent_encoded(&field),
            percent_encoded(&field)
        )),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// What was written last is taken back; the script shows it once something was.
fn undoing(form: &Form, guard: &Markup) -> Markup {
    html! {
        form.undo method="post" action=(format!("/formulario/{}/{}/desfazer", form.id, form.step.id)) data-undo hidden[!form.may_undo] data-once {
            (guard)
            button.plain type="submit" data-key="z" aria-keyshortcuts="z" { "Desfazer o que escrevi por último " (key("Z")) }
        }
    }
}

pub(crate) async fn take_out(
    State(state): State<DeskState>,
    Path((form, step)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let id = form.clone();
    let out = state
        .call(move |desk| desk.take_out(&posted.session, &id, &step))
        .await;
    match out {
        Ok(next) => redirect(&next_page(&form, &next)),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The mediator writes a private answer in the citizen's place.
pub(crate) async fn take_private(
    State(state): State<DeskState>,
    Path((form, step)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let field = posted.get("campo").to_owned();
    let (id, wanted) = (form.clone(), field.clone());
    let taken = state
        .call(move |desk| desk.take_private(&posted.session, &id, &wanted))
        .await;
    match taken {
        Ok(()) => redirect(&format!(
            "/formulario/{}/{}#f-{}",
            percent_encoded(&form),
            percent_encoded(&step),
            percent_encoded(&field)
        )),
        Err(error) => Fault::from(error).into_response(),
    }
}

fn next_page(form: &str, next: &Next) -> String {
    match next {
        Next::Step(step) => format!("/formulario/{form}/{step}"),
        Next::CheckAnswers => format!("/conferir/{form}"),
        Next::Attendance => format!("/atendimento/{form}"),
        Next::CheckOf(request) => format!("/conferir/{request}"),
        Next::StepOf(request, step) => format!("/formulario/{request}/{step}"),
        Next::Lost(attendance) => format!("/atendimento/{attendance}/perdeu-tudo"),
    }
}

/// The catalogue's fields in a posted form; the last of a name wins. Of several choices all do.
pub(crate) fn typed_fields(posted: &[(String, String)]) -> Vec<(String, String)> {
    let mut typed: Vec<(String, String)> = Vec::new();
    for (name, value) in posted {
        if let Some(id) = name.strip_prefix(MANY_PREFIX) {
            match typed.iter_mut().find(|(known, _)| known == id) {
                Some((_, known)) => *known = format!("{known} {value}").trim().to_owned(),
                None => typed.push((id.to_owned(), value.clone())),
            }
            continue;
        }
        let Some(id) = name.strip_prefix(NAME_PREFIX) else {
            continue;
        };
        let value = value.replace("\r\n", "\n");
        match typed.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => *known = value,
            None => typed.push((id.to_owned(), value)),
        }
    }
    typed
}

pub(crate) fn page<'a>(frame: &Frame, view: &'a View) -> Page<'a> {
    let form = &view.form;
    let is_identity = form.id == form.attendance;
    let wrong = !view.errors.is_empty() || view.trouble.is_some();
    let (number, steps) = place(form);
    let is_only_read = form.held.as_ref().is_some_and(|h| h.is_taken);
    let title = form.step.title.pt();
    let content = html! {
        div.form-page {
            (step_list(form, is_identity))
            div.middle {
                div.page-head {
                    p.crumb {
                        (form.title.pt())
                        @if let Some(citizen) = &form.citizen { " · " (citizen) }
                        @if !is_identity { " · " (words::cost(form.fee_cents, form.exempt.as_ref())) }
                    }
                    h1 { (title) }
                    p.detail { "Passo " (number) " de " (steps) }
                }
                div #foi-se hidden {}
                (desks::held_here(form.held.as_ref(), &frame.guard))
                (summary(view))
                @if let Some(notice) = &form.notice { p.notice role="status" { (notice) } }
                p.notice #tambem-aberto data-also-open hidden[form.also_open_by.is_none()] {
                    span { (form.also_open_by.as_deref().unwrap_or_default()) }
                    " também tem este formulário aberto. O que um escreve aparece ao outro."
                }
                (field::photo_forms(&form.id, &form.step.id, &form.fields, &frame.guard()))
                (field::private_forms(&form.id, &form.step.id, &form.fields, &frame.guard()))
                form.step method="post" action=(format!("/formulario/{}/{}", form.id, form.step.id)) novalidate
                    data-form=(form.id) data-revision=(form.revision) data-most-bytes=(MAX_FORM_BYTES) data-once {
                    (frame.guard())
                    @if !form.step.advice.is_empty() { p.notice { (form.step.advice.pt()) } }
                    @if is_only_read {
                        fieldset.only-read disabled { @for f in &form.fields { (one_field(form, f, &view.errors)) } }
                    } @else {
                        @for f in &form.fields { (one_field(form, f, &view.errors)) }
                    }
                    div.actions hidden[is_only_read] {
                        button.primary type="submit" { @if wrong { "Tentar de novo " } @else { "Continuar " } (key("Enter")) }
                        a.button href=(back(form)) data-key="Escape" aria-keyshortcuts="Escape" { "Voltar " (key("Esc")) }
                    }
                }
                @if !is_only_read { (undoing(form, &frame.guard())) }
                @if form.may_take_out && !is_only_read { (taking_out(form, title, &frame.guard())) }
                p.hidden #anuncio role="status" aria-live="polite" {}
            }
            aside aria-label="Ao lado" hidden[is_only_read] {
                @if is_identity && form.step.id != OUTCOME.id {
                    section.panel #cartao aria-labelledby="t-cartao" aria-live="polite" {
                        (card::panel(&view.card, &Panel {
                            attendance: &form.attendance, guard: &frame.guard, can_fill: form.card_can_fill,
                        }))
                    }
                }
                div #documentos { (papers_of(form, &frame.guard())) }
                section.panel #espelho aria-labelledby="t-espelho" { (mirror(form, frame.strip.screen, &frame.guard())) }
            }
        }
    };
    let watching = format!(
        "formulario={}&passo={}&atendimento={}",
        percent_encoded(&form.id),
        percent_encoded(&form.step.id),
        percent_encoded(&form.attendance)
    );
    Page {
        part: Part::Attendance,
        title: heading(title, wrong),
        watching,
        content,
    }
}

/// The papers that a request needs as it is answered now; the live event `papers` sends the same.
pub(crate) fn papers_of(form: &Form, guard: &Markup) -> Markup {
    papers::panel(
        &form.id,
        (&form.papers, form.because.as_deref()),
        On::Step(&form.step.id),
        guard,
    )
}

/// The window's title says first that something is wrong.
fn heading(title: &str, wrong: bool) -> &str {
    if wrong {
        "Erro: corrija este passo"
    } else {
        title
    }
}

fn one_field(form: &Form, f: &FormField, errors: &[(String, String)]) -> Markup {
    let error = errors
        .iter()
        .find(|(id, _)| *id == f.field.id)
        .map(|(_, words)| words.as_str());
    field::field(form, f, error)
}

fn back(form: &Form) -> String {
    let before = form.steps.iter().take_while(|s| !s.current).last();
    match before {
        Some(step) => format!("/formulario/{}/{}", form.id, step.id),
        None => format!("/atendimento/{}", form.attendance),
    }
}

fn summary(view: &View) -> Markup {
    html! {
        @if let Some((heading, advice)) = &view.trouble {
            div.alert role="alert" tabindex="-1" data-takes-focus {
                h2 { (heading) }
                p { (advice) }
                p { "O que escreveu continua nesta página." }
            }
        }
        @if !view.errors.is_empty() {
            div.alert role="alert" tabindex="-1" data-takes-focus aria-labelledby="t-erros" {
                h2 #t-erros { @if view.errors.len() == 1 { "Há um campo por corrigir" } @else { "Há " (view.errors.len()) " campos por corrigir" } }
                ul {
                    @for (id, words) in &view.errors { @let is_hidden = view.form.fields.iter().any(|f| f.hidden && f.field.id == *id);
                        li { a href=(if is_hidden { format!("#campo-{id}") } else { format!("#f-{id}") }) { (words) } } }
                }
            }
        }
    }
}

fn step_list(form: &Form, is_identity: bool) -> Markup {
    let all_done = form.steps.iter().all(|s| s.done);
    html! {
        nav.steps aria-label="Passos" {
            ol {
                @for (i, step) in form.steps.iter().enumerate() {
                    @let n = i + 1;
                    li.(if step.current { "current" } else if step.done { "done" } else { "to-come" }) {
                        @if step.current {
                            span data-n=(n) aria-current="step" { (step.title.pt()) }
                        } @else if step.done {
                            a data-n=(n) href=(format!("/formulario/{}/{}", form.id, step.id)) {
                                (step.title.pt()) span.hidden { " (feito)" }
                            }
                        } @else {
                            span data-n=(n) { (step.title.pt()) span.hidden { " (por fazer)" } }
                        }
                    }
                }
                @if !is_identity {
                    @let n = form.steps.len() + 1;
                    li.to-come {
                        @if all_done { a data-n=(n) href=(format!("/conferir/{}", form.id)) { "Conferir e registar" } }
                        @else { span data-n=(n) { "Conferir e registar" } }
                    }
                }
            }
            a.leave href=(format!("/atendimento/{}", form.attendance)) { "Ver o atendimento" }
        }
    }
}
