//! What agencies say, written into the request's record under the hub's mark, once for each key under which it is said.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_sync::record::agency::{self, Hub, Speaker, Status};
use vereda_web::desk::port::{DeskError, MAX_CASE_CHARS};

use super::problem::Problem;
use crate::console::give_back;
use crate::desk::fault;
use crate::node::Node;
use crate::people::hex;
use crate::store::{StoreError, agencies, derived, records};
use crate::written;

/// Longest reference of an agency, in characters.
const MAX_REFERENCE_CHARS: usize = 100;

/// The hub's mark over a statement: nobody makes it without the hub's secret.
pub(crate) fn mark(secret: &[u8; 32], statement: &[u8]) -> String {
    // A key of any length will do.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    hex(&mac.chain_update(statement).finalize().into_bytes()[..16])
}

/// Whether a change from elsewhere speaks for an agency only in words that this hub wrote itself: after the hub was restored
/// they come back with spots.
#[must_use]
pub fn is_genuine(secret: &[u8; 32], record: RecordId, change: &[u8]) -> bool {
    let acts = catch_unwind(AssertUnwindSafe(|| agency::acts_in(change)));
    let Ok(Some(acts)) = acts else {
        return false;
    };
    acts.iter().all(|act| {
        let expected = mark(secret, &agency::statement(record, act));
        !expected.is_empty() && agency::mark(act) == expected
    })
}

/// What an agency is called.
pub(crate) fn name_of(node: &Node, agency: &str) -> String {
    let known = node.catalogue().agencies.iter().find(|a| a.id == agency);
    known.map_or_else(|| agency.to_owned(), |a| a.name.clone())
}

/// What an agency says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says<'a> {
    /// How far it is: in words, and under its own reference.
    Status(Status, &'a str, &'a str),
    /// The value of a field cannot be as it is, and why.
    Returned(&'a str, &'a str),
    /// A question.
    Asks(&'a str),
}

/// Who says it, of which request, under which key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter<'a> {
    pub(super) agency: &'a str,
    pub(super) request: &'a str,
    pub(super) key: &'a str,
    /// What was sent, as it came.
    pub(super) body: &'a [u8],
}

/// Keeps what an agency says; what it said already under that key is not said twice.
pub(super) fn keep(node: &Node, letter: &Letter<'_>, says: Says<'_>) -> Result<(), Problem> {
    let record = RecordId::from_hex(letter.request).ok_or_else(Problem::not_found)?;
    let own = |error: StoreError| Problem::own(&error.into());
    let known = {
        let db = node.store.read();
        let row = records::find_record(&db, record).map_err(own)?;
        match row {
            Some(row) => agencies::knows(&db, letter.agency, row).map_err(own)?,
            None => false,
        }
    };
    if !known {
        return Err(Problem::not_found());
    }
    let (kind, words) = match says {
        Says::Status(status, text, reference) => (format!("{status:?}"), [text, reference]),
        Says::Returned(field, text) => ("Returned".to_owned(), [field, text]),
        Says::Asks(text) => ("Asks".to_owned(), [text, ""]),
    };
    let digest: [u8; 32] = Sha256::new()
        .chain_update(record.0)
        .chain_update(kind)
        .chain_update([0])
        .chain_update(letter.body)
        .finalize()
        .into();
    if is_said(node, letter, digest)? {
        return Ok(());
    }
    let limits = match says {
        Says::Status(..) => [MAX_CASE_CHARS, MAX_REFERENCE_CHARS],
        _ => [MAX_CASE_CHARS; 2],
    };
    for (text, most) in words.into_iter().zip(limits) {
        written::fits(text, most).map_err(refused)?;
    }
    let now_ms = node.now_ms();
    let and = |db: &Connection| agencies::keep_key(db, (letter.agency, letter.key), digest, now_ms);
    let name = name_of(node, letter.agency);
    let kept = match says {
        Says::Returned(field, text) => {
            give_back::give_back(node, &name, (letter.request, field, text), and)
        }
        Says::Status(..) | Says::Asks(_) => write(node, (record, letter), (&name, says), and),
    };
    match kept {
        Ok(()) => Ok(()),
        // Another letter under the same key was faster: it counts.
        Err(error) => match is_said(node, letter, digest)? {
            true => Ok(()),
            false => Err(refused(error)),
        },
    }
}

