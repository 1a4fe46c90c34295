//! What stands around every page of the desk: the strip that never leaves, the
//! way to the other pages, who is signed in.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::port::{Desk, ScreenLink, Session, Strip, Training};
use crate::desk::{bedside, strip};
use crate::gate::percent_encoded;
use crate::layout::{self, BEDSIDE, DESK, HOMES, PAPER, document, key};
use crate::moment::Moment;
use crate::own_pin::PATH;
use crate::texts::{self, PORTUGUESE};
use crate::words::beginning;

/// The frame of a page for one session, as things stand now.
pub(crate) struct Frame {
    pub(crate) session: Session,
    pub(crate) strip: Strip,
    /// Token of the session's forms.
    pub(crate) guard: String,
    /// [`Desk::urgent`].
    pub(crate) urgent: Vec<String>,
    /// The list with which the session is at the bedside.
    pub(crate) bedside: Option<String>,
    /// [`Desk::happened`] before anything of the page was read.
    pub(crate) drawn_at: u64,
}

/// The parts of the desk that the navigation names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Today,
    Attendance,
    Requests,
    Tour,
    Homes,
    Till,
    Help,
    Complaints,
    Figures,
    Screen,
    Paper,
    /// None that the navigation names.
    Elsewhere,
}

/// One page within the frame.
pub(crate) struct Page<'a> {
    pub(crate) part: Part,
    /// Where one is; stands first in the title of the window.
    pub(crate) title: &'a str,
    /// What its live events are about, as a query: `formulario=…&passo=…`.
    pub(crate) watching: String,
    pub(crate) content: Markup,
}

impl Frame {
    pub(crate) fn of(desk: &dyn Desk, session: &Session, drawn_at: u64) -> Self {
        Self {
            drawn_at,
            strip: desk.strip(session),
            urgent: desk.urgent(),
            guard: desk.form_guard(session),
            bedside: desk.bedside(session),
            session: session.clone(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.strip.now
    }

    /// The hidden field against forged forms.
    pub(crate) fn guard(&self) -> Markup {
        layout::guard(&self.guard)
    }

    pub(crate) fn respond(&self, page: &Page<'_>) -> Response {
        self.respond_with(StatusCode::OK, page)
    }

    pub(crate) fn respond_with(&self, status: StatusCode, page: &Page<'_>) -> Response {
        (status, self.document(page)).into_response()
    }

    pub(crate) fn document(&self, page: &Page<'_>) -> Markup {
        let mut events = format!("/eventos?desde={}", self.drawn_at);
        if !page.watching.is_empty() {
            events += &format!("&{}", page.watching);
        }
        let body = html! {
            a.skip href="#conteudo" { "Saltar para o conteúdo" }
            header.top {
                @if let Some(training) = &self.strip.training { (self.training(training)) }
                div #faixa { (strip::strip(&self.strip, &self.guard)) }
                (self.navigation(page.part))
                // Told as it comes, on whatever page and wherever on it somebody is.
                div.urgent #urgente data-region="record messages" role="status" aria-live="assertive" {
                    @for text in &self.urgent {
                        p { strong { "Urgente, da central: " } (beginning(text)) " " a href="/#mensagens" { "Ler" } }
                    }
                }
            }
            p.toast #ligacao role="status" aria-live="polite" {}
            main #conteudo tabindex="-1" { (page.content) }
            @if let Some(list) = &self.bedside { (bedside::thumb(self, list, page)) }
            footer.foot {
                p { (self.strip.spot) " · Vereda · " a href="/onde" { "Onde está o trabalho" } " · " a href="/leva" { "O que leva" } " · " a href="/papel" { "Papel" } " · " a href="/pen" { "Pen" } " · " a href="/mesas" { "Mesas" } " · " a href="/copia" { "Cópia" } " · " a href="/ocorrencias" { "Ocorrências" } " · " a href="/acessibilidade" { "Acessibilidade" } }
                p #teclas {}
            }
        };
        let surface = match (&self.bedside, page.part) {
            (Some(_), _) => &BEDSIDE,
            (None, Part::Homes) => &HOMES,
            (None, Part::Paper) => &PAPER,
            (None, _) => &DESK,
        };
        document(
            surface,
            "pt-PT",
            &match self.strip.training {
                Some(_) => format!("TREINO — {}", page.title),
                None => format!("{} — {}", page.title, self.strip.spot),
            },
            Some(&events),
            &body,
        )
    }

    /// What marks every page of training, also on paper; and the cards to train with.
    fn training(&self, training: &Training) -> Markup {
        let is_in = |id: &str| training.inserted.as_deref() == Some(id);
        html! {
            div.training-band role="region" aria-label="Treino" {
                p { strong { "TREINO – sem valor" } " " span { "Pessoas inventadas. Nada disto conta." } }
                form method="post" action="/treino/cartao" {
                    (self.guard())
                    label for="cartao-inventado" { "Cartão no leitor" }
                    select #cartao-inventado name="pessoa" {
                        option value="" { "nenhum" }
                        @for card in &training.cards {
                            option value=(card.id) selected[is_in(&card.id)] { (card.name) }
                        }
                    }
                    button type="submit" { "Pôr" }
                }
            }
        }
    }

