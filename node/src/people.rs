//! Who is signed in: the same for mediators at a spot and operators at the hub.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use vereda_web::desk::TRAINING_MARK;
use vereda_web::desk::port::{Person, Session, SignInRefusal};
use vereda_web::own_pin::PinRefusal;

use crate::clock;
use crate::node::{Node, random};
use crate::staff::{
    AT_DESKS, LOCKED_MS, MAX_TRIES, MAX_TRIES_AT_DESK, Member, Role, hash_pin, is_pin_of, weakness,
};
use crate::store::{StoreError, desks, people, staff};

/// The people who sign in at one surface of one node.
#[derive(Debug)]
pub struct People {
    node: Arc<Node>,
    /// Where wrong PINs are counted: those of training count at the real desk.
    door: Arc<Node>,
    roles: &'static [Role],
    /// What their tokens begin with.
    mark: &'static str,
}

impl People {
    /// The people of those roles.
    #[must_use]
    pub fn new(node: Arc<Node>, roles: &'static [Role]) -> Self {
        Self {
            door: Arc::clone(&node),
            node,
            roles,
            mark: "",
        }
    }

    /// The mediators of `real` at the node where they train: the same people, the same PINs, other
    /// sessions.
    #[must_use]
    pub fn in_training(node: Arc<Node>, real: Arc<Node>) -> Self {
        Self {
            node,
            door: real,
            roles: AT_DESKS,
            mark: TRAINING_MARK,
        }
    }

    /// Everybody who may sign in.
    #[must_use]
    pub fn all(&self) -> Vec<Person> {
        let staff = self.door.staff();
        let people = staff.of_roles(self.roles);
        people
            .map(|m| Person {
                id: m.id.clone(),
                name: m.name.clone(),
            })
            .collect()
    }

