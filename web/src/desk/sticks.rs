//! "Pen": work goes to the hub on a memory stick, and receipts come back on one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{
    Became, Desk, DeskError, ReadFile, SavedOn, Session, Stick, StickState, StickWork, SticksView,
};
use crate::desk::{DeskState, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::words::{count, time};

/// The page, and why the last thing could not be done.
pub(crate) struct Shown {
    pub(crate) view: SticksView,
    pub(crate) problem: String,
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    shown(&state, &who.session, String::new()).await
}

async fn shown(state: &DeskState, session: &Session, problem: String) -> Response {
    let load = move |desk: &dyn Desk, _: &Session| {
        let view = desk.sticks()?;
        Ok(Shown { view, problem })
    };
    match state.load(session, load).await {
        Ok((frame, shown)) => frame.respond(&page(&frame, &shown)),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn save(
    State(state): State<DeskState>,
    Path(stick): Path<String>,
    posted: Posted,
) -> Response {
    begin(state, posted, move |desk, session| {
        desk.save_to(session, &stick)
    })
    .await
}

pub(crate) async fn read(
    State(state): State<DeskState>,
    Path(stick): Path<String>,
    posted: Posted,
) -> Response {
    begin(state, posted, move |desk, session| {
        desk.read_from(session, &stick)
    })
    .await
}

async fn begin(
    state: DeskState,
    posted: Posted,
    begin: impl FnOnce(&dyn Desk, &Session) -> Result<(), DeskError> + Send + 'static,
) -> Response {
    let session = posted.session.clone();
    match state.call(move |desk| begin(desk, &posted.session)).await {
        Ok(()) => redirect("/pen"),
        Err(DeskError::NotFound) => {
            let gone = "Essa pen já cá não está: ligue-a outra vez.";
            shown(&state, &session, gone.to_owned()).await
        }
        Err(error) => shown(&state, &session, fault::problem(&error)).await,
    }
}

pub(crate) fn page<'a>(frame: &Frame, shown: &Shown) -> Page<'a> {
    let view = &shown.view;
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "Levar o trabalho numa pen" }
                p { "Onde não há rede, o que falta enviar pode ir numa pen. Vai fechado: só a central o abre, quem o leva não." }
            }
            (alert(&shown.problem))
            @if let Some(cannot) = &view.cannot {
                p.notice { (cannot) }
            } @else {
                div.stacked #pens data-region="strip messages" aria-live="polite" { (sticks(frame, view)) }
                div.stacked { section.panel aria-labelledby="t-depois" {
                    h2 #t-depois { "E depois" }
                    ol {
                        li { "Dê a pen a quem vá à central, ou ligue-a a outro posto que vá ter rede e escolha lá «Ler esta pen»." }
                        li { "A central passa um recibo. Volta na mesma pen, ou pela rede." }
                        li { "Até o recibo chegar, tudo continua neste posto e conta como por enviar." }
                    }
                }
                section.panel aria-labelledby="t-sem-pen" {
                    h2 #t-sem-pen { "Sem pen" }
                    ol {
                        li { "Leve o posto a um sítio com rede: envia sozinho, sem carregar em nada." }
                        li { "Ou junte-o a outro veículo da mesma região: partilham sozinhos, e o que chegar primeiro à central leva o dos dois, passados três dias." }
                        li { "Se há trabalho por enviar há dias, avise a central por telefone: sabem assim o que ainda lhes falta." }
                    }
                } }
            }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: match shown.problem.is_empty() {
            true => "Levar numa pen",
            false => "Erro: não se usou a pen",
        },
        watching: String::new(),
        content,
    }
}

fn sticks(frame: &Frame, view: &SticksView) -> Markup {
    let busy = view.work.as_ref().is_some_and(|work| is_busy(&work.state));
    html! {
        @if let Some(work) = &view.work { (doing(frame, work)) }
        @if view.sticks.is_empty() {
            p.none { "Não há nenhuma pen ligada. Ligue uma a este computador e carregue em «Ver outra vez»." }
        }
        @for stick in &view.sticks { (one(frame, stick, busy)) }
        @if !busy { p { a.button href="/pen" { "Ver outra vez" } } }
    }
}

fn is_busy(state: &StickState) -> bool {
    matches!(state, StickState::Saving | StickState::Reading)
}

