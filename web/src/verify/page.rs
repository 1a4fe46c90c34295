//! The page: what to type, or how it stands.

use maud::{Markup, html};
use vereda_sync::catalogue::Offline;
use vereda_sync::record::Life;

use super::port::Standing;
use crate::citizen::{how_final, said};
use crate::desk::receipt::filled_in;
use crate::layout::{PUBLIC, document};
use crate::texts::{LANGUAGES, Texts};

/// A number and a code as they are shown for an example.
const EXAMPLE: (&str, &str) = ("M07-7KQ4-2ZD8-6", "7KQ4-2ZD8");

/// What was asked for, as it was typed or in its own form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) number: String,
    pub(crate) code: String,
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was typed cannot be a number, or a code.
    Typed { number: bool, code: bool },
    /// No such number, or not its code.
    Unknown,
    /// Asked too often.
    Often,
    /// The hub cannot say it now.
    Broken,
}

pub(crate) fn page(t: Texts, asked: &Asked, found: Result<Option<&Standing>, Fault>) -> Markup {
    let shown = found.is_ok_and(|it| it.is_some());
    let (title, main) = match found {
        Ok(Some(standing)) => (
            format!("{} — {}", asked.number, t.say("verify-title")),
            state(t, asked, standing),
        ),
        Ok(None) => (t.say("verify-title"), form(t, asked, None)),
        Err(fault) => (
            format!("{} — {}", told(t, fault), t.say("verify-title")),
            form(t, asked, Some(fault)),
        ),
    };
    let path = match shown {
        true => format!("/{}/{}", asked.number, asked.code),
        false => "/".to_owned(),
    };
    let body = html! {
        a.skip href="#conteudo" { (t.say("skip")) }
        header.verify-top {
            p { "Vereda" }
            nav.verify-languages aria-label=(t.say("choose-language")) {
                @for language in &LANGUAGES {
                    a href=(format!("{path}?lingua={}", language.code)) lang=(language.tag) hreflang=(language.tag)
                        aria-current=[(language.code == t.lang()).then_some("true")] {
                        (Texts::of(language.code).say("language-name"))
                    }
                }
            }
        }
        main.verify #conteudo tabindex="-1" {
            (main)
            p.verify-private { (t.say("verify-private")) }
        }
    };
    document(&PUBLIC, t.language().tag, &title, None, &body)
}

/// The fault in a line.
fn told(t: Texts, fault: Fault) -> String {
    t.say(match fault {
        Fault::Typed { .. } => "verify-mend",
        Fault::Unknown => "verify-none",
        Fault::Often => "verify-often",
        Fault::Broken => "verify-broken",
    })
}

fn form(t: Texts, asked: &Asked, fault: Option<Fault>) -> Markup {
    let (of_number, of_code) = match fault {
        Some(Fault::Typed { number, code }) => (number, code),
        _ => (false, false),
    };
    let field = |name: &str, label: &str, value: &str, example: &str, problem: Option<String>| {
        html! {
            div.verify-field {
                label for=(name) { (t.say(label)) }
                p.hint id=(format!("{name}-exemplo")) {
                    (t.say_of("wrong-form", "example", example))
                }
                @if let Some(problem) = &problem { p.problem id=(format!("{name}-mal")) { (problem) } }
                input id=(name) name=(name) value=(value) required maxlength="64" dir="ltr" autocomplete="off"
                    autocapitalize="characters" spellcheck="false" aria-invalid=[problem.is_some().then_some("true")]
                    aria-describedby=(match problem { Some(_) => format!("{name}-mal {name}-exemplo"), None => format!("{name}-exemplo") });
            }
        }
    };
    html! {
        h1 { (t.say("verify-title")) }
        @if let Some(fault) = fault {
            div.alert role="alert" {
                p { strong { (told(t, fault)) } }
                @if fault == Fault::Unknown { p { (t.say("verify-why")) } }
            }
        }
        p.lead { (t.say("verify-explained")) }
        form.verify-form method="get" action="/" {
            (field("numero", "recorded-number", &asked.number, EXAMPLE.0, of_number.then(|| t.say("wrong-check"))))
            (field("codigo", "verify-code", &asked.code, EXAMPLE.1, of_code.then(|| t.say("verify-mend-code"))))
            input type="hidden" name="lingua" value=(t.lang());
            button.primary type="submit" { (t.say("verify-show")) }
        }
    }
}

