//! What a letter says, of what is known of its request.

use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::said;
use vereda_sync::verification;
use vereda_web::texts::Texts;
use vereda_web::texts::word::{self, About, News};

use super::Letter;
use crate::desk::record_id;
use crate::node::Node;
use crate::store::derived::RequestLine;

/// Word of that outcome, in that language; without key and address.
pub(super) fn written(node: &Node, line: &RequestLine, act: &Act, language: &str) -> Letter {
    let t = Texts::of(language);
    let number = line.number.as_deref().unwrap_or_default();
    // Of an edition that is not here any longer, by what it is called today.
    let service = node
        .service(&line.service, line.edition)
        .or_else(|| node.latest(&line.service));
    let edition = node.edition(line.edition).unwrap_or(node.catalogue());
    let agency = service.map_or("", |it| {
        let known = edition.agencies.iter().find(|a| a.id == it.agency);
        known.map_or(it.agency.as_str(), |a| a.name.as_str())
    });
    let news = match (act.kind.as_str(), said(act, "other-number")) {
        ("returned", _) => News::Stands(Life::Returned),
        ("agency-accepted", _) => News::Stands(Life::Accepted),
        ("agency-refused", _) => News::Stands(Life::Refused),
        ("agency-completed", _) => News::Stands(Life::Completed),
        ("replied", _) => News::Replied,
        (_, "") => News::Stands(Life::Withdrawn),
        (_, other) => News::Same(other),
    };
    let address = node.config.verify.as_ref().zip(record_id(&line.id).ok());
    let address = address.map(|(verify, record)| {
        let code = verification::code(record);
        format!("{}/{number}/{code}", verify.address)
    });
    let about = About {
        number,
        service,
        agency,
        address: address.as_deref(),
    };
    Letter {
        key: String::new(),
        to: String::new(),
        language: t.lang().to_owned(),
        subject: word::subject(t, &about),
        text: word::text(t, &about, news),
    }
}
