//! When nobody is served: the code for pairing, the turn that is called, and what can be done here.

use maud::{Markup, html};
use vereda_sync::catalogue::{Channel, Service};

use crate::accessibility;
use crate::citizen::page::{Region, both, said};
use crate::place;
use crate::texts::{Language, PORTUGUESE, Texts};

/// How often each language has its turn, with another service each time.
const TURNS: usize = 6;

pub(crate) fn unpaired(t: Texts, code: &str) -> Vec<Region> {
    let spaced: String = code.chars().map(String::from).collect::<Vec<_>>().join(" ");
    vec![Region::new(
        "codigo",
        html! {
            h1 { (both(t, "unpaired-title")) }
            p.code dir="ltr" aria-label=(spaced) { (code) }
            p.lead { (both(t, "unpaired-explained")) }
        },
    )]
}

/// The turn that is called. Nobody has chosen a language yet: it is said in all of them.
pub(crate) fn called(t: Texts, number: u32) -> Vec<Region> {
    let others = place::languages().filter(|l| l.code != t.lang());
    vec![Region::new(
        "senha",
        html! {
            h1 { (t.say("turn-title")) }
            p.code dir="ltr" { (number) }
            p.lead { (t.say("turn-now")) }
            ul.in-all-languages {
                @for language in others {
                    @let theirs = Texts::of(language.code);
                    li lang=(language.tag) dir=(language.direction()) { (theirs.say("turn-title")) " " (number) ": " (theirs.say("turn-now")) }
                }
            }
        },
    )]
}

pub(crate) fn idle(t: Texts, spot: &str, services: &[Service]) -> Vec<Region> {
    let foreign = t.lang() != PORTUGUESE;
    let turns = services.len().clamp(1, TURNS);
    // Its own language begins, once somebody chose it; until then those of the place.
    let languages = || {
        let (own, others) =
            place::languages().partition::<Vec<_>, _>(|l| foreign && l.code == t.lang());
        own.into_iter().chain(others)
    };
    vec![Region::new(
        "descanso",
        html! {
            h1 { (t.say_of("idle-title", "spot", spot)) }
            // One at a time; the script turns them. Every language greets, with a service
            // that is translated to it, if there is one.
            div.turning data-turning aria-live="off" {
                @for (i, (turn, language)) in (0..turns).flat_map(|n| languages().map(move |l| (n, l))).enumerate() {
                    section.turn lang=(language.tag) dir=(language.direction()) hidden[i > 0] {
                        (greeting(t, language, services, turn))
                    }
                }
            }
            button.pause type="button" data-pause data-resume=(t.say("resume")) data-stop=(t.say("pause")) hidden { (t.say("pause")) }
            // Here and not a page of its own, which would not follow the desk when somebody is served.
            details.statement {
                summary { (t.say("accessibility")) }
                div lang=[foreign.then_some("pt-PT")] dir=[foreign.then_some("ltr")] { (accessibility::statement()) }
            }
        },
    )]
}

/// In another language than the page's it says how to have all of the page in it.
fn greeting(page: Texts, language: &Language, services: &[Service], turn: usize) -> Markup {
    let t = Texts::of(language.code);
    let other = language.code != page.lang();
    // The page itself goes on in Portuguese where it must; a greeting does not.
    let mut shown = services
        .iter()
        .filter(|s| !other || s.title.has(language.code))
        .cycle();
    let service = shown.nth(turn);
    html! {
        @if other || service.is_none() { p.greeting { (t.say("welcome")) } }
        @if let Some(service) = service {
            p.label { (t.say("idle-services")) }
            h2 { (said(t, &service.title)) }
            p.lead { (said(t, &service.summary)) }
            p.cost { (t.say("cost")) ": " bdi { (t.fee(service.price_cents(Channel::Desk).unwrap_or(0))) } }
            h3 { (t.say("idle-bring")) }
            @if service.documents.is_empty() { p { (t.say("idle-nothing")) } }
            @else { ul { @for paper in &service.documents { li { (said(t, &paper.title)) } } } }
        }
        @if other { p.choose { (t.say("idle-choose")) } }
    }
}
