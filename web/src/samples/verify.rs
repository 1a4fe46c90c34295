//! Samples of the page that shows the state of a receipt.

use maud::Markup;
use vereda_sync::catalogue::Offline;
use vereda_sync::day::Date;
use vereda_sync::record::Life;

use super::{housing, packs};
use crate::texts::{LANGUAGES, Texts};
use crate::verify::page::{Asked, Fault, page};
use crate::verify::port::Standing;

fn day(iso: &str) -> Date {
    Date::parse(iso).expect("a day")
}

pub(crate) fn standing(life: Life) -> Standing {
    Standing {
        service: housing(),
        life,
        in_conflict: false,
        day: day("2026-11-21"),
        spot: "Espaço Móvel 07".into(),
        late: None,
        reply: None,
    }
}

/// Every state, in every language.
pub(crate) fn pages() -> Vec<(String, Markup)> {
    let asked = Asked {
        number: "M07-4821-7QK-3".into(),
        code: "45FY-TN2A".into(),
    };
    let wrong = Fault::Typed {
        number: true,
        code: true,
    };
    let mut kept = standing(Life::Received);
    kept.service.offline = Offline::Recorded;
    kept.reply = Some((day("2026-12-15"), None));
    kept.late = Some(packs::late());
    let mut answered = standing(Life::Received);
    answered.reply = Some((day("2026-12-15"), Some(day("2026-12-02"))));
    let mut open = standing(Life::Withdrawn);
    open.in_conflict = true;
    let standings = [
        ("central", standing(Life::Received)),
        ("entidade", standing(Life::Forwarded)),
        ("aceite", standing(Life::Accepted)),
        ("devolvido", standing(Life::Returned)),
        ("recusado", standing(Life::Refused)),
        ("concluido", standing(Life::Completed)),
        ("retirado", standing(Life::Withdrawn)),
        ("duvida", open),
        ("reclamacao", kept),
        ("respondida", answered),
    ];
    let mut pages = vec![];
    for language in &LANGUAGES {
        let t = Texts::of(language.code);
        let mut add = |name: &str, markup| {
            pages.push((format!("verificar-{name}-{}", language.code), markup));
        };
        add("pergunta", page(t, &Asked::default(), Ok(None)));
        for (name, fault) in [
            ("mal-escrito", wrong),
            ("desconhecido", Fault::Unknown),
            ("muitas-vezes", Fault::Often),
            ("avaria", Fault::Broken),
        ] {
            add(name, page(t, &asked, Err(fault)));
        }
        for (name, standing) in &standings {
            add(name, page(t, &asked, Ok(Some(standing))));
        }
    }
    pages
}
