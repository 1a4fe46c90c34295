//! When nobody is served: the code for pairing, and what can be done here.

use maud::html;
use vereda_sync::catalogue::{Channel, Service};

use crate::citizen::page::{Region, both, fee, tag};
use crate::citizen::texts::{LANGUAGES, Texts};

/// How many services are shown in turn.
const IN_TURN: usize = 12;

pub(crate) fn unpaired(t: Texts, code: &str) -> Vec<Region> {
    let spaced: String = code.chars().map(String::from).collect::<Vec<_>>().join(" ");
    vec![Region::new(
        "codigo",
        html! {
            h1 { (both(t, "unpaired-title")) }
            p.code aria-label=(spaced) { (code) }
            p.lead { (both(t, "unpaired-explained")) }
        },
    )]
}

pub(crate) fn idle(t: Texts, spot: &str, services: &[Service]) -> Vec<Region> {
    vec![Region::new(
        "descanso",
        html! {
            h1 { (t.say_of("idle-title", "spot", spot)) }
            @if !services.is_empty() {
                // One at a time, each in every language; the script turns them.
                div.turning data-turning aria-live="off" {
                    @for (i, (service, lang)) in services.iter().take(IN_TURN)
                        .flat_map(|s| LANGUAGES.map(|l| (s, l))).filter(|(s, l)| s.title.has(l)).enumerate() {
                        @let t = Texts::of(lang);
                        section.turn lang=(tag(lang)) hidden[i > 0] {
                            p.label { (t.say("idle-services")) }
                            h2 { (service.title.get(lang)) }
                            p.lead { (service.summary.get(lang)) }
                            p.cost { (t.say("cost")) ": " (fee(t, service.price_cents(Channel::Desk).unwrap_or(0))) }
                            h3 { (t.say("idle-bring")) }
                            @if service.documents.is_empty() { p { (t.say("idle-nothing")) } }
                            @else { ul { @for paper in &service.documents { li { (paper.title.get(lang)) } } } }
                        }
                    }
                }
                button.pause type="button" data-pause data-resume=(t.say("resume")) data-stop=(t.say("pause")) hidden { (t.say("pause")) }
            }
        },
    )]
}
