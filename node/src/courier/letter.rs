//! What citizens read in word that the hub sends: the number, the service, how it stands, where to look. Nothing of them, and
//! nothing of what they asked for.

use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::said;
use vereda_sync::verification;
use vereda_web::texts::Texts;

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
    let title = service.map_or_else(String::new, |it| it.title.get(t.lang()).to_owned());
    let agency = service.map_or_else(String::new, |it| {
        let edition = node.edition(line.edition).unwrap_or(node.catalogue());
        let known = edition.agencies.iter().find(|a| a.id == it.agency);
        known.map_or_else(|| it.agency.clone(), |a| a.name.clone())
    });
    let stands = |life| match service {
        Some(it) => t.how_final(life, it.offline, &agency),
        None => String::new(),
    };
    let how = match act.kind.as_str() {
        "returned" => stands(Life::Returned),
        "agency-accepted" => stands(Life::Accepted),
        "agency-refused" => stands(Life::Refused),
        "agency-completed" => stands(Life::Completed),
        "replied" => t.say("word-replied"),
        _ => match said(act, "other-number") {
            "" => stands(Life::Withdrawn),
            other => t.say_of("word-same", "other", other.to_owned()),
        },
    };
    let address = node.config.verify.as_ref().zip(record_id(&line.id).ok());
    let look = match address {
        Some((verify, record)) => {
            let code = verification::code(record);
            let address = format!("{}/{number}/{code}", verify.address);
            t.say_of("word-look", "address", address)
        }
        None => t.say("word-ask"),
    };
    let text = [
        t.word_about(number, &title),
        how,
        look,
        t.say("word-no-reply"),
    ];
    Letter {
        key: String::new(),
        to: String::new(),
        language: t.lang().to_owned(),
        subject: t.say_of("word-subject", "number", number.to_owned()),
        text: text.join("\n\n"),
    }
}