    fn navigation(&self, part: Part) -> Markup {
        let current = |p: Part| (p == part).then_some("page");
        let screen = match self.strip.screen {
            ScreenLink::None => "Ecrã do cidadão: nenhum",
            ScreenLink::Away => "Ecrã do cidadão: desligado",
            ScreenLink::Following => "Ecrã do cidadão: ligado",
        };
        let reads = texts::language(&self.strip.screen_language)
            .filter(|l| self.strip.screen != ScreenLink::None && l.code != PORTUGUESE);
        html! {
            div.bar {
                nav aria-label="Principal" { ul {
                    li { a href="/" aria-current=[current(Part::Today)] aria-keyshortcuts="h" data-key="h" { "Hoje " (key("H")) } }
                    @if part == Part::Attendance {
                        // Where one is; it has no page of its own apart from the one shown.
                        li { span.here aria-current="true" { "Atendimento" } }
                    }
                    li { a href="/pedidos" aria-current=[current(Part::Requests)] aria-keyshortcuts="p" data-key="p" { "Pedidos " (key("P")) } }
                    li { a href="/percurso" aria-current=[current(Part::Tour).or(current(Part::Homes).map(|_| "true"))] aria-keyshortcuts="o" data-key="o" { "Percurso " (key("O")) } }
                    li { a href="/caixa" aria-current=[current(Part::Till)] aria-keyshortcuts="c" data-key="c" { "Caixa " (key("C")) } }
                    li { a href="/apoio" aria-current=[current(Part::Help)] aria-keyshortcuts="a" data-key="a" { "Apoio " (key("A")) } }
                    li { a href="/reclamacoes" aria-current=[current(Part::Complaints)] aria-keyshortcuts="l" data-key="l" { "Reclamações " (key("L")) } }
                    li { a href="/numeros" aria-current=[current(Part::Figures)] aria-keyshortcuts="u" data-key="u" { "Números " (key("U")) } }
                    li { a href="/ecra" aria-current=[current(Part::Screen)] aria-keyshortcuts="e" data-key="e" {
                        span #ecra-ligado data-region="record" {
                            (screen)
                            @if let Some(language) = reads { ", em " (language.in_portuguese) }
                        }
                        " " (key("E"))
                    } }
                } }
                form.who method="post" action="/sair" {
                    (self.guard())
                    // Where a day begins: every other page has few bytes left.
                    @if part == Part::Today { span { a href=(format!("{PATH}?pessoa={}", percent_encoded(&self.session.person.id))) title="Mudar o meu PIN" { (self.session.person.name) } } }
                    @else { span { (self.session.person.name) } }
                    button.quiet type="submit" { "Sair" }
                }
            }
        }
    }
}
