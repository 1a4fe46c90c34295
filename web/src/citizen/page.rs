//! The page of the citizen's screen, in regions that are sent again when they change.

use maud::{Markup, html};
use serde::Serialize;
use vereda_sync::catalogue::{Service, Words};
use vereda_sync::record::Life;
use vereda_sync::record::declaration::Proof;
use vereda_sync::record::lease::{Reserved, Value};
use vereda_sync::record::papers::Needed;

use crate::citizen::port::{Screen, Stage};
use crate::citizen::{confirm, faces, following, quiet, recorded};
use crate::desk::papers::owed;
use crate::layout::{self, CITIZEN, document};
use crate::place;
use crate::texts::{PORTUGUESE, Texts};

/// A part of the page with its id. When only some of them differ from what was
/// last sent, only those are sent; when the list itself differs, the whole is.
pub(crate) struct Region {
    pub(crate) id: String,
    pub(crate) content: Markup,
}

impl Region {
    pub(crate) fn new(id: impl Into<String>, content: Markup) -> Self {
        Self {
            id: id.into(),
            content,
        }
    }
}

/// The stage as regions, in the order in which they stand.
pub(crate) fn regions(screen: &Screen, guard: &str) -> Vec<Region> {
    let t = Texts::of(&screen.language);
    let mut regions = vec![Region::new("topo", top(screen, t, guard))];
    regions.extend(match &screen.stage {
        Stage::Unpaired { code } => quiet::unpaired(t, code),
        Stage::Idle { services } => quiet::idle(t, &screen.spot, services),
        Stage::Called { number } => quiet::called(t, *number),
        Stage::Following(following) => following::regions(t, screen, following, guard),
        Stage::Confirm(confirm) => confirm::regions(t, screen, confirm, guard),
        Stage::Recorded(recorded) => recorded::regions(t, recorded, screen.training),
        Stage::Faces => faces::regions(t, guard),
    });
    regions
}

/// All regions within the element that is replaced as a whole.
pub(crate) fn inner(screen: &Screen, guard: &str) -> Markup {
    let stage = match screen.stage {
        Stage::Unpaired { .. } => "unpaired",
        Stage::Idle { .. } => "idle",
        Stage::Called { .. } => "called",
        Stage::Following(_) => "following",
        Stage::Confirm(_) => "confirm",
        Stage::Recorded(_) => "recorded",
        Stage::Faces => "faces",
    };
    let mut regions = regions(screen, guard).into_iter();
    let top = regions.next();
    html! {
        div.stage.(stage) data-stage=(stage) {
            a.skip href="#conteudo" { (Texts::of(&screen.language).say("skip")) }
            @if let Some(top) = top { header #(top.id) { (top.content) } }
            main #conteudo tabindex="-1" {
                @for region in regions { div.region id=(region.id) { (region.content) } }
            }
        }
    }
}

/// The whole document.
pub(crate) fn whole(screen: &Screen, guard: &str) -> Markup {
    let around = Around::of(screen);
    let body = html! {
        div #ecra { (inner(screen, guard)) }
        p.away #ligacao role="status" data-away=(around.away) data-failed=(around.failed) hidden {}
    };
    document(
        &CITIZEN,
        around.lang,
        &around.title,
        Some("/cidadao/eventos"),
        &body,
    )
}

/// A page of one heading and what to do, when the stage cannot be shown.
pub(crate) fn plain(t: Texts, heading: &str, what_to_do: &str) -> Markup {
    let body = html! {
        main.plain #conteudo {
            h1 { (t.say(heading)) }
            p { (t.say(what_to_do)) }
            p { a.button href="/cidadao" { (t.say("resume")) } }
        }
    };
    let title = t.say("page-title");
    document(&CITIZEN, t.language().tag, &title, None, &body)
}

/// What stands around the stage in the citizen's language, and changes with it.
#[derive(Serialize)]
pub(crate) struct Around {
    pub(crate) lang: &'static str,
    dir: &'static str,
    title: String,
    away: String,
    failed: String,
}

impl Around {
    pub(crate) fn of(screen: &Screen) -> Self {
        let t = Texts::of(&screen.language);
        Self {
            lang: t.language().tag,
            dir: t.language().direction(),
            title: match screen.training {
                true => format!("{} — {}", t.say("training"), t.say("page-title")),
                false => format!("{} — {}", t.say("page-title"), screen.spot),
            },
            away: t.say("node-away"),
            failed: t.say("failed"),
        }
    }
}

