//! The page of the citizen's screen, in regions that are sent again when they change.

use maud::{Markup, html};
use vereda_sync::catalogue::Words;

use crate::citizen::port::{Screen, Stage};
use crate::citizen::texts::{LANGUAGES, Texts};
use crate::citizen::{confirm, following, quiet, recorded};
use crate::layout::{self, CITIZEN, document};
use crate::words;

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
        Stage::Following(following) => following::regions(t, screen, following, guard),
        Stage::Confirm(confirm) => confirm::regions(t, screen, confirm, guard),
        Stage::Recorded(recorded) => recorded::regions(t, recorded),
    });
    regions
}

/// All regions within the element that is replaced as a whole.
pub(crate) fn inner(screen: &Screen, guard: &str) -> Markup {
    let stage = match screen.stage {
        Stage::Unpaired { .. } => "unpaired",
        Stage::Idle { .. } => "idle",
        Stage::Following(_) => "following",
        Stage::Confirm(_) => "confirm",
        Stage::Recorded(_) => "recorded",
    };
    let mut regions = regions(screen, guard).into_iter();
    let top = regions.next();
    html! {
        div.stage.(stage) lang=(tag(&screen.language)) data-stage=(stage) {
            @if let Some(top) = top { header #(top.id) { (top.content) } }
            main #conteudo {
                @for region in regions { div.region id=(region.id) { (region.content) } }
            }
        }
    }
}

/// The whole document.
pub(crate) fn whole(screen: &Screen, guard: &str) -> Markup {
    let t = Texts::of(&screen.language);
    let body = html! {
        div #ecra { (inner(screen, guard)) }
        p.away #ligacao role="status" data-away=(t.say("node-away")) hidden {}
    };
    let title = format!("{} — {}", t.say("page-title"), screen.spot);
    document(
        &CITIZEN,
        tag(&screen.language),
        &title,
        Some("/cidadao/eventos"),
        &body,
    )
}

/// The language tag for the browser: the Portuguese here is European.
pub(crate) fn tag(lang: &str) -> &'static str {
    if lang == "en" { "en" } else { "pt-PT" }
}

fn top(screen: &Screen, t: Texts, guard: &str) -> Markup {
    html! {
        p.spot { (screen.spot) }
        form.languages method="post" action="/cidadao/lingua" aria-label=(t.say("choose-language")) {
            (layout::guard(guard))
            @for lang in LANGUAGES {
                button type="submit" name="lingua" value=(lang) lang=(tag(lang)) aria-pressed=(if lang == t.lang() { "true" } else { "false" }) {
                    (Texts::of(lang).say("language-name"))
                }
            }
        }
    }
}

/// A text of the catalogue in the citizen's language, with the Portuguese under
/// it when they differ: it is the Portuguese that counts.
pub(crate) fn with_portuguese(t: Texts, words: &Words) -> Markup {
    let (own, pt) = (words.get(t.lang()), words.pt());
    html! {
        // A text without translation is read aloud as the Portuguese that it is.
        span lang=[(t.lang() != "pt" && !words.has(t.lang())).then_some("pt-PT")] { (own) }
        @if own != pt { span.pt lang="pt-PT" { (pt) } }
    }
}

/// A text of the screen itself, with the Portuguese under it when it is another language.
pub(crate) fn both(t: Texts, key: &str) -> Markup {
    html! {
        (t.say(key))
        @if t.lang() != "pt" { span.pt lang="pt-PT" { (Texts::of("pt").say(key)) } }
    }
}

/// What it costs, in the citizen's language.
pub(crate) fn fee(t: Texts, cents: u32) -> String {
    if cents == 0 {
        t.say("free")
    } else {
        words::fee(cents)
    }
}
