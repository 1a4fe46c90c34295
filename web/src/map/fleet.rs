//! Nodes on the map: one mark each, with a colour and a shape for how old the last proof is; those that would lie over each
//! other are one mark with a number.

use maud::{Markup, html};

use super::{Ground, LEAST, OUTLINES, bounds, ground, place};
use crate::console::port::{FleetMark, ProofAge};

/// Marks nearer than this to each other are drawn as one, in units of the map.
const CELL: f64 = 30.0;
/// Most names in what a mark says when one points at it.
const MOST_NAMES: usize = 6;

struct Drawn<'m> {
    x: f64,
    y: f64,
    all: Vec<&'m FleetMark>,
}

impl Drawn<'_> {
    /// The worst of those under it.
    fn age(&self) -> ProofAge {
        let worst = self.all.iter().map(|m| m.age).max();
        worst.unwrap_or(ProofAge::Never)
    }

    fn says(&self) -> String {
        let names: Vec<&str> = self
            .all
            .iter()
            .take(MOST_NAMES)
            .map(|m| m.name.as_str())
            .collect();
        let more = match self.all.len().saturating_sub(MOST_NAMES) {
            0 => String::new(),
            n => format!(" e mais {n}"),
        };
        format!("{}{more}: {}", names.join(", "), words(self.age()))
    }
}

/// What a shape says.
pub(crate) fn words(age: ProofAge) -> &'static str {
    match age {
        ProofAge::Fresh => "provado hoje",
        ProofAge::Old => "prova de ontem ou antes",
        ProofAge::Never => "ainda sem prova",
        ProofAge::TooOld => "sem prova há demasiado tempo",
        ProofAge::Revoked => "já não é aceite",
    }
}

/// All of them on the whole country, or one with what lies around it; nothing when none can be drawn.
pub(crate) fn map(marks: &[FleetMark], is_whole: bool) -> Markup {
    let mut drawn: Vec<Drawn<'_>> = Vec::new();
    for mark in marks.iter().filter(|m| ground(m.at) == Ground::Mainland) {
        let (x, y) = place(mark.at);
        let near = |d: &&mut Drawn<'_>| (d.x - x).hypot(d.y - y) < CELL;
        match drawn.iter_mut().find(near) {
            Some(under) => under.all.push(mark),
            None => drawn.push(Drawn {
                x,
                y,
                all: vec![mark],
            }),
        }
    }
    let (left, top, width, height) = match drawn.first() {
        None => return html! {},
        Some(one) if !is_whole => (
            one.x - LEAST.0,
            one.y - LEAST.1,
            2.0 * LEAST.0,
            2.0 * LEAST.1,
        ),
        Some(_) => {
            let (from, to) = bounds(
                OUTLINES
                    .iter()
                    .flat_map(|d| d.rings.iter().flatten().copied()),
            );
            (
                from.0 - 16.0,
                from.1 - 16.0,
                to.0 - from.0 + 32.0,
                to.1 - from.1 + 32.0,
            )
        }
    };
    let unit = width.max(height) / 100.0;
    // What is worst lies on top.
    drawn.sort_by_key(Drawn::age);
    let label = match is_whole {
        true => "Mapa dos postos; o mesmo está na tabela",
        false => "Onde está o posto; o mesmo está escrito ao lado",
    };
    html! {
        figure.map.fleet-map {
            svg viewBox=(format!("{left:.1} {top:.1} {width:.1} {height:.1}")) role="img" aria-label=(label) {
                @for district in OUTLINES.iter() {
                    path.land d=(district.path) stroke-width=(format!("{:.2}", 0.25 * unit)) {}
                }
                @for one in &drawn { (mark(one, unit)) }
            }
            figcaption.detail { "Contornos aproximados dos distritos, guardados neste computador." }
        }
    }
}

fn mark(one: &Drawn<'_>, unit: f64) -> Markup {
    let r = unit * if one.all.len() > 1 { 2.1 } else { 1.5 };
    html! {
        g class=(class(one.age())) stroke-width=(format!("{:.2}", 0.4 * unit)) {
            title { (one.says()) }
            (shape(one.age(), one.x, one.y, r))
            @if one.all.len() > 1 {
                text.number x=(format!("{:.1}", one.x)) y=(format!("{:.1}", one.y + 0.75 * unit)) font-size=(format!("{:.2}", 2.1 * unit)) { (one.all.len()) }
            }
        }
    }
}

