//! "Conferir": all answers, the citizen's confirmation, and the act of recording.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use vereda_sync::catalogue::Offline;
use vereda_sync::record::declaration::DECLARATION;
use vereda_sync::record::late::PHOTO_FIELD;
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::papers::Standing;
use vereda_sync::record::representation::REPRESENTATION;

use crate::desk::agreed;
use crate::desk::declared;
use crate::desk::field::masked;
use crate::desk::field::photographs;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::household;
use crate::desk::outcome;
use crate::desk::packs;
use crate::desk::papers::{self, On};
use crate::desk::port::{
    Attachment, CheckAnswers, Confirmation, Desk, DeskError, Hours, ScreenLink, Session,
};
use crate::desk::{DeskState, Fault, twice};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::words;
use crate::words::reserved::value;

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.check_answers(session, &request);
    state.show(&who, load, page).await
}

pub(crate) async fn ask(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let asked = state
        .call(move |desk| desk.ask_confirmation(&posted.session, &id))
        .await;
    again_or_fault(&request, asked)
}

pub(crate) async fn by_word(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let confirmed = state
        .call(move |desk| desk.confirm_by_word(&posted.session, &id))
        .await;
    again_or_fault(&request, confirmed)
}

fn again_or_fault(request: &str, done: Result<(), DeskError>) -> Response {
    match done {
        Ok(()) => redirect(&format!("/conferir/{request}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn choose_hour(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let chosen = state
        .call(move |desk| desk.choose_hour(&posted.session, &id, posted.get("hora")))
        .await;
    match chosen {
        Ok(()) => redirect(&format!("/conferir/{request}#marcacao")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn record(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let recorded = state
        .call(move |desk| match desk.record(&posted.session, &id) {
            // A second click comes after the first one recorded it: same receipt.
            Err(DeskError::NotNow(why)) => desk
                .receipt(&posted.session, &id)
                .map(|_| ())
                .map_err(|_| DeskError::NotNow(why)),
            other => other.map(|_| ()),
        })
        .await;
    match recorded {
        Ok(()) => redirect(&format!("/comprovativo/{request}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, check: &CheckAnswers) -> Page<'a> {
    let content = html! {
        @let acts = check.steps.iter().find(|s| s.id == REPRESENTATION.id);
        @let acts = acts.and_then(|s| s.answers.first()).and_then(|(_, answer, _)| answer.as_ref());
        div.check {
            div.page-head {
                p.crumb { (check.service.title.pt()) " · " (check.citizen) }
                h1 { "Conferir antes de registar" }
                @if let Some(name) = acts {
                    p.notice { "Pede " strong { (name.value) } ", em nome de " (check.citizen) "." }
                }
                (declared::line(check.identity.as_ref()))
                (packs::notice(check.late.as_ref()))
                (twice::before(&check.twice, frame.now()))
                (household::repeated(&check.household, frame.now()))
            }
            div.columns {
                div.main-column {
                    @for step in &check.steps {
                        section.answers-of aria-labelledby=(format!("t-{}", step.id)) {
                            div.answers-head {
                                h2 id=(format!("t-{}", step.id)) { (step.title.pt()) }
                                // Who came, and how they are known, is of the attendance and was looked at there.
                                @if ![&REPRESENTATION.id, &DECLARATION.id, &OUTCOME.id].contains(&&step.id) {
                                    a href=(format!("/formulario/{}/{}", check.request, step.id))
                                        aria-label=(format!("Mudar {}", step.title.pt())) { "Mudar" }
                                }
                            }
                            dl.answers {
                                @for (field, answer, attachments) in &step.answers {
                                    div {
                                        dt { (field.label.pt()) }
                                        dd {
                                            @match answer {
                                                Some(answer) if field.hides(answer.provenance) => (masked()),
                                                Some(answer) => {
                                                    (words::shown(field, &answer.value, "pt")) " "
                                                    span.mark { (words::provenance(answer.provenance)) }
                                                }
                                                None => span.none { "não indicado" },
                                            }
                                            (thumbs(attachments))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                aside aria-label="Confirmação e registo" {
                    section.panel aria-labelledby="t-custo" {
                        h2 #t-custo { "Custo" }
                        p.amount.why[check.exempt.is_some()] { (words::cost(check.fee_cents, check.exempt.as_ref())) }
                    }
                    @if check.service.offline == Offline::Prepared {
                        section.panel aria-labelledby="t-falta" {
                            h2 #t-falta { "Aqui só se prepara" }
                            p { (check.service.remains.pt()) }
                        }
                    }
                    div #documentos data-region="record" { (papers::panel(&check.request, (&check.papers, check.because.as_deref()), On::Check, &frame.guard())) }
                    @if check.late.is_some() { (of_paper(frame, check)) }
                    @if let Some(hours) = &check.hours {
                        section.panel #marcacao aria-labelledby="t-marcacao" { (hour(frame, &check.request, hours)) }
                    }
                    (outcome::of_check(frame, check))
                    section.panel #confirmacao data-region="record" aria-labelledby="t-confirmacao" aria-live="polite" {
                        (confirmation(frame, check))
                    }
                    a.button href=(format!("/atendimento/{}", check.attendance)) data-key="Escape" aria-keyshortcuts="Escape" {
                        "Voltar ao atendimento " (key("Esc"))
                    }
                }
            }
        }
    };
    Page {
        part: Part::Attendance,
        title: "Conferir antes de registar",
        watching: String::new(),
        content,
    }
}

/// The form of paper as a photograph, for whoever wants to keep it so.
fn of_paper(frame: &Frame, check: &CheckAnswers) -> Markup {
    let to = format!("/anexos/{}/{PHOTO_FIELD}", check.request);
    html! {
        section.panel #impresso data-region="record" aria-labelledby="t-impresso" {
            h2 #t-impresso { "Fotografia do impresso" }
            (thumbs(&check.of_paper))
            @for photo in &check.of_paper {
                form method="post" action=(format!("{to}/tirar")) {
                    (frame.guard())
                    button.plain type="submit" name="blob" value=(photo.blob) { "Tirar" span.hidden { " " (photo.name) } }
                }
            }
            form method="post" action=(to) enctype="multipart/form-data" {
                (frame.guard())
                label for="foto-impresso" { "Juntar, se quiser" }
                input.w-full #foto-impresso type="file" name="ficheiro" accept="image/*" capture="environment" required;
                button.plain type="submit" { "Juntar a fotografia" }
            }
        }
    }
}

/// The hour at a counter that the request is recorded with.
fn hour(frame: &Frame, request: &str, hours: &Hours) -> Markup {
    html! {
        h2 #t-marcacao { "Marcação" }
        @match &hours.chosen {
            Some(chosen) => p { strong { (value(chosen)) } },
            None if hours.left.is_empty() => p.notice.amber { "Não há horas neste posto: o pedido fica sem marcação, e diz que ela falta. Ligue-se à central para receber mais." },
            None => p { "Ainda sem hora. Sem ela o pedido regista-se na mesma, e diz que a marcação falta." },
        }
        @if !hours.left.is_empty() {
            form method="post" action=(format!("/conferir/{request}/hora")) data-once {
                (frame.guard())
                label for="hora" { "Hora" }
                select.w-full #hora name="hora" {
                    option value="" { "Sem hora" }
                    @for left in &hours.left {
                        option value=(left.line()) selected[hours.chosen.as_ref() == Some(left)] { (value(left)) }
                    }
                }
                button.plain type="submit" { "Escolher a hora" }
            }
        }
    }
}

fn confirmation(frame: &Frame, check: &CheckAnswers) -> Markup {
    let to = |what: &str| format!("/conferir/{}/{what}", check.request);
    let signs = check.service.signature.is_some();
    let with_screen = check.screen == ScreenLink::Following;
    let ask = |words: &str, primary: bool| {
        html! {
            form method="post" action=(to("pedir")) data-once {
                (frame.guard())
                button.(if primary { "primary" } else { "plain" }) type="submit" data-key="m" aria-keyshortcuts="m" { (words) " " (key("M")) }
            }
        }
    };
    let by_word = |primary: bool| {
        html! {
            form method="post" action=(to("voz")) data-once {
                (frame.guard())
                button.(if primary { "primary" } else { "plain" }) type="submit" data-key="v" aria-keyshortcuts="v" {
                    @if check.late.is_some() { "Está assinado no impresso " } @else if signs { "Confirmou e assinou em papel " } @else { "Confirmou de viva voz " } (key("V"))
                }
            }
        }
    };
    let is_shown = check.papers.iter().all(|n| n.standing != Standing::Open);
    let record = html! {
        form method="post" action=(to("registar")) data-once {
            (frame.guard())
            button.primary type="submit" data-key="r" aria-keyshortcuts="r" { "Registar o pedido " (key("R")) }
        }
    };
    html! {
        h2 #t-confirmacao { "Confirmação do cidadão" }
        @match &check.confirmation {
            Confirmation::NotAsked => {
                @if check.late.is_some() {
                    p { "Compare as respostas com o impresso. Confirmou no papel, com a assinatura? Guarde-o." }
                    (by_word(true))
                } @else if with_screen {
                    p { @if signs { "Falta o cidadão confirmar e assinar, no ecrã." } @else { "Falta o cidadão confirmar." } }
                    (ask("Mostrar ao cidadão", true))
                    (by_word(false))
                } @else {
                    p { "Sem ecrã do cidadão ligado: leia as respostas em voz alta e pergunte se está certo."
                        @if signs { " Este serviço é assinado: imprima ou escreva as respostas, e guarde o papel assinado." } }
                    (by_word(true))
                }
            }
            Confirmation::Asked => {
                p.waiting { "O ecrã do cidadão está a perguntar. À espera da resposta." }
                (by_word(false))
            }
            Confirmation::WantsCorrection => {
                p.problem { "O cidadão quer corrigir alguma coisa. Pergunte o quê e use «Mudar»." }
                (ask("Mostrar de novo", true))
                (by_word(false))
            }
            Confirmation::Given(agreed) => {
                (agreed::said(agreed))
                @if is_shown { (record) } @else { p.problem { "Antes de registar, veja os documentos que faltam ver." } }
            }
        }
    }
}

/// Photographs among answers, small, and voice notes.
pub(crate) fn thumbs(attachments: &[Attachment]) -> Markup {
    html! {
        @let count = photographs(attachments).count();
        @if count > 0 {
            ul.thumbs.small {
                @for (i, a) in photographs(attachments).enumerate() {
                    li { @if a.here {
                        a href=(format!("/anexo/{}", a.blob)) target="_blank" {
                            img src=(format!("/anexo/{}", a.blob)) alt=(format!("Fotografia {} de {}", i + 1, count)) loading="lazy";
                        }
                        (crate::shot::line(a.shot.as_ref(), a.seen))
                    } @else {
                        p.on-its-way { (a.name) br; span.detail { "Ainda por chegar" } }
                    } }
                }
            }
        }
        (crate::desk::voice::list(attachments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_photograph_on_its_way_is_no_broken_picture() {
        let mut two = samples::attachments();
        two[1].here = false;
        let shown = thumbs(&two).into_string();
        assert_eq!(shown.matches("<img").count(), 1, "{shown}");
        assert!(shown.contains("Ainda por chegar"), "{shown}");
    }
}
