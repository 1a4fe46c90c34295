//! Somebody without documents: that they declared who they are stands wherever their request goes,
//! until a document proves it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::Life;
use vereda_sync::record::declaration::{DECLARATION, PROOF, PROOF_KIND, PROOF_NUMBER, Proof};

use crate::desk::frame::Frame;
use crate::desk::port::{Attendance, DeskError, Request};
use crate::desk::request::{self, Retry};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, own_path, redirect};
use crate::words::{self, time};

pub(crate) async fn declare(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let attendance = id.clone();
    let undocumented = posted.get("documentos") == "nao";
    let back = posted.get("para").to_owned();
    let done = state
        .call(move |desk| {
            desk.declare(&posted.session, &attendance, undocumented)?;
            desk.attendance(&posted.session, &attendance)
        })
        .await;
    match done {
        // Who they are comes first, and who acts for them.
        Ok(now)
            if undocumented
                && now.identified
                && !(now.represented && now.representation.is_empty()) =>
        {
            redirect(&format!("/formulario/{id}/{}", DECLARATION.id))
        }
        Ok(_) if !back.is_empty() => redirect(own_path(&back)),
        Ok(_) => redirect(&format!("/atendimento/{id}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn prove(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let mut retry = Retry {
        field: PROOF.id.clone(),
        value: posted.get("numero").to_owned(),
        reason: posted.get("qual").to_owned(),
        ..Retry::default()
    };
    let id = request.clone();
    let proven = state
        .call(move |desk| {
            let (kind, number) = (posted.get("qual"), posted.get("numero"));
            desk.prove(&posted.session, &id, kind, number)
        })
        .await;
    retry.error = match proven {
        Ok(()) => return redirect(&format!("/pedido/{request}")),
        Err(error) => say(&error, &retry),
    };
    let read =
        move |desk: &dyn crate::desk::port::Desk, session: &_| desk.request(session, &request);
    match state.load(&session, read).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &request::page(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("Número".to_owned(), retry.value)])
            .into_response(),
    }
}

fn say(error: &DeskError, retry: &Retry) -> String {
    if let DeskError::Refused(refused) = error
        && let Some((id, refusal)) = refused.first()
        && let Some(field) = PROOF.fields.iter().find(|f| f.id == *id)
    {
        let typed = match field.id.as_str() {
            PROOF_NUMBER => &retry.value,
            _ => &retry.reason,
        };
        return format!(
            "{}: {}",
            field.label.pt(),
            words::refusal::say(field, refusal, typed)
        );
    }
    fault::problem(error)
}

/// The kind of a document, as people read it.
fn kind(document: &str) -> String {
    let field = PROOF.fields.iter().find(|f| f.id == PROOF_KIND);
    field.map_or_else(String::new, |f| words::shown(f, document, "pt"))
}

/// How it stands, as one line of a page that only tells.
pub(crate) fn line(identity: Option<&Proof>) -> Markup {
    html! {
        @match identity {
            None => {}
            Some(Proof::Owed(until)) => p.notice.amber {
                span { strong { "Sem documentos." } " O cidadão declarou quem é; falta a prova, até " (words::day(until)) "." }
            },
            Some(Proof::Given { document, .. }) => p.notice {
                span { "Veio sem documentos e declarou quem é. Depois provou-o: " (kind(document)) "." }
            },
        }
    }
}

/// How it stands, as the value of a fact on paper.
pub(crate) fn fact(identity: &Proof) -> String {
    match identity {
        Proof::Owed(until) => format!(
            "Declarada, sem documentos. Falta a prova, até {}.",
            words::day(until)
        ),
        Proof::Given { document, .. } => {
            format!("Declarada, e depois provada: {}.", kind(document))
        }
    }
}

