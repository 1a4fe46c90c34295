//! What the citizen was shown and agreed to, in words, with the signature as it was drawn. The same
//! on the desk, on paper and at the hub.

use maud::{Markup, html};
use vereda_sync::record::consent::{Confirmed, Signed};
use vereda_sync::record::signature::{HEIGHT, Strokes, WIDTH};

use crate::desk::port::Agreed;
use crate::texts;
use crate::words::{self, time};

/// One sentence on how, one on what, and the signature.
pub(crate) fn said(agreed: &Agreed) -> Markup {
    let consent = &agreed.consent;
    html! {
        p.done { (how(agreed)) }
        @if consent.answers > 0 {
            p.detail {
                "Viu: " (words::count(u64::from(consent.answers), "resposta", "respostas"))
                ", o custo (" (words::fee(consent.fee_cents)) ") e o aviso sobre os dados; catálogo n.º " (consent.edition) "."
            }
        }
        @match &consent.signed {
            None => {}
            Some(Signed::Drawn(strokes)) => {
                p.detail { "Assinado à mão, no ecrã:" }
                (drawn(strokes))
            }
            Some(Signed::Typed(name)) => p.detail { "Assinado no ecrã, com o nome escrito: " strong.name { (name) } },
            Some(Signed::Paper) => p.detail { "Assinado em papel, que fica com quem atendeu." },
        }
        @if !consent.words.is_empty() {
            p.detail.digest { "Selo do que foi visto: " code { (consent.words) } }
        }
    }
}

fn how(agreed: &Agreed) -> String {
    let consent = &agreed.consent;
    let language = texts::language(&consent.language)
        .map_or_else(String::new, |l| format!(", em {}", l.in_portuguese));
    let at = time::full(agreed.at);
    match (consent.how, &consent.screen) {
        (Confirmed::OnScreen, Some(id)) => {
            format!("Confirmado no ecrã do cidadão ({id}){language}: {at}.")
        }
        (Confirmed::OnScreen, None) => format!("Confirmado no ecrã do cidadão{language}: {at}."),
        (Confirmed::OnPaper, _) => {
            format!("Confirmado no impresso de papel, passado depois: {at}.")
        }
        (Confirmed::ByWord, _) => {
            format!("Confirmado de viva voz, lido do ecrã de quem atendeu{language}: {at}.")
        }
    }
}

/// The strokes as they were drawn.
fn drawn(strokes: &Strokes) -> Markup {
    html! {
        svg.signature viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="Assinatura do cidadão" {
            path d=(strokes.path()) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn what_another_node_wrote_is_text_and_never_markup() {
        let mut agreed = samples::agreed(Some(Signed::Typed("<b>Maria</b>".into())));
        agreed.consent.screen = Some("<i>".into());
        let page = said(&agreed).into_string();
        assert!(
            page.contains("&lt;b&gt;Maria") && !page.contains("<i>"),
            "{page}"
        );
    }

    #[test]
    fn it_says_where_in_which_language_when_and_what() {
        let page = said(&samples::agreed(None)).into_string();
        for words in [
            "ecrã do cidadão (3f2a91c0), em ucraniano",
            "9 respostas",
            "5,00",
            "catálogo n.º 3",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}
