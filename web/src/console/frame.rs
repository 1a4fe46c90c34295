//! What stands around every page of the console.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::port::{Console, Entitled, Summary};
use crate::console::rights;
use crate::desk::port::Session;
use crate::gate::percent_encoded;
use crate::layout::{self, CONSOLE, document, key};
use crate::moment::Moment;
use crate::own_pin::PATH;
use crate::words::{count, time};

pub(crate) struct Frame {
    pub(crate) session: Session,
    pub(crate) summary: Summary,
    pub(crate) guard: String,
    /// How far the word of whoever looks goes.
    pub(crate) entitled: Entitled,
    /// [`Console::happened`] before anything of the page was read.
    pub(crate) drawn_at: u64,
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
    Sent,
    Tours,
    Homes,
    Occurrences,
    Leases,
    Spots,
    Catalogue,
    Quarantine,
    Statistics,
    Beyond,
    Accesses,
    Agencies,
    Retention,
    People,
}

impl Frame {
    pub(crate) fn of(console: &dyn Console, session: &Session, drawn_at: u64) -> Self {
        Self {
            drawn_at,
            summary: console.summary(),
            guard: console.form_guard(session),
            entitled: console.entitled(session),
            session: session.clone(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.summary.now
    }

    /// Something can be changed in a part, and not by whoever looks.
    fn only_sees(&self, part: Part) -> bool {
        rights::is_written(part) && self.entitled.sees_in(part) && !self.entitled.acts_in(part)
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
        let body = html! {
            a.skip href="#conteudo" { "Saltar para o conteúdo" }
            header.top {
                div.strip #resumo data-region="strip record messages" role="region" aria-label="Estado da central" {
                    p.spot { strong { (self.summary.hub) } }
                    p.state { (figures(&self.summary)) }
                }
                div.bar {
                    (navigation(part, &self.entitled))
                    form.who method="post" action="/sair" {
                        (self.guard())
                        span { a href=(format!("{PATH}?pessoa={}", percent_encoded(&self.session.person.id))) title="Mudar o meu PIN" { (self.session.person.name) } @if let Some(regions) = &self.entitled.regions { " · " (regions.join(", ")) } }
                        button.quiet type="submit" { "Sair" }
                    }
                }
            }
            p.toast #ligacao role="status" aria-live="polite" {}
            main #conteudo tabindex="-1" data-only-sees[self.only_sees(part)] {
                @if self.only_sees(part) { p.detail { "Vê esta página; mudar o que cá está não é do seu papel." } }
                (content)
            }
            footer.foot { p { (self.summary.hub) " · Vereda" } p #teclas {} }
        };
        document(
            &CONSOLE,
            "pt-PT",
            &format!("{title} — {}", self.summary.hub),
            Some(&format!("/eventos?desde={}", self.drawn_at)),
            &body,
        )
    }
}

/// A page that the navigation names: its part, address, name and key.
type Entry = (Part, &'static str, &'static str, &'static str);

/// The pages by what they are about, so that nobody looks through all of them.
const GROUPS: [(&str, &[Entry]); 3] = [
    (
        "Pedidos dos cidadãos",
        &[
            (Part::Conflicts, "/", "Conflitos", "c"),
            (Part::Decided, "/decididos", "Decididos", "d"),
            (Part::Requests, "/pedidos", "Pedidos", "r"),
            (Part::Lookups, "/consultas", "Consultas", "o"),
            (Part::Sent, "/avisos", "Avisos", "i"),
        ],
    ),
    (
        "Balcões",
        &[
            (Part::Help, "/apoio", "Apoio", "a"),
            (Part::Complaints, "/reclamacoes", "Reclamações", "l"),
            (Part::Assessments, "/avaliacoes", "Avaliações", "s"),
            (Part::Notices, "/mensagens", "Mensagens", "m"),
            (Part::Tours, "/percursos", "Percursos", "u"),
            (Part::Homes, "/lares", "Lares", "e"),
            (Part::Occurrences, "/ocorrencias", "Ocorrências", "t"),
        ],
    ),
    (
        "Rede",
        &[
            (Part::Leases, "/reservas", "Reservas", "v"),
            (Part::Spots, "/postos", "Postos", "p"),
            (Part::Agencies, "/entidades", "Entidades", "b"),
            (Part::People, "/pessoas", "Pessoas", "h"),
            (Part::Catalogue, "/catalogo", "Catálogo", "g"),
            (Part::Quarantine, "/quarentena", "Quarentena", "q"),
            (Part::Statistics, "/numeros", "Números", "n"),
            (Part::Beyond, "/alheios", "Fora da região", "f"),
            (Part::Accesses, "/acessos", "Acessos", "x"),
            (Part::Retention, "/conservacao", "Conservação", "k"),
        ],
    ),
];

/// The first page of the menu that is somebody's.
pub(crate) fn first_of(entitled: &Entitled) -> Option<&'static str> {
    let mut all = GROUPS.iter().flat_map(|(_, entries)| entries.iter());
    all.find_map(|(_, address, ..)| entitled.may_see(address).then_some(*address))
}

/// Every page that is somebody's is one click and one key away, wherever one is.
fn navigation(part: Part, entitled: &Entitled) -> Markup {
    let current = |p: Part| (p == part).then_some("page");
    html! {
        nav aria-label="Principal" { ul.groups {
            @for (at, (name, entries)) in GROUPS.iter().enumerate().filter(|(_, (_, entries))| entries.iter().any(|(_, address, ..)| entitled.may_see(address))) {
                @let is_here = entries.iter().any(|(p, ..)| *p == part);
                li.in[is_here] {
                    p id=(format!("grupo-{at}")) { (name) @if is_here { span.hidden { " (está aqui)" } } }
                    ul aria-labelledby=(format!("grupo-{at}")) {
                        @for (p, address, name, shortcut) in entries.iter().filter(|(_, address, ..)| entitled.may_see(address)) {
                            li { a href=(address) aria-current=[current(*p)] aria-keyshortcuts=(shortcut) data-key=(shortcut) { (name) " " (key(&shortcut.to_uppercase())) } }
                        }
                    }
                }
            }
        } }
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
        @if summary.alarms > 0 {
            strong { (count(summary.alarms, "aviso dos postos", "avisos dos postos")) }
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