fn state(t: Texts, asked: &Asked, standing: &Standing) -> Markup {
    let service = &standing.service;
    let date = |day: &str| t.date(day).unwrap_or_else(|| day.to_owned());
    let over = matches!(
        standing.life,
        Life::Completed | Life::Refused | Life::Withdrawn
    ) || is_answered(standing);
    html! {
        h1 { (said(t, &service.title)) }
        p.verify-number { (t.say("recorded-number")) ": " bdi dir="ltr" { (asked.number) } }
        (way(t, standing))
        // While two places disagree nothing is said to be final.
        @if standing.in_conflict { p.notice.amber { (t.say("verify-open")) } }
        @else {
            p.verify-final.(if matches!(standing.life, Life::Completed | Life::Received | Life::Forwarded | Life::Accepted) { "sure" } else { "amber" }) {
                (how_final(t, standing.life, service))
            }
        }
        dl.verify-facts {
            div { dt { (t.say("verify-day")) } dd { (date(&standing.day.to_string())) } }
            div { dt { (t.say("verify-where")) } dd { bdi { (standing.spot) } } }
            div { dt { (t.say("verify-agency")) } dd {
                @match service.by.called(t.lang()) {
                    Some(own) => (own),
                    None => span lang="pt-PT" dir=[t.language().right_to_left.then_some("ltr")] { (service.by.name) },
                }
            } }
            @if let Some((due, answered)) = &standing.reply {
                @match answered {
                    Some(day) => div { dt { (t.say("reply-on")) } dd { (date(&day.to_string())) } },
                    None if over => {},
                    None => div { dt { (t.say("reply-due")) } dd { (date(&due.to_string())) } },
                }
            }
        }
        @if let Some(late) = &standing.late { (filled_in(t, late)) }
        @if !over && !standing.in_conflict {
            section { h2 { (t.say("next")) } p { (said(t, &service.next)) } }
        }
        p { a.button href=(format!("/?lingua={}", t.lang())) { (t.say("verify-another")) } }
    }
}

/// Whether it is a complaint that was answered.
fn is_answered(standing: &Standing) -> bool {
    matches!(standing.reply, Some((_, Some(_))))
}

/// How far it has come, to be seen at a glance; nothing of what ended on the way, or goes back.
fn way(t: Texts, standing: &Standing) -> Markup {
    let here = match standing.life {
        _ if standing.in_conflict => return html! {},
        Life::Draft | Life::Returned | Life::Refused | Life::Withdrawn => return html! {},
        _ if is_answered(standing) => 3,
        Life::Recorded => 0,
        Life::Received => 1,
        Life::Forwarded | Life::Accepted => 2,
        Life::Completed => 3,
    };
    // What is only kept at the hub goes to no agency.
    let kept = standing.service.offline == Offline::Recorded;
    let stages = [
        "verify-at-desk",
        "verify-at-hub",
        "verify-at-agency",
        "verify-done",
    ];
    let stages = stages.into_iter().enumerate();
    html! {
        ol.verify-way {
            @for (at, stage) in stages.filter(|(at, _)| !(kept && *at == 2)) {
                li.(if at <= here { "been" } else { "ahead" }) aria-current=[(at == here).then_some("step")] {
                    svg viewBox="0 0 48 48" aria-hidden="true" {
                        circle cx="24" cy="24" r="21" {}
                        @if at <= here { path d="M14 25l7 7 14-15" {} }
                    }
                    span { (t.say(stage)) }
                }
            }
        }
    }
}
