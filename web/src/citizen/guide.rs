//! The guide to take home: what happens next and how to do it alone, as text that a
//! telephone keeps.

use crate::citizen::port::Recorded;
use crate::texts::Texts;

/// Most bytes of the text: a code with more is too fine for a telephone at arm's length.
const MOST_BYTES: usize = 640;

/// The guide in the citizen's language; what does not fit is left out, the end first.
pub(crate) fn text(t: Texts, recorded: &Recorded) -> String {
    let service = &recorded.service;
    let mut text = format!(
        "{}\n{}: {}",
        service.title.get(t.lang()),
        t.say("recorded-number"),
        recorded.number
    );
    let next = service.next.get(t.lang()).to_owned();
    for (heading, said) in [("alone", service.guide(t.lang())), ("next", next)] {
        let part = format!("\n\n{}:\n{said}", t.say(heading));
        if !said.is_empty() && text.len() + part.len() <= MOST_BYTES {
            text.push_str(&part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::pages::recorded;
    use crate::texts::LANGUAGES;

    #[test]
    fn it_fits_a_code_and_says_how_to_do_it_alone() {
        for language in &LANGUAGES {
            let mut recorded = recorded();
            let guide = text(Texts::of(language.code), &recorded);
            assert!(guide.len() <= MOST_BYTES, "{}", language.code);
            for said in ["M07-4821-7QK-3", "apoios.exemplo.pt"] {
                assert!(guide.contains(said), "{}: {guide}", language.code);
            }
            recorded.service.next = crate::samples::words(&"longo ".repeat(200), "");
            let guide = text(Texts::of(language.code), &recorded);
            assert!(guide.len() <= MOST_BYTES && guide.contains("apoios.exemplo.pt"));
        }
    }
}
