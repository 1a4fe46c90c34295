//! The map: outlines of the districts of mainland Portugal, drawn here without anything from a network; what the
//! outlines are is said in `assets/districts.md`.

use std::sync::LazyLock;

use maud::{Markup, html};
use vereda_sync::record::tour::Position;

pub(crate) mod fleet;

/// Units of the map to a degree of latitude.
const TO_NORTH: f64 = 200.0;
/// Units to a degree of longitude: degrees are narrower at 39.6° north.
const TO_EAST: f64 = 154.1;
/// How far from the outlines a place still counts as on land, in units: they are simplified.
const NEAR: f64 = 6.0;
/// The least that a map shows, in units: some 60 km.
const LEAST: (f64, f64) = (110.0, 85.0);
/// With more stops than these their names would lie over each other.
const MOST_NAMES: usize = 8;

/// The districts by name, and the islands, which have no outline here.
pub const DISTRICTS: [&str; 20] = [
    "Aveiro",
    "Beja",
    "Braga",
    "Bragança",
    "Castelo Branco",
    "Coimbra",
    "Évora",
    "Faro",
    "Guarda",
    "Leiria",
    "Lisboa",
    "Portalegre",
    "Porto",
    "Santarém",
    "Setúbal",
    "Viana do Castelo",
    "Vila Real",
    "Viseu",
    "Açores",
    "Madeira",
];

/// What lies at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The mainland: it can be drawn.
    Mainland,
    /// The Azores or Madeira, as far as a box tells.
    Islands,
    /// The sea, or another country.
    Elsewhere,
}

struct District {
    name: &'static str,
    path: &'static str,
    rings: Vec<Vec<(f64, f64)>>,
}

static OUTLINES: LazyLock<Vec<District>> = LazyLock::new(|| {
    let lines = include_str!("../assets/districts.txt").lines();
    let read = lines.filter_map(|line| {
        let (name, path) = line.split_once('\t')?;
        Some(District {
            name,
            path,
            rings: rings(path),
        })
    });
    read.collect()
});

/// The rings of a path of the one form that the file has: `M` a point, `l` steps, `z`.
fn rings(path: &str) -> Vec<Vec<(f64, f64)>> {
    let rings = path.split('z').filter(|ring| !ring.is_empty());
    let read = rings.map(|ring| {
        let spaced = ring.replace(['M', 'l'], " ").replace('-', " -");
        let numbers: Vec<f64> = spaced
            .split_whitespace()
            .filter_map(|n| n.parse().ok())
            .collect();
        let (mut x, mut y) = (0.0, 0.0);
        let steps = numbers.chunks_exact(2).map(|step| {
            if let [dx, dy] = step {
                x += dx;
                y += dy;
            }
            (x, y)
        });
        steps.collect()
    });
    read.collect()
}

fn place(at: Position) -> (f64, f64) {
    let degrees = |n: i32| f64::from(n) / 10_000.0;
    (
        (degrees(at.lon) + 9.6) * TO_EAST,
        (42.2 - degrees(at.lat)) * TO_NORTH,
    )
}

/// What lies there.
#[must_use]
pub fn ground(at: Position) -> Ground {
    let within = |lat: (i32, i32), lon: (i32, i32)| {
        (lat.0..=lat.1).contains(&at.lat) && (lon.0..=lon.1).contains(&at.lon)
    };
    if within((368_000, 400_000), (-315_000, -249_000))
        || within((300_000, 332_000), (-174_000, -158_000))
    {
        return Ground::Islands;
    }
    let point = place(at);
    let all = OUTLINES.iter().flat_map(|district| &district.rings);
    let mut all = all.filter(|ring| is_in(ring, point) || is_near(ring, point));
    match all.next() {
        Some(_) => Ground::Mainland,
        None => Ground::Elsewhere,
    }
}

/// The sides of a ring.
fn sides(ring: &[(f64, f64)]) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
    let next = ring.iter().cycle().skip(1);
    ring.iter().copied().zip(next.copied())
}