fn one(frame: &Frame, stick: &Stick, busy: bool) -> Markup {
    let heading = format!("pen-{}", stick.id);
    let action = |what: &str| format!("/pen/{}/{what}", stick.id);
    let unsent = frame.strip.unsent_changes > 0 || frame.strip.unsent_blobs > 0;
    html! {
        section.panel aria-labelledby=(heading) {
            h2 id=(heading) { (stick.name) }
            p.detail {
                @if let Some(free) = stick.free { (room(free)) " livres" }
                @if stick.parts > 0 { ", tem " (count(stick.parts, "ficheiro de trabalho", "ficheiros de trabalho")) }
                @if stick.receipts > 0 { ", tem " (count(stick.receipts, "recibo", "recibos")) }
                @if !stick.writable { ", só se deixa ler" }
            }
            @if !busy {
                div.actions {
                    @if stick.writable {
                        form method="post" action=(action("guardar")) data-once {
                            (frame.guard())
                            button.primary[unsent] type="submit" { "Guardar nesta pen" }
                        }
                    }
                    @if stick.parts > 0 || stick.receipts > 0 {
                        form method="post" action=(action("ler")) data-once {
                            (frame.guard())
                            button type="submit" { "Ler esta pen" }
                        }
                    }
                }
            }
        }
    }
}

/// Bytes, as people speak of sticks.
fn room(bytes: u64) -> String {
    match bytes >> 20 {
        mb @ 0..=1_023 => format!("{mb} MB"),
        mb => format!("{},{} GB", mb >> 10, (mb & 1_023) * 10 / 1_024),
    }
}

fn doing(frame: &Frame, work: &StickWork) -> Markup {
    let name = &work.stick;
    let at = time::at(work.since, frame.now());
    html! {
        section.panel #com-a-pen aria-labelledby="t-com-a-pen" {
            h2 #t-com-a-pen {
                @match &work.state {
                    StickState::Saving => { "A guardar em " (name) "…" }
                    StickState::Reading => { "A ler " (name) "…" }
                    StickState::Saved(_) => { "Guardado em " (name) ", " (at) }
                    StickState::Read(_) => { "Lida a pen " (name) ", " (at) }
                    StickState::Failed(_) => { "Não se acabou com " (name) ", " (at) }
                }
            }
            @match &work.state {
                StickState::Saving | StickState::Reading => p { "Desde " (at) ". Não tire a pen. Pode continuar a trabalhar: esta página muda sozinha." },
                StickState::Saved(saved) => (saved_on(saved)),
                StickState::Read(files) => (read_from(files)),
                StickState::Failed(why) => p.notice.warn { (why) },
            }
        }
    }
}

fn saved_on(saved: &SavedOn) -> Markup {
    html! {
        @if saved.parts == 0 {
            p { "A central já tem tudo deste posto: não havia nada para guardar." }
        } @else {
            p {
                (count(saved.changes, "alteração", "alterações"))
                @if saved.photographs > 0 { " e " (count(saved.photographs, "fotografia", "fotografias")) }
                ", em " (count(saved.parts as u64, "ficheiro", "ficheiros"))
                @if saved.kept > 0 { " (" (count(saved.kept as u64, "já lá estava inteiro", "já lá estavam inteiros")) ")" }
                "."
            }
        }
        @if saved.receipts > 0 { p { (count(saved.receipts as u64, "recibo para outro posto", "recibos para outros postos")) "." } }
        p {
            strong { "Já pode tirar a pen." }
            @if saved.parts > 0 { " Continua a contar como por enviar até voltar o recibo." }
        }
    }
}

fn read_from(files: &[ReadFile]) -> Markup {
    html! {
        @if files.is_empty() { p { "Não tem nada da Vereda." } }
        @else {
            table.rows {
                caption.hidden { "O que a pen tinha" }
                thead { tr { th scope="col" { "Ficheiro" } th scope="col" { "O que se fez" } } }
                tbody { @for file in files {
                    tr { td { (file.name) } td { (became(&file.became)) } }
                } }
            }
        }
        p { strong { "Já pode tirar a pen." } }
    }
}

fn became(became: &Became) -> Markup {
    html! {
        @match became {
            Became::Carried { node, new: true } => { "É do posto " (node) ": segue com este para a central." }
            Became::Carried { node, new: false } => { "É do posto " (node) ": já cá estava." }
            Became::Own => "É deste posto: não há nada a fazer.",
            Became::Ordered => "Ordem da central: o posto ouviu-a e faz o que ela diz. Leve a pen de volta à central.",
            Became::Passes => "É para outro posto ou para a central: deixe-o na pen.",
            Became::Receipt { changes, new: true } => { "Recibo: a central tem as primeiras " (count(*changes, "alteração", "alterações")) " deste posto." }
            Became::Receipt { new: false, .. } => "Recibo que já se conhecia.",
            Became::ReceiptCarried { node, new: true } => { "Recibo do posto " (node) ": segue com este." }
            Became::ReceiptCarried { node, new: false } => { "Recibo do posto " (node) ": já cá estava." }
            Became::Refused(why) => { strong.warn { "Não se aceitou: " } (why) "." }
        }
    }
}
