//! Pairing this desk with a citizen's screen: the code that the screen shows.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::ScreenLink;
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::layout::key;

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    match state.load(&who.session, |_, _| Ok(())).await {
        Ok((frame, ())) => frame.respond(&page(&frame, "", None)),
        Err(fault) => fault.into_response(),
    }
}

/// The citizen writes a step on their screen, or no longer.
pub(crate) async fn let_write(State(state): State<DeskState>, posted: Posted) -> Response {
    let (form, step) = (posted.get("formulario"), posted.get("passo"));
    let back = format!(
        "/formulario/{}/{}",
        percent_encoded(form),
        percent_encoded(step)
    );
    let (form, step) = (form.to_owned(), step.to_owned());
    let writes = posted.get("escrever") == "sim";
    let done = state
        .call(move |desk| desk.let_citizen_write(&posted.session, &form, &step, writes))
        .await;
    match done {
        Ok(()) => redirect(&back),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn pair(State(state): State<DeskState>, posted: Posted) -> Response {
    let code: String = posted
        .get("codigo")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let (session, sent) = (posted.session.clone(), code.clone());
    let Err(error) = state
        .call(move |desk| desk.pair_screen(&posted.session, &sent))
        .await
    else {
        return redirect("/ecra");
    };
    let (_, heading, advice) = fault::say(&error);
    let words = match error {
        crate::desk::port::DeskError::NotFound => {
            "Nenhum ecrã mostra este código. Confirme os quatro algarismos no ecrã do cidadão."
                .to_owned()
        }
        _ => format!("{heading}. {advice}"),
    };
    match state.load(&session, |_, _| Ok(())).await {
        Ok((frame, ())) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &code, Some(&words)),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn unpair(State(state): State<DeskState>, posted: Posted) -> Response {
    match state
        .call(move |desk| desk.unpair_screen(&posted.session))
        .await
    {
        Ok(()) => redirect("/ecra"),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, code: &str, error: Option<&str>) -> Page<'a> {
    let content = html! {
        div.narrow {
            h1 { "Ecrã do cidadão" }
            div #estado-ecra data-region="record" {
                @match frame.strip.screen {
                    ScreenLink::Following => p.done { "Emparelhado e ligado: o cidadão vê o que se passa neste posto." },
                    ScreenLink::Away => p.problem { "Emparelhado, mas a página do ecrã está fechada. Abra /cidadao no segundo ecrã ou tablet." },
                    ScreenLink::None => p { "Nenhum ecrã emparelhado. Abra /cidadao no segundo ecrã ou tablet: mostra um código." },
                }
                @if frame.strip.screen != ScreenLink::None {
                    form method="post" action="/ecra/largar" {
                        (frame.guard())
                        button type="submit" { "Largar este ecrã" }
                    }
                }
            }
            form method="post" action="/ecra" data-once {
                (frame.guard())
                div.field.(if error.is_some() { "wrong" } else { "ok" }) {
                    label for="codigo" { "Código que o ecrã mostra" }
                    p.error #erro-codigo hidden[error.is_none()] role="alert" { (error.unwrap_or_default()) }
                    input.code #codigo name="codigo" value=(code) inputmode="numeric" autocomplete="off" maxlength="8" required
                        aria-describedby="erro-codigo" aria-invalid=[error.map(|_| "true")] autofocus;
                }
                div.actions {
                    button.primary type="submit" { "Emparelhar " (key("Enter")) }
                    a.button href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Voltar " (key("Esc")) }
                }
            }
        }
    };
    let title = if error.is_some() {
        "Erro: código do ecrã"
    } else {
        "Ecrã do cidadão"
    };
    Page {
        part: Part::Screen,
        title,
        watching: String::new(),
        content,
    }
}
