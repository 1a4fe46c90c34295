//! At the end: how it was, in three faces with their words. Nobody has to say.

use maud::{Markup, html};

use crate::citizen::page::{Region, both};
use crate::citizen::port::Face;
use crate::layout;
use crate::texts::Texts;

/// The faces: what the page sends, the text under it, and how the mouth goes.
const FACES: [(Face, &str, &str, &str); 3] = [
    (Face::Good, "bom", "face-good", "M30 60Q50 84 70 60"),
    (Face::Fair, "razoavel", "face-fair", "M30 68L70 68"),
    (Face::Bad, "mau", "face-bad", "M30 76Q50 52 70 76"),
];

/// The face that a page sent; `None`: rather not.
pub(crate) fn of(said: &str) -> Option<Face> {
    let known = FACES.iter().find(|(_, word, ..)| *word == said);
    known.map(|(face, ..)| *face)
}

pub(crate) fn regions(t: Texts, guard: &str) -> Vec<Region> {
    vec![Region::new(
        "opiniao",
        html! {
            h1 { (both(t, "faces-title")) }
            p.lead { (t.say("faces-explained")) }
            form.faces method="post" action="/cidadao/opiniao" {
                (layout::guard(guard))
                @for (_, word, text, mouth) in FACES {
                    button type="submit" name="cara" value=(word) { (face(mouth)) span { (both(t, text)) } }
                }
                // Who has left says nothing: the script presses this.
                button.quiet type="submit" name="cara" value="" data-leaves { (both(t, "faces-none")) }
            }
        },
    )]
}

fn face(mouth: &str) -> Markup {
    html! {
        svg viewBox="0 0 100 100" aria-hidden="true" {
            circle cx="50" cy="50" r="44" {}
            circle.eye cx="35" cy="40" r="6" {}
            circle.eye cx="65" cy="40" r="6" {}
            path d=(mouth) {}
        }
    }
}
