//! Who may sign in at a node, as the hub says it: a list for each node, under the hub's seal, with a number and a last day.
//! A node keeps the newest that it was given and works by it from then on, instead of its own file.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use rusqlite::{Connection, OptionalExtension, params};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vereda_sync::exchange::custody::File;

use crate::clock;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::sealed_file::Form;
use crate::staff::Staff;
use crate::store;

const FORM: Form = Form {
    magic: b"vereda people 1\n",
    says: File::People,
    max_body_bytes: 1 << 20,
};

/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = FORM.max_bytes();
/// Days before the end from which a desk is warned.
pub const WARNED_DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

/// What is sealed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    node: String,
    number: u64,
    until_ms: i64,
    list: String,
}

/// A list that was verified.
#[derive(Debug)]
pub struct Roster {
    /// The node that it is for.
    pub node: String,
    /// Grows with every list that this node is given.
    pub number: u64,
    /// Nobody signs in by it after that, milliseconds since 1970.
    pub until_ms: i64,
    /// When it was sealed, milliseconds since 1970.
    pub sealed_ms: i64,
    /// The people.
    pub staff: Arc<Staff>,
    /// Fingerprint of the certificate under which it was sealed.
    pub sealed_by: String,
}

impl Roster {
    /// Whether nobody signs in by it any longer.
    #[must_use]
    pub fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.until_ms
    }

    /// Days that are left, when they are few enough to say so.
    #[must_use]
    pub fn few_days_left(&self, now_ms: i64) -> Option<i64> {
        let left = (self.until_ms - now_ms).max(0) / DAY_MS;
        (left < WARNED_DAYS).then_some(left)
    }
}

/// Reads a list that a hub of this authority sealed.
///
/// # Errors
/// In words, what is wrong with it.
pub fn read(file: &[u8], authority: &Path) -> anyhow::Result<Roster> {
    let opened = FORM
        .open(file, authority)?
        .context("this is no list of people")?;
    let body: Body = toml::from_str(std::str::from_utf8(opened.body)?)?;
    Ok(Roster {
        node: body.node,
        number: body.number,
        until_ms: body.until_ms,
        sealed_ms: i64::try_from(opened.at_ms).unwrap_or(i64::MAX),
        staff: Arc::new(Staff::parse(&body.list).map_err(anyhow::Error::msg)?),
        sealed_by: tls::fingerprint(&CertificateDer::from(opened.certificate)),
    })
}

/// Seals a list for a node.
///
/// # Errors
/// When the key cannot seal, or the list is too long.
pub fn seal(
    (node, number, until_ms): (&str, u64, i64),
    list: &str,
    (key, certificate): (&Seal, &[u8]),
    now_ms: i64,
) -> anyhow::Result<Vec<u8>> {
    let body = Body {
        node: node.to_owned(),
        number,
        until_ms,
        list: list.to_owned(),
    };
    let at_ms = u64::try_from(now_ms).unwrap_or(0);
    let body = toml::to_string(&body)?;
    FORM.seal(body.as_bytes(), (key, certificate), at_ms)
        .context("the list of people")
}

/// What a hub last sealed for each node. Not derived: a number that was given once stays given.
pub(crate) const ROSTERS: &str = "
CREATE TABLE roster (
    node TEXT PRIMARY KEY, number INTEGER NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL, file BLOB NOT NULL
) WITHOUT ROWID;
";

/// At the hub: the list for a node with those scopes, sealed anew when it changed or half of its time is gone; with its number.
/// `None` where this hub publishes none. `form`: what the node can read.
///
/// # Errors
/// When it cannot be sealed, or the store does not answer.
pub fn for_node(
    db: &Connection,
    (staff, form): (&Staff, u32),
    (node, scopes): (&str, &[String]),
    seal_of: (&Seal, &[u8]),
) -> anyhow::Result<Option<(u64, Vec<u8>)>> {
    let Some(days) = staff.publish_days() else {
        return Ok(None);
    };
    let (list, now_ms) = (staff.list_for((node, scopes), form)?, clock::now_ms());
    let digest: [u8; 32] = Sha256::digest(format!("{days}\n{list}\n{}", hex_of(seal_of.1))).into();
    let last: Option<(i64, Vec<u8>, i64, Vec<u8>)> = db
        .prepare_cached("SELECT number, digest, at, file FROM roster WHERE node = ?1")?
        .query_row([node], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    let number = match last {
        Some((number, is, at, file)) if is == digest && now_ms - at < days * DAY_MS / 2 => {
            return Ok(Some((u64::try_from(number)?, file)));
        }
        // By the clock, so that a hub that was restored does not give a number twice.
        Some((number, ..)) => (number + 1).max(now_ms),
        None => now_ms,
    };
    let until_ms = now_ms + days * DAY_MS;
    let file = seal(
        (node, u64::try_from(number)?, until_ms),
        &list,
        seal_of,
        now_ms,
    )?;
    db.execute(
        "INSERT OR REPLACE INTO roster(node, number, digest, at, file) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![node, number, digest, now_ms, file],
    )?;
    Ok(Some((u64::try_from(number)?, file)))
}

fn hex_of(bytes: &[u8]) -> String {
    crate::people::hex(&Sha256::digest(bytes))
}

/// In `meta`: the list that was given last, as it came.
const GIVEN: &str = "people";

impl crate::node::Node {
    /// The list that was given to this node and is kept, verified again.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) fn given_before(&self) -> store::Result<()> {
        let Some(authority) = self.config.authority() else {
            return Ok(());
        };
        let Some(file) = self.store.meta::<Vec<u8>>(GIVEN)? else {
            return Ok(());
        };
        match read(&file, authority) {
            Ok(roster) => self.staff_list.give(roster),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(
                    error,
                    "the list of people that the hub gave is no longer good"
                );
            }
        }
        Ok(())
    }

    /// Takes a list that came from the hub: whoever is no longer on it is signed out at once.
    ///
    /// # Errors
    /// In words, when it is not for this node, older than the one that is here, over, or sealed by a key that was revoked:
    /// then the one that is here stays.
    pub fn take_roster(&self, file: &[u8]) -> anyhow::Result<()> {
        let authority = self.config.authority().context("no authority")?;
        let roster = read(file, authority)?;
        ensure!(
            roster.node == self.config.node.id,
            "the list is for {}, and this is {}",
            roster.node,
            self.config.node.id
        );
        let db = self.store.write();
        ensure!(
            !store::revoked::is(&db, &roster.sealed_by)?,
            "the list is sealed by a key that was revoked"
        );
        let before = self.staff_list.given().map_or(0, |given| given.number);
        ensure!(
            roster.number > before,
            "list {} does not follow list {before}, which is here",
            roster.number
        );
        ensure!(!roster.is_over(self.now_ms()), "the list is over already");
        store::set_meta(&db, GIVEN, file)?;
        drop(db);
        tracing::info!(
            number = roster.number,
            "the hub said anew who may sign in here"
        );
        self.staff_list.give(roster);
        self.lay_staff()?;
        self.tell(vereda_web::desk::port::Event::Strip);
        self.tell(vereda_web::desk::port::Event::Messages);
        Ok(())
    }

    /// Nobody signs in here until the hub was heard again: its list is over.
    #[must_use]
    pub fn roster_is_over(&self) -> bool {
        let given = self.staff_list.given();
        given.is_some_and(|given| given.is_over(self.now_ms()))
    }

    /// Days that the hub's list is still good for, when they are few.
    #[must_use]
    pub fn roster_days_left(&self) -> Option<i64> {
        self.staff_list.given()?.few_days_left(self.now_ms())
    }
}
