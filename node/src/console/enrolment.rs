//! Machines that enrol, at the console: codes, and renewals that somebody agrees to.

use vereda_sync::enrolment::spoken;
use vereda_sync::record::tour::Position;
use vereda_web::console::port::{
    CodeRow, CodeState, Enrolling, EnrolmentView, MadeCode, NewNode, RenewalRow,
};
use vereda_web::desk::port::{DeskError, Event, Session};
use vereda_web::place::Zone;

use super::HubConsole;
use crate::authority;
use crate::clock;
use crate::desk::fault;
use crate::enrolment::{self, Office, Settings};
use crate::link::enrolled;
use crate::store::enrolment::{self as stored, Code, GOOD_FOR_MS, MAX_TRIES, Renewal};
use crate::store::{derived, fleet as told, spot};
use crate::tours::not_now;
use crate::training;
use crate::written;

/// Codes and renewals that are listed.
const LISTED: u32 = 50;
/// Longest name and place, in characters.
const MAX_CHARS: usize = 80;

fn broken(error: anyhow::Error) -> DeskError {
    tracing::error!(error = format!("{error:#}"), "enrolment");
    DeskError::NotNow(
        "Esta central não consegue assinar certificados agora: chame a assistência, que veja a chave da autoridade em [enrolment].".into(),
    )
}

fn state(code: &Code, now_ms: i64) -> CodeState {
    match &code.used {
        Some((at, ..)) => CodeState::Used(clock::moment(*at, true)),
        None if code.is_withdrawn => CodeState::Withdrawn,
        None if code.tries >= MAX_TRIES => CodeState::Guessed,
        None if code.is_good(now_ms) => {
            CodeState::Good(clock::moment(code.made_ms + GOOD_FOR_MS, true))
        }
        None => CodeState::Late,
    }
}

impl HubConsole {
    /// What was typed of a new node, if it can be one.
    fn settings_of(&self, typed: &NewNode) -> Result<Settings, DeskError> {
        let name = written::needed(&typed.name, MAX_CHARS, "Escreva o nome do posto.")?;
        let id = typed.id.trim();
        if !authority::is_name(id) || id == training::ID {
            return not_now(
                "O identificador tem 1 a 60 letras minúsculas sem acento, algarismos e hífenes, como movel-07.",
            );
        }
        let prefix = typed.prefix.trim();
        let is_prefix = (2..=6).contains(&prefix.len())
            && prefix
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_prefix || prefix == training::PREFIX {
            return not_now(
                "O começo dos números tem 2 a 6 letras maiúsculas e algarismos, como M07.",
            );
        }
        if !["vehicle", "care-home", "fixed"].contains(&typed.kind.as_str()) {
            return not_now("Escolha o que é o posto.");
        }
        let known = &self.node.config.node.scopes;
        if typed.scopes.is_empty() || !typed.scopes.iter().all(|scope| known.contains(scope)) {
            return not_now("Escolha pelo menos um território dos que esta central serve.");
        }
        let stop = written::fits(&typed.stop, MAX_CHARS)?;
        let position = typed.position.trim();
        if !position.is_empty() && Position::parse(position).is_none() {
            return not_now("A posição são dois números, como 37,3184; -8,5561.");
        }
        let zone = match typed.zone.trim() {
            "" => None,
            zone => match Zone::named(zone) {
                Some(zone) => Some(zone).filter(|zone| *zone != Zone::LISBON),
                None => {
                    return not_now("Esse fuso não existe: escreva-o como America/Sao_Paulo.");
                }
            },
        };
        self.is_free(id, prefix)?;
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Settings {
            id: id.to_owned(),
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            kind: typed.kind.clone(),
            stop: some(stop),
            position: some(position),
            zone,
            scopes: typed.scopes.clone(),
        })
    }

    /// Nobody has that id, nor gives out numbers that begin so.
    fn is_free(&self, id: &str, prefix: &str) -> Result<(), DeskError> {
        let list = self.node.config.sync.as_ref().map(|sync| &sync.enrolled);
        let is_taken = list.is_some_and(|list| enrolled::all(list).iter().any(|n| n.id == id));
        let db = self.node.store.read();
        let was_seen = spot::all(&db).map_err(fault)?.iter().any(|s| s.node == id);
        if is_taken || was_seen || id == self.node.config.node.id {
            return not_now(
                "Já há, ou já houve, um posto com esse identificador: cada máquina tem o seu. Escolha outro.",
            );
        }
        let codes = stored::codes(&db, u32::MAX).map_err(fault)?;
        let now_ms = self.node.now_ms();
        let of_others = codes
            .iter()
            .filter(|code| code.used.is_some() || code.is_good(now_ms));
        let has_prefix = |code: &Code| {
            let settings: Option<Settings> = toml::from_str(&code.settings).ok();
            settings.is_some_and(|s| s.prefix == prefix && s.id != id)
        };
        let is_given = of_others.clone().any(has_prefix)
            || derived::any_number_begins(&db, prefix).map_err(fault)?;
        if is_given || prefix == self.node.config.node.prefix {
            return not_now(
                "Já há números que começam assim: dois postos nunca podem dar o mesmo. Escolha outro começo.",
            );
        }
        Ok(())
    }

    fn renewal_row(&self, one: Renewal) -> Result<RenewalRow, DeskError> {
        let at = |ms: i64| clock::moment(ms, true);
        let (said, known) = {
            let db = self.node.store.read();
            let all = spot::all(&db).map_err(fault)?;
            (
                told::told(&db, &one.node).map_err(fault)?,
                all.into_iter().find(|s| s.node == one.node),
            )
        };
        Ok(RenewalRow {
            name: known
                .as_ref()
                .map_or_else(|| one.node.clone(), |s| s.name.clone()),
            ended: at(one.ended_ms),
            asked: (at(one.asked_ms.0), at(one.asked_ms.1)),
            key: spoken(&one.key),
            proven: (
                one.heard_ms.map(at),
                known.and_then(|s| s.proven_ms).map(at),
            ),
            unsent: said.map(|said| (said.condition.unsent.changes, at(said.at_ms))),
            answered: one.answered.map(|(who, ms, agreed)| (who, at(ms), agreed)),
            certificate: one.certificate,
            node: one.node,
        })
    }
}

