//! Who may sign in at a node now: the file, the list of the hub, and what was changed since by the people of this node.
//!
//! At a hub the file is where people begin. What an administrator changes at the console is kept in the hub's store, by
//! person, and counts from then on in place of what the file says of them: a change is durable with its line of the account
//! in one transaction, which a file could not be, and the folder of the configuration may be read-only. Whom nobody changed
//! there is still as the file says, and who came from the file and is taken out of it is gone: so whoever looks after the
//! machine can always make another administrator, or take one away.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{Member, Staff};
use crate::roster::Roster;

/// When a file was written, and its size.
type Stamp = (SystemTime, u64);

/// What stands over the file, or over the hub's list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Laid {
    /// At a hub: people as its store has them, and whether they came from the file.
    pub(crate) people: Vec<(Member, bool)>,
    /// At a spot: PINs that people chose here: of whom, in place of which, and the new one, both hashed.
    pub(crate) pins: Vec<(String, String, String)>,
}

impl Laid {
    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.pins.is_empty()
    }

    /// What counts, of what is written.
    pub(crate) fn over(&self, written: &Staff) -> Staff {
        let mut staff = written.clone();
        for (member, of_file) in &self.people {
            if !of_file || written.of_id(&member.id).is_some() {
                staff.put(member.clone());
            }
        }
        for (person, replaces, pin) in &self.pins {
            // Whoever got another PIN since has that one.
            if let Some(member) = staff.of_id(person).filter(|m| m.pin == *replaces) {
                let mut member = member.clone();
                (member.pin, member.once) = (pin.clone(), None);
                staff.put(member);
            }
        }
        staff
    }
}

/// Who may sign in at a node now: those of its own file, read again when it changes, or of the list that its hub gave it;
/// with what was changed here.
#[derive(Debug)]
pub(crate) struct StaffList {
    file: PathBuf,
    own: Mutex<(Option<Stamp>, Arc<Staff>)>,
    given: Mutex<Option<Arc<Roster>>>,
    laid: Mutex<(Laid, Option<Counts>)>,
    turn: Mutex<()>,
}

/// What was written, and what counts of it with what was laid over.
type Counts = (Arc<Staff>, Arc<Staff>);

impl StaffList {
    /// The people as they were read of that file.
    pub(crate) fn new(file: &Path, staff: Staff) -> Self {
        Self {
            own: Mutex::new((stamp(file), Arc::new(staff))),
            file: file.to_owned(),
            given: Mutex::default(),
            laid: Mutex::default(),
            turn: Mutex::default(),
        }
    }

    /// The people as they are now.
    pub(crate) fn now(&self) -> Arc<Staff> {
        let written = self.written();
        let mut laid = self.laid.lock().unwrap_or_else(PoisonError::into_inner);
        if laid.0.is_empty() {
            return written;
        }
        if let Some((of, counts)) = &laid.1
            && Arc::ptr_eq(of, &written)
        {
            return Arc::clone(counts);
        }
        let counts = Arc::new(laid.0.over(&written));
        laid.1 = Some((written, Arc::clone(&counts)));
        counts
    }

    /// The people as the file or the hub's list has them.
    pub(crate) fn written(&self) -> Arc<Staff> {
        if let Some(given) = self.given() {
            return Arc::clone(&given.staff);
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.file);
        if stamp.is_some() && stamp != own.0 {
            own.0 = stamp;
            match Staff::load(&self.file) {
                Ok(staff) => own.1 = Arc::new(staff),
                // Half written, perhaps: who was there stays.
                Err(error) => tracing::error!(error, "the staff list changed and cannot be read"),
            }
        }
        Arc::clone(&own.1)
    }

    /// Whoever reads somebody, and writes what comes of it, does it alone: nothing that another wrote meanwhile is lost.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this stands over what is written.
    pub(crate) fn lay(&self, over: Laid) {
        *self.laid.lock().unwrap_or_else(PoisonError::into_inner) = (over, None);
    }

    /// The list that the hub gave, if it gave one.
    pub(crate) fn given(&self) -> Option<Arc<Roster>> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.clone()
    }

    /// From now on that list holds.
    pub(crate) fn give(&self, roster: Roster) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        *given = Some(Arc::new(roster));
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let is = std::fs::metadata(file).ok()?;
    Some((is.modified().ok()?, is.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff(people: &[(&str, &str)]) -> Staff {
        let text: String = people
            .iter()
            .map(|(id, pin)| {
                format!("[[mediator]]\nid = \"{id}\"\nname = \"{id}\"\nrole = \"agent\"\npin = \"{pin}\"\n")
            })
            .collect();
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn the_file_is_where_people_begin_and_where_they_can_be_taken_out() {
        let file = staff(&[("ana", "a"), ("rui", "r")]);
        let mut rui = file.of_id("rui").unwrap().clone();
        rui.name = "Rui P.".into();
        let eva = Member {
            id: "eva".into(),
            ..rui.clone()
        };
        let laid = Laid {
            people: vec![(rui, true), (eva, false)],
            pins: vec![],
        };
        let names = |staff: &Staff| {
            let all = laid.over(staff);
            let all = all
                .everybody()
                .iter()
                .map(|m| (m.id.clone(), m.name.clone()));
            all.collect::<Vec<_>>()
        };
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let changed = pair("rui", "Rui P.");
        assert_eq!(
            names(&file),
            [pair("ana", "ana"), changed, pair("eva", "Rui P.")]
        );
        // Taken out of the file: gone, though the store knows of a change. Who never stood there stays.
        let ana = staff(&[("ana", "a")]);
        assert_eq!(names(&ana), [pair("ana", "ana"), pair("eva", "Rui P.")]);
    }

    #[test]
    fn a_pin_that_was_chosen_here_counts_until_the_list_has_another() {
        let mut given = staff(&[("ana", "first"), ("rui", "r")]);
        let laid = Laid {
            people: vec![],
            pins: vec![("ana".into(), "first".into(), "own".into())],
        };
        let pin = |staff: &Staff| laid.over(staff).of_id("ana").unwrap().pin.clone();
        assert_eq!(pin(&given), "own");
        let mut ana = given.of_id("ana").unwrap().clone();
        ana.pin = "by the administrator".into();
        given.put(ana);
        assert_eq!(pin(&given), "by the administrator");
    }
}
