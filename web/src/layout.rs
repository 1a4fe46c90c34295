//! The shell of every page: head, skip link, style and script of the surface.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use qrcode::EcLevel;

use crate::assets;
use crate::texts;

/// What a surface loads.
pub(crate) struct Surface {
    pub(crate) styles: &'static [&'static str],
    pub(crate) script: Option<&'static str>,
    /// Class of the body.
    pub(crate) class: &'static str,
}

pub(crate) const DESK: Surface = Surface {
    styles: &["base.css", "desk.css", "tours.css"],
    script: Some("desk.js"),
    class: "desk",
};
/// The desk's pages about care homes.
pub(crate) const HOMES: Surface = Surface {
    styles: &["base.css", "desk.css", "tours.css", "homes.css"],
    ..DESK
};
/// The desk's pages about forms of paper.
pub(crate) const PAPER: Surface = Surface {
    styles: &["base.css", "desk.css", "packs.css"],
    ..DESK
};
/// Any page of the desk on a tablet at the bedside.
pub(crate) const BEDSIDE: Surface = Surface {
    class: "desk bedside",
    ..HOMES
};
pub(crate) const CITIZEN: Surface = Surface {
    styles: &["base.css", "citizen.css"],
    script: Some("citizen.js"),
    class: "citizen",
};
pub(crate) const CONSOLE: Surface = Surface {
    styles: &["base.css", "console.css", "tours.css", "homes.css"],
    script: Some("console.js"),
    class: "console",
};

/// What anybody may open, on whatever they have.
pub(crate) const PUBLIC: Surface = Surface {
    styles: &["base.css", "verify.css"],
    script: None,
    class: "verify-page",
};

/// A whole document. `events` is the address of its live events, if it has any.
pub(crate) fn document(
    surface: &Surface,
    lang: &str,
    title: &str,
    events: Option<&str>,
    body: &Markup,
) -> Markup {
    let right_to_left = texts::language(lang).is_some_and(|l| l.right_to_left);
    html! {
        (DOCTYPE)
        html lang=(lang) dir=[right_to_left.then_some("rtl")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for style in surface.styles {
                    link rel="stylesheet" href=(assets::url(style));
                }
                link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::url("noto-sans-latin.woff2"));
                link rel="icon" href="data:,";
                @if let Some(script) = surface.script { script type="module" src=(assets::url(script)) {} }
            }
            body class=(surface.class) data-events=[events] { (body) }
        }
    }
}

/// A key that is shown on what it does. Screen readers hear it as
/// `aria-keyshortcuts` of the control, so the mark itself is hidden from them.
pub(crate) fn key(name: &str) -> Markup {
    html! { kbd aria-hidden="true" { (name) } }
}

/// The hidden field against forged forms.
pub(crate) fn guard(token: &str) -> Markup {
    html! { input type="hidden" name="guarda" value=(token); }
}

/// A QR code as a drawing of one path, with a quiet zone of four modules.
pub(crate) fn qr(content: &str, label: &str) -> Markup {
    drawn(content, label, EcLevel::M)
}

/// A QR code for a longer text, which is read from a clean screen.
pub(crate) fn text_qr(content: &str, label: &str) -> Markup {
    drawn(content, label, EcLevel::L)
}

fn drawn(content: &str, label: &str, level: EcLevel) -> Markup {
    let Ok(code) = qrcode::QrCode::with_error_correction_level(content.as_bytes(), level) else {
        return html! { p.qr-text { (content) } };
    };
    let width = code.width();
    // A stroke for each run of dark modules, counted from the one before: a quarter of what a
    // square each would take.
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let (mut begun, mut gap) = (false, 0);
        for run in row.chunk_by(PartialEq::eq) {
            match run[0] {
                qrcode::Color::Light => gap = run.len(),
                _ if begun => path.push_str(&format!("m{gap} 0h{}", run.len())),
                _ => path.push_str(&format!("M{gap} {y}h{}", run.len())),
            }
            begun |= run[0] == qrcode::Color::Dark;
        }
    }
    let side = width + 8;
    html! {
        svg.qr role="img" aria-label=(label) viewBox=(format!("-4 -4.5 {side} {side}")) {
            rect x="-4" y="-4.5" width=(side) height=(side) fill="#fff" {}
            path d=(PreEscaped(path)) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strokes_of_a_code_are_its_dark_modules() {
        let content = "VEREDA:1:M07-4821-7QK-3:2WQ7H5JX4M";
        let drawing = qr(content, "x").into_string();
        let path = drawing
            .split(" d=\"")
            .nth(1)
            .and_then(|d| d.split('"').next());
        let (mut dark, mut x, mut y) = (Vec::new(), 0, 0);
        for stroke in path
            .unwrap()
            .split_inclusive(['M', 'm'])
            .collect::<Vec<_>>()
            .windows(2)
        {
            let (to, run) = stroke[1]
                .trim_end_matches(['M', 'm'])
                .split_once('h')
                .unwrap();
            let (dx, dy) = to.split_once(' ').unwrap();
            let dx: usize = dx.parse().unwrap();
            if stroke[0].ends_with('M') {
                (x, y) = (dx, dy.parse().unwrap());
            } else {
                x += dx;
            }
            for _ in 0..run.parse::<usize>().unwrap() {
                dark.push((x, y));
                x += 1;
            }
        }
        let code = qrcode::QrCode::with_error_correction_level(content, EcLevel::M).unwrap();
        let width = code.width();
        let expected: Vec<_> = (0..width * width)
            .map(|i| (i % width, i / width))
            .filter(|&at| code[at] == qrcode::Color::Dark)
            .collect();
        assert_eq!(dark, expected);
    }
}
