//! People at this node: what was changed here stands over the file and the hub's list; PINs that people choose.

use sha2::{Digest, Sha256};
use vereda_sync::audit::{Access, Did};
use vereda_web::desk::port::Event;

use super::Node;
use crate::staff::{Laid, Member};
use crate::store::staff::{self, Kept, OwnPin};
use crate::store::{Result, audit};

/// Longest text of a line of the account that says what was changed of somebody, in characters.
const MAX_SAID: usize = 400;

/// What a hash of a PIN is known by, where it itself is not to be seen.
pub(crate) fn fingerprint_of_pin(hash: &str) -> String {
    crate::people::hex(&Sha256::digest(hash))
}

impl Node {
    /// What the store has of people counts from now on.
    pub(crate) fn lay_staff(&self) -> Result<()> {
        let db = self.store.write();
        let written = self.staff_list.written();
        let mut pins = vec![];
        for own in staff::own_pins(&db)? {
            match written.of_id(&own.person) {
                Some(member) if member.pin == own.replaces => {
                    pins.push((own.person, own.replaces, own.pin));
                }
                // The list has a newer one: theirs, come back from the hub, or another that they were given.
                Some(_) => staff::drop_own_pin(&db, &own.person)?,
                // Perhaps the list has them again tomorrow.
                None => {}
            }
        }
        let people = staff::all(&db)?.into_iter();
        self.staff_list.lay(Laid {
            people: people.map(|kept| (kept.member, kept.of_file)).collect(),
            pins,
        });
        Ok(())
    }

    /// At the hub: somebody is so from now on, with the line of the account that says who did what, in one transaction.
    /// `chosen`: when they chose their PIN, and what it took the place of; `None`: it is as it was.
    pub(crate) fn keep_member(
        &self,
        member: &Member,
        by: (&str, &str),
        what: &str,
        chosen: Option<(i64, &str)>,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let before = self.staff_list.now();
        let before = before.of_id(&member.id);
        let known = staff::all(&tx)?
            .into_iter()
            .find(|k| k.member.id == member.id);
        let stands = self.staff_list.written().of_id(&member.id).is_some();
        let kept = Kept {
            member: member.clone(),
            of_file: known.map_or(stands, |known| known.of_file),
            by: by.1.to_owned(),
            changed_ms: now_ms,
        };
        staff::keep(&tx, &kept)?;
        if let Some(before) = before.filter(|before| before.pin != member.pin) {
            staff::remember_pin(&tx, &member.id, &before.pin, now_ms)?;
        }
        if let Some(chosen) = chosen {
            staff::keep_chosen(&tx, &member.id, chosen)?;
        }
        audit::append_within(&tx, line(by, what, now_ms))?;
        tx.commit()?;
        drop(db);
        self.lay_staff()?;
        self.tell(Event::Strip);
        Ok(())
    }

    /// A line of the account that changes nobody: somebody proposed, or took back.
    pub(crate) fn note_of_people(&self, by: (&str, &str), what: &str) -> Result<()> {
        audit::append(&self.store.write(), line(by, what, self.now_ms()))
    }

    /// Somebody chose a PIN: at the hub it is theirs from now on, at a spot it is so here, and goes to the hub as a hash.
    pub(crate) fn keep_chosen_pin(&self, member: &Member, pin: String) -> Result<()> {
        let now_ms = self.now_ms();
        let _turn = self.staff_list.turn();
        let staff = self.staff_list.now();
        // As they are now: an administrator may have changed them since they showed their PIN.
        let member = staff.of_id(&member.id).unwrap_or(member);
        if self.is_hub() {
            let was = fingerprint_of_pin(&member.pin);
            let own = Member {
                pin,
                once: None,
                ..member.clone()
            };
            let who = (member.id.as_str(), member.name.as_str());
            let what = format!("{}: escolheu outro PIN", member.id);
            return self.keep_member(&own, who, &what, Some((now_ms, &was)));
        }
        let db = self.store.write();
        let written = self.staff_list.written();
        // What it takes the place of is what the list says, also when another was chosen here already.
        let replaces = written.of_id(&member.id).map_or("", |m| m.pin.as_str());
        let tx = db.unchecked_transaction()?;
        staff::remember_pin(&tx, &member.id, &member.pin, now_ms)?;
        staff::keep_own_pin(
            &tx,
            &OwnPin {
                person: member.id.clone(),
                replaces: replaces.to_owned(),
                pin,
                at_ms: now_ms,
                told: false,
            },
        )?;
        tx.commit()?;
        drop(db);
        self.lay_staff()?;
        // It goes up now, where there is a network.
        self.unsent.notify_one();
        Ok(())
    }
}

fn line((person, name): (&str, &str), what: &str, at: i64) -> Access {
    Access {
        seq: 0,
        at,
        person: person.to_owned(),
        name: name.to_owned(),
        did: Did::Wrote,
        page: "/pessoa/{person}".to_owned(),
        about: vec![],
        sought: what.chars().take(MAX_SAID).collect(),
        by_itself: false,
    }
}