    /// Somebody as the list has them now.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<Member> {
        self.door.staff().find(id, self.roles).cloned()
    }

    /// Signs somebody in at a desk of the node; empty for its own.
    ///
    /// # Errors
    /// Why not, and how many tries are left.
    pub fn sign_in_at(&self, desk: &str, id: &str, pin: &str) -> Result<String, SignInRefusal> {
        if self.door.roster_is_over() {
            return Err(SignInRefusal::ListOver);
        }
        let member = self.check_at(desk, id, pin)?;
        has_own(&member)?;
        self.let_in(desk, &member)
    }

    /// Somebody who shows their PIN chooses another, and is signed in with it. `pins`: theirs, and the new one.
    ///
    /// # Errors
    /// Why not; then the one that they have stays.
    pub fn change_pin_at(
        &self,
        desk: &str,
        id: &str,
        (pin, new): (&str, &str),
    ) -> Result<String, PinRefusal> {
        if self.door.roster_is_over() {
            return Err(SignInRefusal::ListOver.into());
        }
        let member = self.check_at(desk, id, pin)?;
        if let Err(over @ SignInRefusal::OnceOver) = has_own(&member) {
            return Err(over.into());
        }
        if member.at_hub && !self.door.is_hub() {
            return Err(PinRefusal::AtTheHub);
        }
        if let Some(why) = weakness(new) {
            return Err(PinRefusal::Weak(why));
        }
        let before = staff::remembered_pins(&self.door.store.write(), id);
        let before = before.map_err(unavailable)?;
        if member.has_pin(new) || before.iter().any(|hash| is_pin_of(new, hash)) {
            return Err(PinRefusal::Used);
        }
        let hash = hash_pin(new).map_err(|error| {
            tracing::error!(error, "a PIN could not be hashed");
            SignInRefusal::Unavailable("P-1".into())
        })?;
        self.door
            .keep_chosen_pin(&member, hash)
            .map_err(unavailable)?;
        tracing::info!(person = id, "chose another PIN");
        if member.once.is_some() {
            // Who was in with the PIN of before stays out.
            people::end_sessions_of(&self.node.store.write(), id).map_err(unavailable)?;
        }
        Ok(self.let_in(desk, &member)?)
    }

    /// A session of somebody who showed who they are.
    fn let_in(&self, desk: &str, member: &Member) -> Result<String, SignInRefusal> {
        let token = format!(
            "{}{}",
            self.mark,
            hex(&random::<32>().map_err(unavailable)?)
        );
        let session = hex(&random::<8>().map_err(unavailable)?);
        let (db, now) = (self.node.store.write(), clock::now_ms());
        let who = (desk, member.id.as_str(), member.name.as_str());
        people::begin_session(&db, &token, &session, who, now).map_err(unavailable)?;
        drop(db);
        staff::keep_sign_in(&self.door.store.write(), &member.id, now).map_err(unavailable)?;
        Ok(token)
    }

    /// As [`People::check`], at a desk that may be another machine: whoever tries there tries in vain after
    /// so many wrong PINs, whosever they are.
    fn check_at(&self, desk: &str, id: &str, pin: &str) -> Result<Member, SignInRefusal> {
        if desk.is_empty() {
            return self.check(id, pin);
        }
        let now = clock::now_ms();
        let until = desks::locked_until(&self.door.store.read(), desk).map_err(unavailable)?;
        if until > now {
            return Err(SignInRefusal::Locked {
                minutes: minutes(until - now),
            });
        }
        let vouched = self.check(id, pin);
        let was_wrong = match vouched {
            Ok(_) => false,
            Err(SignInRefusal::WrongPin { .. } | SignInRefusal::Locked { .. }) => true,
            Err(_) => return vouched,
        };
        desks::count_pin(
            &self.door.store.write(),
            desk,
            was_wrong,
            (MAX_TRIES_AT_DESK, now + LOCKED_MS),
        )
        .map_err(unavailable)?;
        vouched
    }

    /// Somebody shows who they are by a PIN of their own.
    ///
    /// # Errors
    /// Why not, and how many tries are left.
    pub fn vouch(&self, id: &str, pin: &str) -> Result<Person, SignInRefusal> {
        let member = self.check(id, pin)?;
        has_own(&member)?;
        Ok(Person {
            id: member.id,
            name: member.name,
        })
    }

    /// Whether that is somebody's PIN. Wrong ones are counted durably, before the answer.
    fn check(&self, id: &str, pin: &str) -> Result<Member, SignInRefusal> {
        let member = self.member(id).ok_or(SignInRefusal::Unknown)?;
        let now = clock::now_ms();
        let (tries, locked_until) =
            people::wrong_pins(&self.door.store.read(), id).map_err(unavailable)?;
        if locked_until > now {
            return Err(SignInRefusal::Locked {
                minutes: minutes(locked_until - now),
            });
        }
        // A lock that is over forgives what led to it.
        let tries = if locked_until > 0 { 0 } else { tries };
        if !member.has_pin(pin) {
            let tries = tries + 1;
            let until = if tries >= MAX_TRIES {
                now + LOCKED_MS
            } else {
                0
            };
            people::keep_wrong_pins(&self.door.store.write(), id, tries, until)
                .map_err(unavailable)?;
            return Err(match MAX_TRIES - tries.min(MAX_TRIES) {
                0 => SignInRefusal::Locked {
                    minutes: minutes(LOCKED_MS),
                },
                tries_left => SignInRefusal::WrongPin { tries_left },
            });
        }
        people::keep_wrong_pins(&self.door.store.write(), id, 0, 0).map_err(unavailable)?;
        Ok(member)
    }

    /// The session of a token, if it is still good and the person still on the list.
    #[must_use]
    pub fn session(&self, token: &str) -> Option<Session> {
        let found = people::session(&self.node.store.read(), token, clock::now_ms()).ok()??;
        let member = self.member(&found.person)?;
        // Whoever was given another PIN shows that they have it.
        if member.once.is_some() {
            return None;
        }
        Some(Session {
            id: found.id,
            person: Person {
                id: found.person,
                name: found.name,
            },
            desk: found.desk,
        })
    }

    /// Ends a session; gives what it was.
    pub fn sign_out(&self, token: &str) -> Option<Session> {
        let session = self.session(token)?;
        people::end_session(&self.node.store.write(), token).ok()??;
        Some(session)
    }

    /// A token of one session against forged forms.
    #[must_use]
    pub fn form_guard(&self, session: &Session) -> String {
        let mut hash = Sha256::new();
        hash.update(self.node.secret());
        hash.update("form");
        hash.update(&session.id);
        hex(&hash.finalize()[..16])
    }
}

/// Whether somebody has a PIN that they chose; with one of one use nobody does anything but choose.
fn has_own(member: &Member) -> Result<(), SignInRefusal> {
    match &member.once {
        None => Ok(()),
        Some(last) if clock::today() > *last => Err(SignInRefusal::OnceOver),
        Some(_) => Err(SignInRefusal::OwnPinFirst),
    }
}

fn minutes(ms: i64) -> u32 {
    u32::try_from(ms / 60_000 + 1).unwrap_or(u32::MAX)
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unavailable(error: StoreError) -> SignInRefusal {
    let reference = hex(&random::<4>().unwrap_or_default());
    tracing::error!(%error, reference, "sign-in failed");
    SignInRefusal::Unavailable(reference)
}
