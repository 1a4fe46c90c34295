//! The shell of every page: head, skip link, style and script of the surface.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets;

/// What a surface loads.
pub(crate) struct Surface {
    pub(crate) styles: &'static [&'static str],
    pub(crate) script: &'static str,
    /// Class of the body.
    pub(crate) class: &'static str,
}

pub(crate) const DESK: Surface = Surface {
    styles: &["base.css", "desk.css"],
    script: "desk.js",
    class: "desk",
};
pub(crate) const CITIZEN: Surface = Surface {
    styles: &["base.css", "citizen.css"],
    script: "citizen.js",
    class: "citizen",
};
pub(crate) const CONSOLE: Surface = Surface {
    styles: &["base.css", "console.css"],
    script: "console.js",
    class: "console",
};

/// A whole document. `events` is the address of its live events, if it has any.
pub(crate) fn document(
    surface: &Surface,
    lang: &str,
    title: &str,
    events: Option<&str>,
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for style in surface.styles {
                    link rel="stylesheet" href=(assets::url(style));
                }
                link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::url("noto-sans-latin.woff2"));
                link rel="icon" href="data:,";
                script type="module" src=(assets::url(surface.script)) {}
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
    let Ok(code) = qrcode::QrCode::new(content.as_bytes()) else {
        return html! { p.qr-text { (content) } };
    };
    let width = code.width();
    let mut path = String::new();
    for (i, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", i % width + 4, i / width + 4));
        }
    }
    let side = width + 8;
    html! {
        svg.qr role="img" aria-label=(label) viewBox=(format!("0 0 {side} {side}")) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(PreEscaped(path)) fill="#000" {}
        }
    }
}
