//! Word to citizens, for the samples.

use vereda_sync::record::outcome::Way;

use super::{NOW, ago};
use crate::console::port::{SentRow, SentView};
use crate::moment::Moment;

fn row(citizen: &str, what: &str, way: Way) -> SentRow {
    SentRow {
        request: "r1".into(),
        number: Some("M07-4821-7QK-3".into()),
        citizen: citizen.into(),
        outcome: "o1".into(),
        what: what.into(),
        way,
        hint: match way {
            Way::Mail => "Correio eletrónico: o•••@exemplo.pt".into(),
            _ => "Mensagem de telemóvel (SMS): •••\u{a0}5\u{a0}678".into(),
        },
        tries: 0,
        trouble: String::new(),
        at: ago(600),
    }
}

pub(crate) fn nothing() -> SentView {
    SentView::default()
}

pub(crate) fn some() -> SentView {
    let later = Moment {
        unix_ms: NOW.unix_ms + 420_000,
        ..NOW
    };
    let failed = SentRow {
        tries: 1,
        trouble: "recusado: permanent error (550): 5.1.1 no such mailbox".into(),
        ..row("Maria do Rosário Conceição", "concluído", Way::Mail)
    };
    let tried = SentRow {
        tries: 4,
        trouble: "respondeu 503 Service Unavailable".into(),
        at: later,
        ..row("José Amaro Duarte", "devolvido", Way::Sms)
    };
    let waits = SentRow {
        at: later,
        ..row("Olena Kovalenko", "retirado", Way::Mail)
    };
    SentView {
        ways: vec![Way::Mail, Way::Sms],
        failed: (vec![failed], 1),
        waiting: (vec![tried, waits], 2),
        handed: (
            vec![row("Ilda Encarnação", "aceite pela entidade", Way::Sms)],
            340,
        ),
    }
}