fn class(age: ProofAge) -> &'static str {
    match age {
        ProofAge::Fresh => "proof-fresh",
        ProofAge::Old => "proof-old",
        ProofAge::Never => "proof-never",
        ProofAge::TooOld => "proof-late",
        ProofAge::Revoked => "proof-gone",
    }
}

/// A circle, a square, a diamond, a triangle, a cross: no two ages have one shape.
fn shape(age: ProofAge, x: f64, y: f64, r: f64) -> Markup {
    let at = |n: f64| format!("{n:.1}");
    let corners = |all: &[(f64, f64)]| {
        let all: Vec<String> = all
            .iter()
            .map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * r, y + dy * r))
            .collect();
        all.join(" ")
    };
    html! {
        @match age {
            ProofAge::Fresh => circle cx=(at(x)) cy=(at(y)) r=(at(r)) {},
            ProofAge::Old => rect x=(at(x - 0.9 * r)) y=(at(y - 0.9 * r)) width=(at(1.8 * r)) height=(at(1.8 * r)) {},
            ProofAge::Never => polygon points=(corners(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)])) {},
            ProofAge::TooOld => polygon points=(corners(&[(0.0, -1.4), (1.35, 1.0), (-1.35, 1.0)])) {},
            ProofAge::Revoked => path d=(format!("M{:.1} {:.1}l{:.1} {:.1}m0 {:.1}l{:.1} {:.1}", x - r, y - r, 2.0 * r, 2.0 * r, -2.0 * r, -2.0 * r, 2.0 * r)) {},
        }
    }
}

/// The shape of an age beside words.
pub(crate) fn sign(age: ProofAge) -> Markup {
    html! {
        svg.proof-sign aria-hidden="true" viewBox="0 0 20 20" {
            g class=(class(age)) stroke-width="2" { (shape(age, 10.0, 10.0, 6.0)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vereda_sync::record::tour::Position;

    use super::*;

    fn mark(name: &str, lat: i32, lon: i32, age: ProofAge) -> FleetMark {
        FleetMark {
            id: name.into(),
            name: name.into(),
            at: Position { lat, lon },
            age,
        }
    }

    #[test]
    fn a_thousand_nodes_are_a_bounded_picture_and_none_is_left_out() {
        let marks: Vec<FleetMark> = (0..1_000)
            .map(|n| {
                mark(
                    &format!("p{n}"),
                    372_000 + (n % 40) * 1_200,
                    -86_000 + (n / 40) * 700,
                    ProofAge::Fresh,
                )
            })
            .collect();
        let on_land = marks
            .iter()
            .filter(|m| ground(m.at) == Ground::Mainland)
            .count();
        let drawn = map(&marks, true).into_string();
        assert!(drawn.len() < 60_000, "{}", drawn.len());
        let numbers: usize = drawn
            .split("class=\"number\"")
            .skip(1)
            .filter_map(|part| {
                part.split('>')
                    .nth(1)?
                    .split('<')
                    .next()?
                    .parse::<usize>()
                    .ok()
            })
            .sum();
        let alone = drawn.matches("<title>").count() - drawn.matches("class=\"number\"").count();
        assert_eq!(numbers + alone, on_land);
    }

    #[test]
    fn the_worst_of_those_under_one_mark_shows() {
        let marks = [
            mark("a", 373_337, -84_889, ProofAge::Fresh),
            mark("b", 373_338, -84_888, ProofAge::TooOld),
        ];
        let drawn = map(&marks, true).into_string();
        assert!(
            drawn.contains("proof-late") && !drawn.contains("proof-fresh"),
            "{drawn}"
        );
        assert!(
            map(&[mark("sea", 0, 0, ProofAge::Fresh)], true)
                .into_string()
                .is_empty()
        );
    }

    proptest! {
        #[test]
        fn whatever_the_positions_a_map_is_drawn(all in prop::collection::vec((-900_000..900_000_i32, -1_800_000..1_800_000_i32), 0..8), is_whole: bool) {
            let marks: Vec<FleetMark> = all.into_iter().map(|(lat, lon)| mark("<b>", lat, lon, ProofAge::Old)).collect();
            let drawn = map(&marks, is_whole).into_string();
            prop_assert!(!drawn.contains("NaN") && !drawn.contains("<b>"));
        }
    }
}
