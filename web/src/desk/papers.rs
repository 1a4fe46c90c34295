//! The papers that a request needs: what the mediator saw, what is scanned, what comes later and why.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::apart;
use vereda_sync::record::papers::{MAX_REASON_CHARS, Needed, Said, Standing};

use crate::desk::{DeskState, Fault};
use crate::gate::{Posted, percent_encoded, redirect};
use crate::layout::key;
use crate::words;

/// The page that a panel stands on, to which its buttons lead back.
#[derive(Clone, Copy)]
pub(crate) enum On<'a> {
    /// A step of the form.
    Step(&'a str),
    /// "Conferir".
    Check,
    /// The request, which is recorded.
    Request,
}

impl<'a> On<'a> {
    fn code(self) -> String {
        match self {
            Self::Step(step) => format!("passo {step}"),
            Self::Check => "conferir".to_owned(),
            Self::Request => "pedido".to_owned(),
        }
    }

    fn from_code(code: &'a str) -> Self {
        match code.split_once(' ') {
            Some(("passo", step)) if is_id(step) => Self::Step(step),
            _ if code == "conferir" => Self::Check,
            _ => Self::Request,
        }
    }

    fn path(self, request: &str) -> String {
        let request = percent_encoded(request);
        match self {
            Self::Step(step) => format!("/formulario/{request}/{}", percent_encoded(step)),
            Self::Check => format!("/conferir/{request}"),
            Self::Request => format!("/pedido/{request}"),
        }
    }
}

/// Whether it may be the id of a step, or of one time of it.
fn is_id(step: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let (base, time) = apart(step);
    !base.is_empty() && base.bytes().all(plain) && (time.is_some() || base == step)
}

pub(crate) async fn say(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let back = On::from_code(posted.get("volta")).path(&request);
    let why = posted.get("motivo").to_owned();
    let said = match posted.get("estado") {
        "visto" => Said::Seen,
        "falta" => Said::Owed(why.clone()),
        _ => Said::Nothing,
    };
    let done = state
        .call(move |desk| {
            let paper = Some(posted.get("papel")).filter(|id| !id.is_empty());
            desk.say_of_papers(&posted.session, &request, paper, said)
        })
        .await;
    match done {
        Ok(()) => redirect(&format!("{back}#documentos")),
        Err(error) => Fault::from(error)
            .keeping(vec![("Porque falta".to_owned(), why)])
            .into_response(),
    }
}