fn write(
    node: &Node,
    (record, letter): (RecordId, &Letter<'_>),
    (name, says): (&str, Says<'_>),
    and: impl FnOnce(&Connection) -> crate::store::Result<()>,
) -> Result<(), DeskError> {
    let line = derived::request(&node.store.read(), letter.request).map_err(fault)?;
    let line = line.ok_or_else(|| DeskError::NotNow("Este pedido foi apagado.".into()))?;
    if matches!(says, Says::Asks(_)) && line.life == Life::Withdrawn {
        return Err(DeskError::NotNow(
            "Este pedido foi retirado: já não se pergunta nada sobre ele.".into(),
        ));
    }
    let mark = |statement: &[u8]| mark(node.secret(), statement);
    let hub = Hub {
        record,
        mark: &mark,
    };
    let agency = letter.agency;
    let who = Speaker { agency, name };
    node.change(
        record,
        name,
        |d, author, at| match says {
            Says::Status(status, text, reference) => {
                let words = (status, text.trim(), reference.trim());
                agency::say(d, (author, at), who, words, hub)
            }
            Says::Asks(text) | Says::Returned(_, text) => {
                agency::ask(d, (author, at), who, text.trim(), hub)
            }
        },
        and,
    )
    .map_err(fault)
}

fn is_said(node: &Node, letter: &Letter<'_>, digest: [u8; 32]) -> Result<bool, Problem> {
    let known = agencies::under_key(&node.store.read(), letter.agency, letter.key);
    match known.map_err(|error| Problem::own(&error.into()))? {
        None => Ok(false),
        Some(known) if known == digest => Ok(true),
        Some(_) => Err(Problem::unprocessable(
            "Esta Idempotency-Key já foi usada para dizer outra coisa: use uma nova para cada coisa que diz.",
        )),
    }
}

fn refused(error: DeskError) -> Problem {
    match error {
        DeskError::NotNow(why) => Problem::not_now(why),
        DeskError::NotFound => Problem::unprocessable("Este pedido não tem esse campo."),
        other => Problem::own(&anyhow::anyhow!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vereda_sync::hlc::Hlc;
    use vereda_sync::record::document::{Author, actor};
    use vereda_sync::record::request;

    use super::*;

    #[test]
    fn only_what_this_hub_wrote_of_this_request_is_genuine() {
        let by = Author {
            actor: actor("central", &[1; 16]),
            node: "central".into(),
            spot: "Central".into(),
            stop: None,
            person: "Segurança Social".into(),
            clock_sure: true,
            zone: None,
        };
        let at = |second: u64| Hlc::new(second * 1000, 0);
        let begun = request::begin(&by, at(1), ("cesd", 3), RecordId([9; 32]), &BTreeMap::new());
        let (mut document, first) = begun.unwrap();
        let record = RecordId::from(first.change);
        let secret = [7; 32];
        let who = Speaker {
            agency: "iss",
            name: "Segurança Social",
        };
        let words = (Status::Completed, "Pago.", "P-1");
        let mark = |statement: &[u8]| mark(&secret, statement);
        let hub = Hub {
            record,
            mark: &mark,
        };
        let written = agency::say(&mut document, (&by, at(2)), who, words, hub).unwrap();
        assert!(is_genuine(&secret, record, &written.bytes));
        assert!(!is_genuine(&[8; 32], record, &written.bytes));
        assert!(!is_genuine(&secret, RecordId([1; 32]), &written.bytes));
        assert!(!is_genuine(
            &secret,
            record,
            b"{\"act\":\"agency-completed\"}"
        ));
        let forged = |_: &[u8]| String::new();
        let hub = Hub {
            record,
            mark: &forged,
        };
        let written = agency::say(&mut document, (&by, at(3)), who, words, hub).unwrap();
        assert!(!is_genuine(&secret, record, &written.bytes));
    }
}
