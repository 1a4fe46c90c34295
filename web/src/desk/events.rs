//! Live events of the desk: one stream a page, of fragments that it shows.
//!
//! Names: `strip`, `card`, `screen`, `papers`, `gone` (fragments of HTML), `held` (who has what is filled in, JSON),
//! `form` (a value that another desk typed, JSON), `record` and `messages` (hints to fetch again).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use vereda_sync::record::Life;

use crate::desk::card::{self, Panel};
use crate::desk::form::papers_of;
use crate::desk::mirror::mirror;
use crate::desk::port::{Desk, DeskError, Event, Form, Session};
use crate::desk::{DeskState, desks, strip};
use crate::gate::Signed;
use crate::layout;
use crate::words;

/// Between two signs of life: a machine that is gone is found out by those that it does not acknowledge.
const ALIVE_EVERY: Duration = Duration::from_secs(5);
/// Ages on the strip grow without any event.
const STRIP_EVERY: Duration = Duration::from_secs(30);
/// How soon a page comes back after the node was away, in ms.
pub(crate) const RETRY: Duration = Duration::from_millis(500);

/// What the page shows, so that only what concerns it is sent.
#[derive(Deserialize, Clone, Default)]
pub(crate) struct Watching {
    /// What the page was drawn at.
    #[serde(default)]
    desde: u64,
    #[serde(default)]
    formulario: String,
    #[serde(default)]
    passo: String,
    #[serde(default)]
    atendimento: String,
}

pub(crate) async fn stream(
    State(state): State<DeskState>,
    Query(watching): Query<Watching>,
    who: Signed,
) -> Response {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(follow(state, who.session, watching, sender));
    Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(ALIVE_EVERY))
        .into_response()
}

/// What has to be rendered afresh.
#[derive(Default)]
struct Due {
    strip: bool,
    card: bool,
    record: bool,
    messages: bool,
    /// The form watched changed; the fields that another session typed.
    form: bool,
    typed: Vec<String>,
}

impl Due {
    fn all() -> Self {
        Self {
            strip: true,
            card: true,
            record: true,
            messages: true,
            form: true,
            typed: Vec::new(),
        }
    }

    fn add(&mut self, event: Event, watching: &Watching, session: &Session) {
        match event {
            Event::Typed {
                form,
                field,
                session: typist,
            } if form == watching.formulario => {
                self.form = true;
                if typist != session.id && !self.typed.contains(&field) {
                    self.typed.push(field);
                }
            }
            Event::Typed { .. } => {}
            Event::Record { id } => {
                self.record = true;
                self.form |= id == watching.formulario;
            }
            Event::Screens => {
                self.strip = true;
                self.record = true;
                self.form = true;
            }
            Event::Strip => self.strip = true,
            Event::Card => self.card = true,
            Event::Messages => self.messages = true,
        }
    }
}

/// A page of a desk is open; until this goes.
struct There(Arc<dyn Desk>, Session);

impl Drop for There {
    fn drop(&mut self) {
        self.0.present(&self.1, false);
    }
}

async fn follow(
    state: DeskState,
    session: Session,
    watching: Watching,
    sender: mpsc::Sender<Result<Sent, Infallible>>,
) {
    let mut events = state.desk.events();
    let there = There(Arc::clone(&state.desk), session.clone());
    there.0.present(&there.1, true);
    let mut ages = tokio::time::interval(STRIP_EVERY);
    // The fragments come once; hints when something happened since the page was drawn, which also
    // holds after a reconnection.
    let missed = state.desk.happened() != watching.desde;
    let mut due = Due {
        record: missed,
        messages: missed,
        ..Due::all()
    };
    ages.tick().await;
    if sender
        .send(Ok(Sent::default().retry(RETRY).comment("pronto")))
        .await
        .is_err()
    {
        return;
    }
    loop {
        let (for_session, watching_now) = (session.clone(), watching.clone());
        let now = std::mem::take(&mut due);
        let rendered = state
            .call(move |desk| Ok(render(desk, &for_session, &watching_now, &now)))
            .await
            .unwrap_or_default();
        for event in rendered {
            if sender.send(Ok(event)).await.is_err() {
                return;
            }
        }
        // Keys that came while the last ones were drawn are drawn together.
        tokio::select! {
            () = sender.closed() => return,
            _ = ages.tick() => due.strip = true,
            event = events.recv() => match event {
                Ok(event) => {
                    due.add(event, &watching, &session);
                    while let Ok(event) = events.try_recv() {
                        due.add(event, &watching, &session);
                    }
                }
                Err(RecvError::Lagged(_)) => due = Due::all(),
                Err(RecvError::Closed) => return,
            },
        }
    }
}