impl Enrolling for HubConsole {
    fn enrolment(&self) -> Result<EnrolmentView, DeskError> {
        let now_ms = self.node.now_ms();
        let (codes, renewals) = {
            let db = self.node.store.read();
            (
                stored::codes(&db, LISTED).map_err(fault)?,
                stored::renewals(&db, LISTED).map_err(fault)?,
            )
        };
        let codes = codes.into_iter().map(|code| {
            let settings: Option<Settings> = toml::from_str(&code.settings).ok();
            CodeRow {
                state: state(&code, now_ms),
                name: settings.map_or_else(|| code.node.clone(), |s| s.name),
                made: clock::moment(code.made_ms, true),
                by: code.by.1,
                handle: code.handle,
                node: code.node,
            }
        });
        Ok(EnrolmentView {
            is_here: self.node.config.enrolment.is_some(),
            scopes: self.node.config.node.scopes.clone(),
            codes: codes.collect(),
            renewals: renewals
                .into_iter()
                .map(|one| self.renewal_row(one))
                .collect::<Result<_, _>>()?,
        })
    }

    fn make_enrolment_code(
        &self,
        session: &Session,
        typed: &NewNode,
    ) -> Result<MadeCode, DeskError> {
        let Some(config) = &self.node.config.enrolment else {
            return not_now("Esta central não assina certificados.");
        };
        let settings = self.settings_of(typed)?;
        let office = Office::of(&self.node).map_err(broken)?;
        let Some(office) = office else {
            return not_now("Esta central não assina certificados.");
        };
        let (person, authority) = (&session.person, office.issuing().key_digest());
        let code =
            enrolment::make_code(&self.node, &settings, authority, (&person.id, &person.name))
                .map_err(broken)?;
        self.node.tell(Event::Strip);
        Ok(MadeCode {
            code: code.to_string(),
            address: config.address.clone(),
            name: settings.name,
            until: clock::moment(self.node.now_ms() + GOOD_FOR_MS, true),
        })
    }

    fn withdraw_enrolment_code(&self, _: &Session, handle: &str) -> Result<(), DeskError> {
        let now_ms = self.node.now_ms();
        match stored::withdraw_code(&self.node.store.write(), handle, now_ms).map_err(fault)? {
            true => {
                self.node.tell(Event::Strip);
                Ok(())
            }
            false => not_now("Esse código já foi usado ou retirado."),
        }
    }

    fn answer_renewal(
        &self,
        session: &Session,
        certificate: &str,
        (key, agreed): (&str, bool),
    ) -> Result<(), DeskError> {
        let found = stored::renewal(&self.node.store.read(), certificate).map_err(fault)?;
        let found = found.ok_or(DeskError::NotFound)?;
        if spoken(&found.key) != key {
            return not_now(
                "O posto pede agora com outra chave: telefone-lhe e compare outra vez.",
            );
        }
        let answer = (session.person.name.as_str(), agreed);
        let done = stored::answer_renewal(
            &self.node.store.write(),
            (certificate, &found.key),
            answer,
            self.node.now_ms(),
        );
        match done.map_err(fault)? {
            true => {
                self.node.tell(Event::Strip);
                Ok(())
            }
            false => not_now("Alguém já respondeu a este posto: veja outra vez."),
        }
    }

    fn renewals_waiting(&self) -> Result<u64, DeskError> {
        let all = stored::renewals(&self.node.store.read(), LISTED).map_err(fault)?;
        Ok(all.iter().filter(|one| one.answered.is_none()).count() as u64)
    }
}
