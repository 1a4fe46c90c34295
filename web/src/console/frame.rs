//! What stands around every page of the console.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::port::{Console, Summary};
use crate::desk::port::Session;
use crate::layout::{self, CONSOLE, document, key};
use crate::moment::Moment;
use crate::words::{count, time};

pub(crate) struct Frame {
    pub(crate) session: Session,
    pub(crate) summary: Summary,
    pub(crate) guard: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Conflicts,
    Decided,
    Requests,
    Help,
    Lookups,
    Complaints,
    Assessments,
    Notices,
    Leases,
    Spots,
    Quarantine,
}

impl Frame {
    pub(crate) fn of(console: &dyn Console, session: &Session) -> Self {
        Self {
            summary: console.summary(),
            guard: console.form_guard(session),
            session: session.clone(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.summary.now
    }

    pub(crate) fn guard(&self) -> Markup {
        layout::guard(&self.guard)
    }

    pub(crate) fn respond(
        &self,
        status: StatusCode,
        part: Part,
        title: &str,
        content: &Markup,
    ) -> Response {
        (status, self.document(part, title, content)).into_response()
    }

    pub(crate) fn document(&self, part: Part, title: &str, content: &Markup) -> Markup {
        let current = |p: Part| (p == part).then_some("page");
        let body = html! {
            a.skip href="#conteudo" { "Saltar para o conteúdo" }
            header.top {
                div.strip #resumo data-region="strip record messages" role="region" aria-label="Estado da central" {
                    p.spot { strong { (self.summary.hub) } }
                    p.state { (figures(&self.summary)) }
                }
                div.bar {
                    nav aria-label="Principal" { ul {
                        li { a href="/" aria-current=[current(Part::Conflicts)] aria-keyshortcuts="c" data-key="c" { "Conflitos " (key("C")) } }
                        li { a href="/decididos" aria-current=[current(Part::Decided)] aria-keyshortcuts="d" data-key="d" { "Decididos " (key("D")) } }
                        li { a href="/pedidos" aria-current=[current(Part::Requests)] aria-keyshortcuts="r" data-key="r" { "Pedidos " (key("R")) } }
                        li { a href="/apoio" aria-current=[current(Part::Help)] aria-keyshortcuts="a" data-key="a" { "Apoio " (key("A")) } }
                        li { a href="/consultas" aria-current=[current(Part::Lookups)] aria-keyshortcuts="o" data-key="o" { "Consultas " (key("O")) } }
                        li { a href="/reclamacoes" aria-current=[current(Part::Complaints)] aria-keyshortcuts="l" data-key="l" { "Reclamações " (key("L")) } }
                        li { a href="/avaliacoes" aria-current=[current(Part::Assessments)] aria-keyshortcuts="s" data-key="s" { "Avaliações " (key("S")) } }
                        li { a href="/mensagens" aria-current=[current(Part::Notices)] aria-keyshortcuts="m" data-key="m" { "Mensagens " (key("M")) } }
                        li { a href="/reservas" aria-current=[current(Part::Leases)] aria-keyshortcuts="v" data-key="v" { "Reservas " (key("V")) } }
                        li { a href="/postos" aria-current=[current(Part::Spots)] aria-keyshortcuts="p" data-key="p" { "Postos " (key("P")) } }
                        li { a href="/quarentena" aria-current=[current(Part::Quarantine)] aria-keyshortcuts="q" data-key="q" { "Quarentena " (key("Q")) } }
                    } }
                    form.who method="post" action="/sair" {
                        (self.guard())
                        span { (self.session.person.name) }
                        button.quiet type="submit" { "Sair" }
                    }
                }
            }
            p.toast #ligacao role="status" aria-live="polite" {}
            main #conteudo tabindex="-1" { (content) }
            footer.foot { p { (self.summary.hub) " · Vereda" } p #teclas {} }
        };
        document(
            &CONSOLE,
            "pt-PT",
            &format!("{title} — {}", self.summary.hub),
            Some("/eventos"),
            &body,
        )
    }
}

fn figures(summary: &Summary) -> Markup {
    html! {
        span { (count(summary.records, "registo", "registos")) }
        span {
            @match summary.conflicts {
                0 => "nenhum conflito",
                n => { (count(n, "conflito por decidir", "conflitos por decidir")) }
            }
            @if let Some(oldest) = summary.oldest_conflict { ", o mais antigo " (time::ago(oldest, summary.now)) }
        }
        @if summary.tickets > 0 {
            span { (count(summary.tickets, "pergunta de um balcão espera", "perguntas de balcões esperam")) }
        }
        @if summary.late_complaints > 0 {
            strong { (count(summary.late_complaints, "reclamação em atraso", "reclamações em atraso")) }
        }
        @if summary.quarantined > 0 {
            strong { (count(summary.quarantined, "alteração em quarentena", "alterações em quarentena")) }
        }
        @if let Some(oldest) = summary.oldest_parked {
            strong {
                (count(summary.parked, "registo incompleto", "registos incompletos"))
                ", o mais antigo " (time::ago(oldest, summary.now))
            }
        }
    }
}