/// What is needed and how it stands, with a button for each word of the mediator's.
///
/// `because`: why those that are missing may be, where an occurrence lets them.
pub(crate) fn panel(
    request: &str,
    (papers, because): (&[Needed], Option<&str>),
    on: On<'_>,
    guard: &Markup,
) -> Markup {
    let form = |paper: &str, said: &str, inside: Markup| {
        html! {
            form method="post" action=(format!("/documentos/{request}")) data-once {
                (guard)
                input type="hidden" name="volta" value=(on.code());
                input type="hidden" name="papel" value=(paper);
                input type="hidden" name="estado" value=(said);
                (inside)
            }
        }
    };
    let button = |title: &str, words: &str| html! { button.plain type="submit" { (words) span.hidden { ": " (title) } } };
    let recorded = matches!(on, On::Request);
    let is_open = |n: &&Needed| n.standing == Standing::Open;
    // Of a paper that nothing was said of before the request was recorded, nothing is asked after.
    let listed: Vec<&Needed> = papers
        .iter()
        .filter(|n| !(recorded && is_open(n)))
        .collect();
    let open = listed.iter().copied().filter(is_open).count() as u64;
    html! {
        @if !listed.is_empty() {
            section.panel aria-labelledby="t-documentos" {
                h2 #t-documentos { "Documentos" }
                @if open > 0 {
                    p.problem { (words::count(open, "documento por ver", "documentos por ver")) }
                    (form("", "visto", html! {
                        button type="submit" data-key="t" aria-keyshortcuts="t" { "Todos vistos " (key("T")) }
                    }))
                    @if let Some(why) = because {
                        (form("", "falta", html! {
                            input type="hidden" name="motivo" value=(why);
                            button type="submit" data-key="d" aria-keyshortcuts="d" { @if open == 1 { "Falta " } @else { "Os que estão por ver faltam " } (why) " " (key("D")) }
                        }))
                    }
                }
                ul.papers {
                    @for Needed { paper, standing } in listed {
                        @let title = paper.title.pt();
                        li.(class(standing)) {
                            p.name { (title) }
                            p.how { (said(standing)) }
                            @match standing {
                                Standing::Scanned => {}
                                Standing::Seen if recorded => {}
                                Standing::Owed(_) if recorded => (form(&paper.id, "visto", button(title, "Já o trouxe: visto"))),
                                Standing::Seen => (form(&paper.id, "nada", button(title, "Desfazer"))),
                                Standing::Owed(_) => {
                                    (form(&paper.id, "visto", button(title, "Visto, afinal")))
                                    (form(&paper.id, "nada", button(title, "Desfazer")))
                                }
                                Standing::Open => {
                                    (form(&paper.id, "visto", button(title, "Visto")))
                                    details {
                                        summary { "Não o trouxe" span.hidden { ": " (title) } }
                                        (form(&paper.id, "falta", html! {
                                            @let id = format!("falta-{}", paper.id);
                                            label for=(id) { "Porque falta, e quando o entrega" }
                                            input id=(id) name="motivo" autocomplete="off" maxlength=(MAX_REASON_CHARS) required;
                                            button.plain type="submit" { "Guardar o motivo" }
                                        }))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The papers that come later, and why.
pub(crate) fn owed(papers: &[Needed]) -> impl Iterator<Item = (&Needed, &str)> + Clone {
    papers.iter().filter_map(|needed| match &needed.standing {
        Standing::Owed(why) => Some((needed, why.as_str())),
        _ => None,
    })
}

/// Those that come later, as one line of a page that only tells.
pub(crate) fn owed_line(papers: &[Needed]) -> Markup {
    html! {
        @for (needed, why) in owed(papers) {
            p.notice.amber { span { strong { "Falta: " (needed.paper.title.pt()) "." } " Entrega depois. Motivo: " (why) } }
        }
    }
}

fn class(standing: &Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Seen | Standing::Scanned => "there",
        Standing::Owed(_) => "owed",
    }
}

fn said(standing: &Standing) -> String {
    match standing {
        Standing::Open => "por ver".to_owned(),
        Standing::Seen => "visto ✓".to_owned(),
        Standing::Scanned => "digitalizado ✓".to_owned(),
        Standing::Owed(why) => format!("falta: {why}; entrega depois"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_panel_leads_back_to_where_it_stands() {
        for on in [On::Step("invoice.2"), On::Check, On::Request] {
            let back = On::from_code(&on.code()).path("r1");
            assert_eq!(back, on.path("r1"));
        }
        // Whatever a page sends, it leads to a page of this request.
        for odd in ["passo ../x?y", "passo ", "passo ..", "elsewhere", ""] {
            assert_eq!(On::from_code(odd).path("r1"), "/pedido/r1", "{odd}");
        }
    }

    #[test]
    fn what_is_recorded_only_takes_what_was_owed() {
        let on = |on| panel("r1", (&samples::papers(), None), on, &html! {}).into_string();
        assert!(on(On::Check).contains("Não o trouxe"));
        assert_eq!(on(On::Check).matches("Todos vistos").count(), 1);
        let owed = samples::papers()
            .into_iter()
            .filter(Needed::is_owed)
            .collect::<Vec<_>>();
        let recorded = panel("r1", (&owed, None), On::Request, &html! {}).into_string();
        assert_eq!(recorded.matches("<form").count(), owed.len(), "{recorded}");
    }
}