/// Whether the citizen has documents, on the page of an attendance.
pub(crate) fn of_attendance(frame: &Frame, attendance: &Attendance) -> Markup {
    let may_change = !attendance.closed && attendance.requests.is_empty();
    let turn = |documents: &str, words: &str| {
        html! {
            form method="post" action=(format!("/atendimento/{}/documentos", attendance.id)) data-once {
                (frame.guard())
                input type="hidden" name="documentos" value=(documents);
                button.plain type="submit" { (words) }
            }
        }
    };
    html! {
        @if attendance.undocumented {
            section.panel #declaracao data-region="record" aria-labelledby="t-declaracao" {
                h2 #t-declaracao { "Sem documentos" }
                @if attendance.declaration.is_empty() {
                    p.problem { "Falta o cidadão declarar quem é." }
                } @else {
                    dl.facts {
                        @for (label, answer) in &attendance.declaration {
                            div { dt { (label.pt()) } dd { (answer.value) " " span.mark { (words::provenance(answer.provenance)) } } }
                        }
                    }
                }
                @if may_change {
                    a.button.plain href=(format!("/formulario/{}/{}", attendance.id, DECLARATION.id)) { "Declaração e testemunhas" }
                    (turn("sim", "Afinal tem documentos"))
                }
            }
        } @else if may_change {
            (turn("nao", "Sem documentos"))
        }
    }
}

/// On the page of a request: who saw which document and when, or where that is said.
pub(crate) fn panel(frame: &Frame, view: &Request, retry: &Retry) -> Markup {
    let Some(identity) = &view.identity else {
        return html! {};
    };
    let row = &view.row;
    let is_open = !matches!(row.life, Life::Draft | Life::Withdrawn) && view.lent_until.is_none();
    html! {
        section.panel aria-labelledby="t-identidade" {
            h2 #t-identidade { "Quem é" }
            div #identidade data-region="record" { (standing(frame, view, identity)) }
            @if is_open && matches!(identity, Proof::Owed(_)) { (form(frame, &row.id, retry)) }
        }
    }
}

fn standing(frame: &Frame, view: &Request, identity: &Proof) -> Markup {
    let seen = view.answers.iter().find(|(f, _)| f.id == PROOF_NUMBER);
    let seen = seen.and_then(|(_, statements)| statements.last());
    html! {
        @match identity {
            Proof::Owed(_) => p.problem { (fact(identity)) },
            Proof::Given { document, number } => {
                p.done { "Provado por " strong { (kind(document)) " n.º " (number) } }
                @if let Some(seen) = seen {
                    p.detail { "Visto por " (seen.by) ", " (seen.spot) ", " (time::at(seen.at, frame.now())) }
                }
            }
        }
    }
}

fn form(frame: &Frame, request: &str, retry: &Retry) -> Markup {
    let wrong = (retry.field == PROOF.id && !retry.error.is_empty()).then_some("erro-prova");
    let retried = |typed: &str| match retry.field == PROOF.id {
        true => typed.to_owned(),
        false => String::new(),
    };
    let (chosen, number) = (retried(&retry.reason), retried(&retry.value));
    let options = PROOF.fields.iter().flat_map(|f| &f.options);
    html! {
        details open[wrong.is_some()] {
            summary { "Trouxe um documento" }
            form #provar method="post" action=(format!("/pedido/{request}/prova")) data-once {
                (frame.guard())
                @if wrong.is_some() { p.error #erro-prova role="alert" tabindex="-1" data-takes-focus { (retry.error) } }
                div.field {
                    label for="prova-qual" { "Que documento viu" }
                    select #prova-qual name="qual" required aria-describedby=[wrong] {
                        option value="" { "Escolha" }
                        @for option in options {
                            option value=(option.id) selected[chosen == option.id] { (option.label.pt()) }
                        }
                    }
                }
                div.field {
                    label for="prova-numero" { "Número do documento" }
                    input.w-18 #prova-numero name="numero" value=(number) autocomplete="off" spellcheck="false" required aria-describedby=[wrong];
                }
                p.hint { "Vale também para o que pediu neste mesmo atendimento." }
                button type="submit" { "Vi o documento: está provado" }
            }
        }
    }
}