fn top(screen: &Screen, t: Texts, guard: &str) -> Markup {
    html! {
        @if screen.training { p.training-band role="note" { (both(t, "training")) } }
        p.spot { bdi { (screen.spot) } }
        form.languages method="post" action="/cidadao/lingua" aria-label=(t.say("choose-language")) {
            (layout::guard(guard))
            @for language in place::languages() {
                button type="submit" name="lingua" value=(language.code) lang=(language.tag) aria-pressed=(if language.code == t.lang() { "true" } else { "false" }) {
                    bdi { (Texts::of(language.code).say("language-name")) }
                }
            }
        }
    }
}

/// A text of the catalogue in the citizen's language; without translation it is marked, and
/// read aloud, as the Portuguese that it is.
pub(crate) fn said(t: Texts, words: &Words) -> Markup {
    let own = words.get(t.lang());
    html! {
        @if words.has(t.lang()) { (own) } @else { (in_portuguese(t, None, own)) }
    }
}

/// Such a text with the Portuguese under it when they differ: it is the Portuguese that counts.
pub(crate) fn with_portuguese(t: Texts, words: &Words) -> Markup {
    html! {
        (said(t, words))
        @if words.get(t.lang()) != words.pt() { (in_portuguese(t, Some("pt"), words.pt())) }
    }
}

/// A text of the screen itself, with the Portuguese under it when it is another language.
pub(crate) fn both(t: Texts, key: &str) -> Markup {
    html! {
        (t.say(key))
        @if t.lang() != PORTUGUESE { (in_portuguese(t, Some("pt"), &Texts::of(PORTUGUESE).say(key))) }
    }
}

/// What it costs, and why where it costs nothing.
pub(crate) fn cost(t: Texts, cents: u32, exempt: Option<&Words>) -> Markup {
    html! {
        @match exempt {
            Some(reason) => { bdi { (t.money(u64::from(cents))) } " · " (t.say("exempt")) ": " (said(t, reason)) }
            None => bdi { (t.fee(cents)) },
        }
    }
}

/// The papers that the citizen still has to bring, and why as the mediator wrote it.
pub(crate) fn papers_owed(t: Texts, papers: &[Needed]) -> Markup {
    html! {
        ul.owed {
            @for (needed, why) in owed(papers) {
                li { (said(t, &needed.paper.title)) ": " @if t.lang() == PORTUGUESE { (why) } @else { (in_portuguese(t, None, why)) } }
            }
        }
    }
}

/// The hour at a counter, or that it is still to come.
pub(crate) fn appointment(t: Texts, hour: &Reserved) -> Markup {
    html! {
        @match hour {
            Reserved::Has(Value::Slot { place, day, hour }) => {
                @let day = day.to_string();
                bdi { (t.date(&day).unwrap_or(day)) } ", " bdi dir="ltr" { (hour) } ", "
                @if t.lang() == PORTUGUESE { (place) } @else { (in_portuguese(t, None, place)) }
            }
            _ => (t.say("appointment-owed")),
        }
    }
}

/// By when the citizen is to prove who they are, if that is owed.
pub(crate) fn identity_owed(t: Texts, identity: Option<&Proof>) -> Option<String> {
    let Some(Proof::Owed(until)) = identity else {
        return None;
    };
    let day = t.date(until).unwrap_or_else(|| until.clone());
    Some(t.say_of("identity-until", "day", day))
}

/// How final a request is. An agency that is not called anything in the citizen's language keeps its Portuguese
/// name, which is marked as that.
pub(crate) fn how_final(t: Texts, life: Life, service: &Service) -> Markup {
    // Stands for the name until the sentence is made: no name holds it.
    const NAME: &str = "\u{fffc}";
    let name = &service.by.name;
    if let Some(own) = service.by.called(t.lang()) {
        return html! { (t.how_final(life, service.offline, own)) };
    }
    let said = t.how_final(life, service.offline, NAME);
    html! {
        @match said.split_once(NAME) {
            Some((before, after)) => { (before) (in_portuguese(t, None, name)) (after) }
            None => (said),
        }
    }
}

/// Portuguese on a page in another language.
fn in_portuguese(t: Texts, class: Option<&str>, text: &str) -> Markup {
    let right_to_left = t.language().right_to_left;
    html! {
        span class=[class] lang="pt-PT" dir=[right_to_left.then_some("ltr")] { (text) }
    }
}