/// Whether a line from the point to the east crosses the ring an odd number of times.
fn is_in(ring: &[(f64, f64)], (x, y): (f64, f64)) -> bool {
    let crossed = sides(ring).filter(|((ax, ay), (bx, by))| {
        (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
    });
    crossed.count() % 2 == 1
}

fn is_near(ring: &[(f64, f64)], (x, y): (f64, f64)) -> bool {
    sides(ring).any(|((ax, ay), (bx, by))| {
        let (dx, dy) = (bx - ax, by - ay);
        let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(f64::EPSILON);
        let along = along.clamp(0.0, 1.0);
        let (ox, oy) = (x - ax - along * dx, y - ay - along * dy);
        ox.hypot(oy) <= NEAR
    })
}

/// How a stop is drawn: each has a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Somebody is to go there.
    Ahead,
    /// It is the next.
    Next,
    /// It was held.
    Held,
    /// It does not take place.
    Cancelled,
}

/// A stop on the map.
pub(crate) struct Point {
    /// A number, or a letter.
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) at: Position,
    pub(crate) shape: Shape,
}

/// Stops that lie under each other, drawn as one.
struct Drawn {
    numbers: String,
    name: String,
    x: f64,
    y: f64,
    shape: Shape,
}

/// The stops on the outlines, with the way between them; nothing when none can be drawn. Who cannot see it has the
/// same in the table beside it.
pub(crate) fn map(points: &[Point]) -> Markup {
    drawn(points, "Mapa das paragens; o mesmo está na tabela")
}

