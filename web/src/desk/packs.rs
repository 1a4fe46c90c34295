//! "Papel": blank forms for when the machine fails, printed before; and what was filled in on them, entered later.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::record::late::{Late, MAX_NAME_CHARS};
use vereda_sync::record::pack::{MAX_BLANKS, MAX_REASON_CHARS};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{
    BlankState, BlankView, Desk, DeskError, MAX_OF_SERVICE, PackRow, PackView, PacksView, Session,
    ToEnter, TypedLate,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::words::{count, day, time};

fn here(pack: &str) -> String {
    format!("/papel/{pack}")
}

/// What was typed and refused, and why.
#[derive(Default)]
pub(crate) struct Refused {
    /// A number to enter.
    pub(crate) number: String,
    /// How many of each service.
    pub(crate) asked: Vec<(String, u16)>,
    /// Why.
    pub(crate) problem: String,
}

fn status(problem: &str) -> StatusCode {
    match problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    shown(&state, &who.session, Refused::default()).await
}

async fn shown(state: &DeskState, session: &Session, refusal: Refused) -> Response {
    match state.load(session, |desk, of| desk.packs(of)).await {
        Ok((frame, view)) => {
            let page = page(&frame, &view, &refusal);
            frame.respond_with(status(&refusal.problem), &page)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn make(State(state): State<DeskState>, posted: Posted) -> Response {
    let of_service = posted.fields.iter().filter_map(|(name, n)| {
        let service = name.strip_prefix("n.")?;
        // What is no number is far too many: it is said, and not taken for none.
        let n = match n.trim() {
            "" => 0,
            n => n.parse().unwrap_or(u16::MAX),
        };
        Some((service.to_owned(), n))
    });
    let asked: Vec<(String, u16)> = of_service.collect();
    let (session, sent) = (posted.session.clone(), asked.clone());
    let made = state.call(move |desk| desk.make_pack(&posted.session, &sent));
    match made.await {
        Ok(pack) => redirect(&here(&pack)),
        Err(error) => {
            let refusal = Refused {
                asked,
                problem: fault::problem(&error),
                ..Refused::default()
            };
            shown(&state, &session, refusal).await
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    numero: String,
}

/// A number that was typed or scanned.
pub(crate) async fn show_blank(
    State(state): State<DeskState>,
    Query(asked): Query<Asked>,
    who: Signed,
) -> Response {
    let number: String = asked.numero.chars().take(200).collect();
    let typed = number.clone();
    let load = move |desk: &dyn Desk, session: &Session| match desk.blank(session, &typed) {
        Ok(blank) => Ok(Ok(blank)),
        Err(error @ DeskError::NotNow(_)) => Ok(Err(error)),
        Err(error) => Err(error),
    };
    match state.load(&who.session, load).await {
        Ok((frame, Ok(blank))) => frame.respond(&enter_page(&frame, &blank, "")),
        Ok((_, Err(error))) => {
            let refusal = Refused {
                number,
                problem: fault::problem(&error),
                ..Refused::default()
            };
            shown(&state, &who.session, refusal).await
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn enter(State(state): State<DeskState>, posted: Posted) -> Response {
    let typed = TypedLate {
        number: posted.get("numero").to_owned(),
        day: posted.get("dia").to_owned(),
        hour: posted.get("hora").to_owned(),
        place: posted.get("lugar").to_owned(),
        person: posted.get("quem").to_owned(),
    };
    let (session, sent) = (posted.session.clone(), typed.clone());
    let entered = state.call(move |desk| desk.enter_late(&posted.session, &sent));
    let error = match entered.await {
        Ok(attendance) => return redirect(&format!("/formulario/{attendance}")),
        Err(error) => error,
    };
    let (problem, number) = (fault::problem(&error), typed.number.clone());
    let asked = number.clone();
    let load = move |desk: &dyn Desk, session: &Session| Ok(desk.blank(session, &asked));
    match state.load(&session, load).await {
        Ok((frame, Ok(blank))) => {
            let blank = ToEnter { typed, ..blank };
            let page = enter_page(&frame, &blank, &problem);
            frame.respond_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Ok(_) => {
            let refusal = Refused {
                number,
                problem,
                ..Refused::default()
            };
            shown(&state, &session, refusal).await
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_pack(
    State(state): State<DeskState>,
    Path(pack): Path<String>,
    who: Signed,
) -> Response {
    pack_shown(&state, &who.session, pack, String::new()).await
}

async fn pack_shown(
    state: &DeskState,
    session: &Session,
    pack: String,
    problem: String,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.pack(session, &pack);
    match state.load(session, load).await {
        Ok((frame, view)) => {
            frame.respond_with(status(&problem), &pack_page(&frame, &view, &problem))
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn void(
    State(state): State<DeskState>,
    Path(pack): Path<String>,
    posted: Posted,
) -> Response {
    let (session, id) = (posted.session.clone(), pack.clone());
    let voided = state.call(move |desk| {
        let number = Some(posted.get("numero")).filter(|n| !n.is_empty());
        desk.void_blanks(&posted.session, &id, number, posted.get("motivo"))
    });
    match voided.await {
        Ok(()) => redirect(&here(&pack)),
        Err(error @ DeskError::NotNow(_)) => {
            pack_shown(&state, &session, pack, fault::problem(&error)).await
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn find(
    State(state): State<DeskState>,
    Path(pack): Path<String>,
    posted: Posted,
) -> Response {
    let id = pack.clone();
    let found = state.call(move |desk| desk.find_blank(&posted.session, &id, posted.get("numero")));
    match found.await {
        Ok(()) => redirect(&here(&pack)),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// That something stood on paper first, and what that paper says.
pub(crate) fn said(late: &Late) -> String {
    format!(
        "{}, às {}, em {}, por {}",
        day(&late.day.to_string()),
        late.hour,
        late.place,
        late.person
    )
}

/// The same as a notice, where it was entered or is going to be.
pub(crate) fn notice(late: Option<&Late>) -> Markup {
    html! {
        @if let Some(late) = late {
            p.notice.from-paper role="note" { span { strong { "Passado do papel." } " Impresso " span.number { (late.number) } ", preenchido em " (said(late)) "." } }
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &PacksView, refusal: &Refused) -> Page<'a> {
    let asked = |id: &str| {
        let asked = refusal.asked.iter().find(|(service, _)| service == id);
        asked.map_or(0, |(_, n)| *n)
    };
    let content = html! {
        div.papers-page {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "Papel" }
                p { "Para quando o computador falha: impressos feitos antes, passados depois." }
            }
            (alert(&refusal.problem))
            section.panel aria-labelledby="t-passar" {
                h2 #t-passar { "Passar um impresso preenchido" }
                form.enter-number method="get" action="/papel/numero" {
                    div.field {
                        label for="numero-papel" { "Número do impresso" }
                        p.hint #h-numero-papel { "Escreva-o, ou leia o código do impresso com o leitor." }
                        input #numero-papel name="numero" value=(refusal.number) autocomplete="off" autocapitalize="characters"
                            spellcheck="false" maxlength="60" required aria-describedby="h-numero-papel" aria-invalid=[(!refusal.number.is_empty()).then_some("true")];
                    }
                    button.primary type="submit" { "Continuar" }
                }
            }
            section.panel aria-labelledby="t-maco" {
                h2 #t-maco { "Imprimir um maço" }
                p { "Cada impresso leva um número só dele. Imprima-os antes de sair, e leve-os com canetas." }
                form method="post" action="/papel" data-once {
                    (frame.guard())
                    fieldset.how-many {
                        legend { "Quantos de cada" }
                        p.hint { "Até " (MAX_OF_SERVICE) " de cada serviço, " (MAX_BLANKS) " ao todo." }
                        ul {
                            @for (id, title) in &view.services {
                                @let field = format!("n-{id}");
                                li {
                                    label for=(field) { (title.pt()) }
                                    input id=(field) name=(format!("n.{id}")) type="number" inputmode="numeric" min="0" max=(MAX_OF_SERVICE) step="1"
                                        value=[Some(asked(id)).filter(|n| *n > 0)];
                                }
                            }
                        }
                    }
                    button type="submit" { "Fazer o maço" }
                }
            }
            section #macos data-region="record messages" aria-labelledby="t-macos" {
                h2 #t-macos { "Maços que estão fora" }
                @if view.packs.is_empty() { p.none { "Ainda não há nenhum." } }
                @for pack in &view.packs {
                    div.card-row {
                        div {
                            p.name { (time::at(pack.by.at, frame.now())) @if !pack.is_own { " · " (pack.spot) } }
                            p.detail { (pack.by.who) " · " (tally(pack)) }
                        }
                        a.button href=(here(&pack.id)) { "Ver" span.hidden { " o maço de " (time::full(pack.by.at)) } }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Paper,
        title: match refusal.problem.is_empty() {
            true => "Papel",
            false => "Erro: papel",
        },
        watching: String::new(),
        content,
    }
}

fn tally(pack: &PackRow) -> String {
    let mut parts = vec![format!("{} em branco", pack.blank)];
    if pack.entered > 0 {
        parts.push(count(pack.entered, "passado", "passados"));
    }
    if pack.voided > 0 {
        parts.push(count(pack.voided, "anulado", "anulados"));
    }
    parts.join(", ")
}

pub(crate) fn enter_page<'a>(frame: &Frame, blank: &ToEnter, problem: &str) -> Page<'a> {
    let typed = &blank.typed;
    let content = html! {
        div.narrow.papers-page {
            div.page-head {
                p.crumb { a href="/papel" data-key="Escape" aria-keyshortcuts="Escape" { "Papel " (key("Esc")) } }
                h1 { (blank.title.pt()) }
                p { "Impresso " strong.number { (blank.number) } ", feito em " (day(&blank.printed)) }
            }
            (alert(problem))
            @if let Some(attendance) = &blank.begun {
                p.notice.amber { "Este impresso já está a ser passado." }
                p { a.button.primary href=(format!("/atendimento/{attendance}")) { "Continuar esse atendimento" } }
            } @else {
                form method="post" action="/papel/numero" data-once {
                    (frame.guard())
                    input type="hidden" name="numero" value=(blank.number);
                    p { "O que está escrito no impresso:" }
                    div.contact {
                        div.field {
                            label for="papel-dia" { "Dia" }
                            input #papel-dia name="dia" type="date" value=(typed.day) min=(blank.printed) required;
                        }
                        div.field {
                            label for="papel-hora" { "Hora" }
                            input #papel-hora name="hora" type="time" value=(typed.hour) required;
                        }
                    }
                    div.field {
                        label for="papel-lugar" { "Onde" }
                        input.w-full #papel-lugar name="lugar" value=(typed.place) maxlength=(MAX_NAME_CHARS) autocomplete="off" required;
                    }
                    div.field {
                        label for="papel-quem" { "Quem atendeu" }
                        input.w-full #papel-quem name="quem" value=(typed.person) maxlength=(MAX_NAME_CHARS) autocomplete="off" required;
                    }
                    button.primary type="submit" { "Passar este impresso" }
                    p.detail { "Segue-se o formulário do costume. O pedido fica com este número, e diz que foi passado do papel." }
                }
            }
        }
    };
    Page {
        part: Part::Paper,
        title: match problem {
            "" => "Passar um impresso",
            _ => "Erro: passar um impresso",
        },
        watching: String::new(),
        content,
    }
}

pub(crate) fn pack_page<'a>(frame: &Frame, view: &PackView, problem: &str) -> Page<'a> {
    let row = &view.row;
    let content = html! {
        div.papers-page {
            div.page-head {
                p.crumb { a href="/papel" data-key="Escape" aria-keyshortcuts="Escape" { "Papel " (key("Esc")) } }
                h1 { "Maço de " (time::full(row.by.at)) }
                p { (row.by.who) @if !row.is_own { " · " (row.spot) } }
            }
            (alert(problem))
            @if row.is_own && row.blank > 0 {
                p { a.button.primary href=(format!("{}/imprimir", here(&row.id))) data-key="i" aria-keyshortcuts="i" { "Ver e imprimir " (count(row.blank, "impresso", "impressos")) " " (key("I")) } }
            }
            section #maco data-region="record messages" aria-labelledby="t-impressos" {
                h2 #t-impressos { "Impressos: " (tally(row)) }
                ul.blanks {
                    @for blank in &view.blanks { (line(frame, row, blank)) }
                }
            }
            @if row.is_own && row.blank > 0 {
                details {
                    summary { "Perdeu-se o maço" }
                    form.lost method="post" action=(format!("{}/anular", here(&row.id))) data-once {
                        (frame.guard())
                        (reason("motivo-maco"))
                        button.danger type="submit" { "Anular os " (row.blank) " que estão em branco" }
                        p.detail { "Os números deixam de poder ser passados. Se os papéis aparecerem, diz-se aqui, um a um." }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Paper,
        title: match problem {
            "" => "Maço",
            _ => "Erro: maço",
        },
        watching: String::new(),
        content,
    }
}

fn reason(id: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { "Porquê" }
            input.w-full id=(id) name="motivo" maxlength=(MAX_REASON_CHARS) autocomplete="off" required;
        }
    }
}

fn line(frame: &Frame, row: &PackRow, blank: &BlankView) -> Markup {
    let number = &blank.number;
    html! {
        li.(match blank.state { BlankState::Voided(..) => "gone", _ => "there" }) {
            div {
                p.name.number { (number) }
                p.detail { (blank.title.pt()) }
            }
            @match &blank.state {
                BlankState::Blank if row.is_own => {
                    details {
                        summary { "Em branco: anular" span.hidden { " " (number) } }
                        form.lost method="post" action=(format!("{}/anular", here(&row.id))) data-once {
                            (frame.guard())
                            input type="hidden" name="numero" value=(number);
                            (reason(&format!("motivo-{number}")))
                            button type="submit" { "Anular" span.hidden { " " (number) } }
                        }
                    }
                }
                BlankState::Blank => p { "Em branco" },
                BlankState::Begun(attendance) => p { "A ser passado · " a href=(format!("/atendimento/{attendance}")) { "Continuar" span.hidden { " " (number) } } },
                BlankState::Entered(request) => p { strong.entered { "Passado" } " · " a href=(format!("/pedido/{request}")) { "Ver o pedido" span.hidden { " " (number) } } },
                BlankState::Voided(by, why) => {
                    div {
                        p { strong { "Anulado" } ": " (why) }
                        p.detail { (by.who) ", " (time::at(by.at, frame.now())) }
                        @if row.is_own {
                            form method="post" action=(format!("{}/apareceu", here(&row.id))) {
                                (frame.guard())
                                input type="hidden" name="numero" value=(number);
                                button.plain type="submit" { "Apareceu" span.hidden { " " (number) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
