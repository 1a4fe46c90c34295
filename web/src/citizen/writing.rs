//! A step that the citizen writes: its fields as inputs, what is to mend, and two buttons.

use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::{Field, Kind};
use vereda_sync::check::Refusal;

use crate::citizen::page::{both, said, with_portuguese};
use crate::citizen::port::{Following, Input, Place};
use crate::citizen::{ScreenState, act};
use crate::desk::MAX_KEYSTROKE_BYTES;
use crate::desk::draft;
use crate::desk::field::{MANY_PREFIX, NAME_PREFIX, options, shape};
use crate::desk::form::typed_fields;
use crate::gate::{get as value_of, off_thread};
use crate::guard::{derived, same};
use crate::layout;
use crate::texts::Texts;
use crate::words;

/// What the script sends: the field's whole value as it now reads.
#[derive(Deserialize)]
struct Keystroke {
    guarda: String,
    form: String,
    step: String,
    field: String,
    value: String,
    base: u64,
}

pub(crate) async fn keystroke(State(state): State<ScreenState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(token) = state.token(&parts.headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(bytes) = to_bytes(body, MAX_KEYSTROKE_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Ok(key) = serde_json::from_slice::<Keystroke>(&bytes) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !same(&derived(&token), &key.guarda) {
        return (StatusCode::FORBIDDEN, Json(())).into_response();
    }
    let screens = Arc::clone(&state.screens);
    let saved = off_thread(move || {
        let place = Place {
            form: &key.form,
            step: &key.step,
            field: &key.field,
        };
        screens.write(&token, place, &key.value, key.base)
    });
    draft::answer(saved.await)
}

pub(crate) async fn written(State(state): State<ScreenState>, request: Request) -> Response {
    act(state, request, |screens, token, fields| {
        let step = (value_of(fields, "formulario"), value_of(fields, "passo"));
        let is_through = value_of(fields, "escrito") == "pronto";
        screens.written(token, step, &typed_fields(fields), is_through)
    })
    .await
}

/// The two buttons, and what the script says while it keeps what is written.
pub(crate) fn buttons(t: Texts, following: &Following, guard: &str) -> Markup {
    let mut inputs = following.fields.iter().filter_map(|f| f.input.as_ref());
    let is_wrong = inputs.any(|i| i.wrong.is_some());
    html! {
        form.writes #escrito method="post" action="/cidadao/escrito" data-writes
            data-saving=(t.say("write-saving")) data-kept=(t.say("write-kept")) data-lost=(t.say("write-lost"))
            data-other=(t.say("write-other")) data-take=(t.say("write-take")) data-keep=(t.say("write-keep")) {
            (layout::guard(guard))
            input type="hidden" name="formulario" value=(following.place.0);
            input type="hidden" name="passo" value=(following.place.1);
            @if is_wrong { p.problem role="alert" { (both(t, "write-mend")) } }
            p.status role="status" data-status {}
            div.two-buttons {
                button.right type="submit" name="escrito" value="pronto" { (both(t, "write-done")) }
                button type="submit" name="escrito" value="parar" { (both(t, "write-stop")) }
            }
        }
    }
}

/// A field to write in.
pub(crate) fn question(t: Texts, field: &Field, value: &str, input: &Input) -> Markup {
    let one_line = !matches!(
        field.kind,
        Kind::Choice | Kind::YesNo | Kind::Choices | Kind::Consent
    );
    html! {
        div.asked.to-write data-one=(field.id) {
            @if one_line {
                label.question for=(id(field, 0)) { (with_portuguese(t, &field.label)) }
                (around(t, field, input))
                div data-answer=(field.id) data-revision=(input.revision) { (line(field, value, input)) }
            } @else {
                fieldset aria-describedby=(described_by(field)) {
                    legend.question { (with_portuguese(t, &field.label)) }
                    (around(t, field, input))
                    div.tiles data-answer=(field.id) data-revision=(input.revision) { (tiles(t, field, value, input)) }
                }
            }
            div data-choice hidden {}
        }
    }
}

/// The help and what is to mend, before the input: that is the order in which they are read.
fn around(t: Texts, field: &Field, input: &Input) -> Markup {
    html! {
        @if !field.required { p.hint { (t.say("write-optional")) } }
        @if field.private { p.hint { (both(t, "write-private")) } }
        @if !field.hint.is_empty() { p.hint id=(format!("ajuda-{}", field.id)) { (said(t, &field.hint)) } }
        p.problem data-wrong id=(format!("erro-{}", field.id)) {
            @if let Some(refusal) = &input.wrong { (refused(t, field, refusal)) }
        }
    }
}

fn id(field: &Field, n: usize) -> String {
    match n {
        0 => format!("e-{}", field.id),
        n => format!("e-{}-{n}", field.id),
    }
}

fn described_by(field: &Field) -> String {
    let error = format!("erro-{}", field.id);
    match field.hint.is_empty() {
        true => error,
        false => format!("ajuda-{} {error}", field.id),
    }
}

fn line(field: &Field, value: &str, input: &Input) -> Markup {
    let name = format!("{NAME_PREFIX}{}", field.id);
    let invalid = input.wrong.as_ref().map(|_| "true");
    // As figures are written everywhere; what is prose follows the citizen's own language.
    let (kind, mode, _) = shape(field.kind);
    let prose = matches!(field.kind, Kind::Text | Kind::LongText | Kind::Name);
    let direction = if prose { "auto" } else { "ltr" };
    let value = match field.kind {
        Kind::Date => words::typed(field, value, "pt"),
        _ => value.to_owned(),
    };
    html! {
        @if field.kind == Kind::LongText {
            textarea id=(id(field, 0)) name=(name) form="escrito" rows="4" dir=(direction) data-write=(field.id)
                aria-describedby=(described_by(field)) aria-invalid=[invalid] autocomplete="off" { (value) }
        } @else {
            input id=(id(field, 0)) type=(kind) inputmode=[mode] name=(name) form="escrito" value=(value) dir=(direction)
                data-write=(field.id) aria-describedby=(described_by(field)) aria-invalid=[invalid]
                autocomplete="off" spellcheck="false";
        }
    }
}

fn tiles(t: Texts, field: &Field, value: &str, input: &Input) -> Markup {
    let is_many = field.kind == Kind::Choices;
    let is_consent = field.kind == Kind::Consent;
    let prefix = if is_many { MANY_PREFIX } else { NAME_PREFIX };
    let name = format!("{prefix}{}", field.id);
    let invalid = input.wrong.as_ref().map(|_| "true");
    html! {
        // Unticked boxes send nothing: this says "none".
        @if is_many || is_consent { input type="hidden" name=(name) value="" form="escrito"; }
        @if is_consent {
            label.tile {
                input id=(id(field, 0)) type="checkbox" name=(name) form="escrito" value="yes" data-write=(field.id)
                    checked[value == "yes"] aria-invalid=[invalid];
                span { (t.say("write-agree")) }
            }
        } @else {
            @for (n, option) in options(field).iter().enumerate() {
                label.tile {
                    input id=(id(field, n)) type=(if is_many { "checkbox" } else { "radio" }) name=(name) form="escrito"
                        value=(option.id) data-write=(field.id) checked[value.split(' ').any(|v| v == option.id)];
                    span {
                        @match (field.kind, option.id.as_str()) {
                            (Kind::YesNo, id) => (both(t, id)),
                            _ => (with_portuguese(t, &option.label)),
                        }
                    }
                }
            }
        }
    }
}

/// What is to mend, in the citizen's language.
fn refused(t: Texts, field: &Field, refusal: &Refusal) -> String {
    let day = |iso: &str| t.date(iso).unwrap_or_else(|| iso.to_owned());
    match refusal {
        Refusal::Missing => t.say(match field.kind {
            Kind::Choice | Kind::YesNo | Kind::Choices => "wrong-option",
            Kind::Consent => "wrong-agree",
            _ => "wrong-missing",
        }),
        Refusal::Digits { expected, .. } => t.say_of("wrong-digits", "count", *expected),
        Refusal::CheckDigit => t.say("wrong-check"),
        Refusal::Form { example } => t.say_of("wrong-form", "example", example.as_ref()),
        Refusal::NoSuchDate => t.say("wrong-date"),
        Refusal::Future => t.say("wrong-future"),
        Refusal::Country => t.say_of("wrong-country", "example", "PT50"),
        Refusal::Early { first } => t.say_of("wrong-early", "day", day(first)),
        Refusal::Late { last } => t.say_of("wrong-late", "day", day(last)),
        Refusal::TooSmall { min } => t.say_of("wrong-small", "limit", min.to_string()),
        Refusal::TooLarge { max } => t.say_of("wrong-large", "limit", max.to_string()),
        Refusal::TooShort { min } => t.say_of("wrong-short", "count", *min),
        Refusal::TooLong { max } => t.say_of("wrong-long", "count", *max),
        Refusal::NoSuchOption => t.say("wrong-option"),
        Refusal::NotAgreed => t.say("wrong-agree"),
        // The mediator takes the photographs: it is never asked of the citizen.
        Refusal::TooFew { .. } => t.say("wrong-missing"),
    }
}