/// The same of other places; `says` stands for the picture where it is not seen.
pub(crate) fn drawn(points: &[Point], says: &str) -> Markup {
    let on_land = |point: &&Point| ground(point.at) == Ground::Mainland;
    let points: Vec<&Point> = points.iter().filter(on_land).collect();
    if points.is_empty() {
        return html! {};
    }
    let (left, top, width, height) = view(&points);
    let unit = width / 100.0;
    let mut drawn: Vec<Drawn> = Vec::new();
    for point in &points {
        let (x, y) = place(point.at);
        let under = drawn
            .iter_mut()
            .find(|d| (d.x - x).hypot(d.y - y) < 5.0 * unit);
        match under {
            Some(under) => {
                under.numbers += &format!("·{}", point.label);
                if point.shape == Shape::Next {
                    under.shape = Shape::Next;
                }
            }
            None => drawn.push(Drawn {
                numbers: point.label.clone(),
                name: point.name.clone(),
                x,
                y,
                shape: point.shape,
            }),
        }
    }
    let way = points.iter().filter(|p| p.shape != Shape::Cancelled);
    let way: Vec<String> = way
        .map(|p| {
            let (x, y) = place(p.at);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let is_in_view = |(x, y): (f64, f64)| {
        x > left + 8.0 * unit
            && x < left + width - 8.0 * unit
            && y > top + 4.0 * unit
            && y < top + height - 4.0 * unit
    };
    let seen = OUTLINES.iter().filter(|district| {
        let (from, to) = bounds(district.rings.iter().flatten().copied());
        from.0 < left + width && to.0 > left && from.1 < top + height && to.1 > top
    });
    html! {
        figure.map {
            svg viewBox=(format!("{left:.1} {top:.1} {width:.1} {height:.1}")) role="img" aria-label=(says) {
                @for district in seen {
                    path.land d=(district.path) stroke-width=(format!("{:.2}", 0.35 * unit)) {}
                    @let (from, to) = bounds(district.rings.iter().flatten().copied());
                    @let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
                    @if is_in_view(middle) {
                        text.region x=(format!("{:.1}", middle.0)) y=(format!("{:.1}", middle.1)) font-size=(format!("{:.2}", 3.2 * unit)) { (district.name) }
                    }
                }
                polyline.way points=(way.join(" ")) stroke-width=(format!("{:.2}", 0.8 * unit)) {}
                @for one in &drawn { (self::point(one, unit, points.len() <= MOST_NAMES, is_crowded(one, &drawn, unit) || one.x > left + width * 0.7)) }
            }
            figcaption.detail { "Contornos aproximados dos distritos, guardados neste computador." }
        }
    }
}

/// Another stop lies where its name would stand to the right.
fn is_crowded(one: &Drawn, all: &[Drawn], unit: f64) -> bool {
    all.iter().any(|other| {
        let (dx, dy) = (other.x - one.x, (other.y - one.y).abs());
        dx > 0.0 && dx < 34.0 * unit && dy < 5.0 * unit
    })
}

fn point(one: &Drawn, unit: f64, is_named: bool, turns: bool) -> Markup {
    let (x, y, r) = (one.x, one.y, 3.0 * unit);
    let at = |n: f64| format!("{n:.1}");
    let (class, tall) = match one.shape {
        Shape::Ahead => ("ahead", r),
        Shape::Next => ("next", r * 1.3),
        Shape::Held => ("held", r),
        Shape::Cancelled => ("cancelled", r),
    };
    let stroke = format!("{:.2}", 0.6 * unit);
    // What would leave the map, or lie over another, stands to the left.
    let (side, anchor) = if turns { (-1.0, "end") } else { (1.0, "start") };
    html! {
        g class=(class) stroke-width=(stroke) {
            @if one.shape == Shape::Held {
                rect x=(at(x - r)) y=(at(y - r)) width=(at(2.0 * r)) height=(at(2.0 * r)) {}
            } @else {
                circle cx=(at(x)) cy=(at(y)) r=(at(tall)) {}
            }
            @if one.shape == Shape::Cancelled {
                line x1=(at(x - r)) y1=(at(y + r)) x2=(at(x + r)) y2=(at(y - r)) {}
            }
            text.number x=(at(x)) y=(at(y + 1.15 * unit)) font-size=(format!("{:.2}", 3.4 * unit)) { (one.numbers) }
            @if is_named {
                text.name x=(at(x + side * (tall + 1.2 * unit))) y=(at(y + 1.15 * unit)) text-anchor=(anchor) font-size=(format!("{:.2}", 3.6 * unit)) { (one.name) }
            }
        }
    }
}

type Corner = (f64, f64);

fn bounds(all: impl Iterator<Item = Corner>) -> (Corner, Corner) {
    let nothing = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    all.fold(nothing, |(from, to), (x, y)| {
        ((from.0.min(x), from.1.min(y)), (to.0.max(x), to.1.max(y)))
    })
}

/// Left, top, width and height of what is shown: all stops with room around them.
fn view(points: &[&Point]) -> (f64, f64, f64, f64) {
    let (from, to) = bounds(points.iter().map(|point| place(point.at)));
    let room = 24.0_f64;
    let width = (to.0 - from.0 + 2.0 * room).max(LEAST.0);
    let height = (to.1 - from.1 + 2.0 * room).max(LEAST.1);
    // Neither a strip nor a column: it stands beside a table.
    let (width, height) = (width.max(height * 0.8), height.max(width * 0.6));
    let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    (
        middle.0 - width / 2.0,
        middle.1 - height / 2.0,
        width,
        height,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Position {
        Position::parse(text).unwrap()
    }

    #[test]
    fn places_are_on_land_and_the_sea_is_not() {
        for (place, text) in [
            ("Alferce", "37.3337 -8.4889"),
            ("Sagres", "37.0086 -8.9403"),
            ("Lisboa", "38.7167 -9.1333"),
            ("Bragança", "41.8061 -6.7567"),
            ("Caminha", "41.8743 -8.8384"),
            ("Vila Real de Santo António", "37.1944 -7.4157"),
            ("Aveiro", "40.6443 -8.6455"),
        ] {
            assert_eq!(ground(at(text)), Ground::Mainland, "{place}");
        }
        assert_eq!(ground(at("37.7412; -25.6756")), Ground::Islands);
        assert_eq!(ground(at("32.6669; -16.9241")), Ground::Islands);
        for (place, text) in [
            ("the Atlantic", "38.5 -11.0"),
            ("off Lagos", "36.9 -8.7"),
            ("Sevilha", "37.38 -5.98"),
            ("swapped", "-8.4889; 37.3337"),
            ("nowhere", "0; 0"),
        ] {
            assert_eq!(ground(at(text)), Ground::Elsewhere, "{place}");
        }
    }

    #[test]
    fn every_district_has_its_outline_and_all_weigh_little() {
        let names: Vec<&str> = OUTLINES.iter().map(|d| d.name).collect();
        assert_eq!(names, DISTRICTS[..18]);
        assert!(OUTLINES.iter().all(|d| d.rings.iter().all(|r| r.len() > 3)));
        assert!(include_str!("../assets/districts.txt").len() < 10_000);
    }

    proptest! {
        #[test]
        fn whatever_the_positions_a_map_is_drawn(all in prop::collection::vec((-900_000..900_000_i32, -1_800_000..1_800_000_i32), 0..8)) {
            let points = all.into_iter().enumerate().map(|(n, (lat, lon))| Point {
                label: (n + 1).to_string(),
                name: format!("P{n}"),
                at: Position { lat, lon },
                shape: Shape::Ahead,
            });
            let points: Vec<Point> = points.collect();
            prop_assert!(!map(&points).into_string().contains("NaN"));
        }
    }
}