fn render(desk: &dyn Desk, session: &Session, watching: &Watching, due: &Due) -> Vec<Sent> {
    let mut out = Vec::new();
    let guard = desk.form_guard(session);
    if due.strip {
        out.push(fragment(
            "strip",
            strip::strip(&desk.strip(session), &guard).into_string(),
        ));
    }
    let form = if (due.form || due.card) && !watching.formulario.is_empty() {
        Some(desk.glance(session, &watching.formulario, Some(&watching.passo)))
    } else {
        None
    };
    if due.card && !watching.atendimento.is_empty() {
        let can_fill = match &form {
            Some(form) => form.as_ref().is_ok_and(|f| f.card_can_fill),
            None => desk
                .attendance(session, &watching.atendimento)
                .is_ok_and(|a| !a.identified),
        };
        let panel = Panel {
            attendance: &watching.atendimento,
            guard: &guard,
            can_fill,
        };
        out.push(fragment(
            "card",
            card::panel(&desk.card(session), &panel).into_string(),
        ));
    }
    if let (true, Some(Ok(form))) = (due.form, &form) {
        out.extend(
            due.typed
                .iter()
                .filter_map(|field| typed_elsewhere(form, field)),
        );
        out.push(fragment(
            "screen",
            mirror(form, desk.strip(session).screen, &layout::guard(&guard)).into_string(),
        ));
        let said = form.held.as_ref();
        let held = json!({
            "taken": said.is_some_and(|holder| holder.is_taken),
            "html": said.map(|holder| desks::held(holder, &guard).into_string()),
        });
        out.push(Sent::default().event("held").data(held.to_string()));
        let papers = papers_of(form, &layout::guard(&guard));
        out.push(fragment("papers", papers.into_string()));
    }
    if let (true, Some(Err(error))) = (due.form, &form) {
        let said = gone(desk, session, &watching.formulario, error);
        out.extend(said.map(|said| fragment("gone", said.into_string())));
    }
    if due.record {
        out.push(Sent::default().event("record").data("{}"));
    }
    if due.messages {
        out.push(Sent::default().event("messages").data("{}"));
    }
    out
}

/// Why a form that somebody has open is not filled in any more, and where to go on; what is typed stays on
/// the page. Nothing when it is only that the node cannot answer now.
pub(crate) fn gone(
    desk: &dyn Desk,
    session: &Session,
    form: &str,
    error: &DeskError,
) -> Option<Markup> {
    let why = match error {
        DeskError::NotFound => {
            "Este registo já não está neste posto: foi apagado, ou era emprestado e a consulta acabou."
        }
        DeskError::NotNow(why) => why,
        _ => return None,
    };
    let (lead, words) = match desk.request(session, form) {
        Ok(request) if request.row.life == Life::Draft => {
            (format!("/formulario/{form}"), "Continuar o pedido")
        }
        Ok(_) => (format!("/pedido/{form}"), "Ver o pedido"),
        Err(_) if desk.attendance(session, form).is_ok() => {
            (format!("/atendimento/{form}"), "Ver o atendimento")
        }
        Err(_) => ("/".to_owned(), "Voltar a Hoje"),
    };
    Some(html! {
        h2 { "Isto já não se preenche aqui" }
        p { (why) }
        p { "O que escreveu continua nesta página, mas já não se guarda: copie o que ainda faz falta." }
        p { a.button.primary href=(lead) { (words) } }
    })
}

fn typed_elsewhere(form: &Form, field: &str) -> Option<Sent> {
    let f = form.fields.iter().find(|f| f.field.id == field)?;
    let data = json!({
        "form": form.id,
        "field": field,
        "value": f.value,
        "by": form.also_open_by,
        "revision": form.revision,
        "hidden": f.hidden,
        "mark": f.provenance.map(words::provenance),
    });
    Some(Sent::default().event("form").data(data.to_string()))
}

/// A fragment as an event. Carriage returns would end the event's line.
fn fragment(name: &str, fragment: String) -> Sent {
    Sent::default().event(name).data(fragment.replace('\r', ""))
}
