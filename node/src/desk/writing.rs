//! The citizen writes the answers of a step on their own screen, while the mediator lets them.

use rusqlite::Connection;
use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::Kind;
use vereda_web::citizen::port::Place;
use vereda_web::desk::port::{DeskError, Event, Saved, ScreenLink, Session};

use super::screens::screen_id;
use super::stage::{Stage, Writing};
use super::standing::Standing;
use super::typing::Writer;
use super::{SpotDesk, fault};
use crate::clock;
use crate::store::people::{self, StoredScreen};

impl SpotDesk {
    /// Whether the desk's screen is let write that step.
    pub(super) fn writing(
        &self,
        session: &Session,
        form: &str,
        step: &str,
    ) -> Result<Writing, DeskError> {
        let screen = self.screen_of(session)?.map(|(_, screen)| screen);
        Ok(screen.map_or(Writing::No, |s| {
            writing_of(&s, (form, step)).unwrap_or_default()
        }))
    }

    /// Lets the citizen write the step that their screen shows, or takes it back.
    pub(super) fn let_write(
        &self,
        session: &Session,
        place: (&str, &str),
        writes: bool,
    ) -> Result<(), DeskError> {
        if !writes {
            return self.end_writing(session, place);
        }
        let standing = Standing::read(&self.node, place.0)?;
        standing.open()?;
        let away = || {
            DeskError::NotNow(
                "O cidadão só escreve num ecrã emparelhado com este posto, e ligado. Veja o ecrã, ou escreva por ele.".into(),
            )
        };
        let (token, _) = self.screen_of(session)?.ok_or_else(away)?;
        if self.screen_link(&token) != ScreenLink::Following {
            return Err(away());
        }
        if self.set_writing(&token, place, |_| Writing::Yes)? {
            return Ok(());
        }
        Err(DeskError::NotNow(
            "O ecrã do cidadão mostra agora outra coisa. Abra de novo este passo e deixe-o escrever."
                .into(),
        ))
    }

    /// From now on only the mediator writes that step.
    pub(super) fn end_writing(
        &self,
        session: &Session,
        place: (&str, &str),
    ) -> Result<(), DeskError> {
        if let Some((token, _)) = self.screen_of(session)? {
            self.set_writing(&token, place, |_| Writing::No)?;
        }
        Ok(())
    }

    /// Changes who writes, if the screen shows that step; says whether it does. Read and written
    /// in one go: what the screen was told meanwhile stands.
    fn set_writing(
        &self,
        token: &[u8; 32],
        place: (&str, &str),
        writes: impl FnOnce(Writing) -> Writing,
    ) -> Result<bool, DeskError> {
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        let screen = people::screen(&tx, token).map_err(fault)?;
        let Some((mut screen, before)) =
            screen.and_then(|s| writing_of(&s, place).map(|before| (s, before)))
        else {
            return Ok(false);
        };
        let writing = writes(before);
        if writing == before {
            return Ok(true);
        }
        screen.stage = Stage::Following {
            form: place.0.to_owned(),
            step: place.1.to_owned(),
            writing,
        }
        .to_text();
        people::keep_screen(&tx, token, &screen, clock::now_ms()).map_err(fault)?;
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        self.node.tell(Event::Screens);
        Ok(true)
    }

    /// A keystroke on the citizen's side. Nothing that the page sent is trusted.
    pub(super) fn citizen_types(
        &self,
        token: &[u8; 32],
        place: Place<'_>,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        // Before anything is read of the form: a screen that is not let write learns nothing of it.
        let shown = (place.form, place.step);
        may_write(&self.node.store.read(), token, shown)?;
        let standing = Standing::read(&self.node, place.form)?;
        standing.open()?;
        let steps = standing.steps_with(place.step);
        let step = steps.iter().find(|s| s.id == place.step);
        let step = step.ok_or(DeskError::NotFound)?;
        let asked = standing.asked();
        let applies = step
            .fields_for(&asked, &standing.today)
            .any(|f| f.id == place.field && f.kind != Kind::Photos);
        if !applies {
            return Err(DeskError::NotFound);
        }
        self.type_value(
            &writer(&stands_for(token)),
            (place.form, place.field),
            value,
            base,
            |db| may_write(db, token, shown),
        )
    }

    /// The citizen is through, or would rather not write.
    pub(super) fn citizen_wrote(
        &self,
        token: &[u8; 32],
        place: (&str, &str),
        typed: &[(String, String)],
        is_through: bool,
    ) -> Result<(), DeskError> {
        let may = may_write(&self.node.store.read(), token, place);
        // The mediator took over in the same moment, and nothing came that could be lost.
        if may.is_err() && typed.is_empty() {
            return Ok(());
        }
        may?;
        let mut standing = Standing::read(&self.node, place.0)?;
        standing.open()?;
        let steps = standing.steps_with(place.1);
        let step = steps.iter().find(|s| s.id == place.1);
        let step = step.ok_or(DeskError::NotFound)?;
        let applies: Vec<String> = {
            let asked = standing.asked();
            let fields = step.fields_for(&asked, &standing.today);
            fields.map(|f| f.id.clone()).collect()
        };
        let typed: Vec<_> = typed
            .iter()
            .filter(|(field, _)| applies.contains(field))
            .cloned()
            .collect();
        let session = stands_for(token);
        self.take_typed(
            &writer(&session),
            (place.0, &step.fields),
            &typed,
            &mut standing.values,
            |db| may_write(db, token, place),
        )?;
        for (field, _) in typed {
            self.node.tell(Event::Typed {
                form: place.0.to_owned(),
                field,
                session: session.clone(),
            });
        }
        let asked = standing.asked();
        let mut fields = step.fields_for(&asked, &standing.today);
        // What they cannot write here is not theirs to mend.
        let screen = people::screen(&self.node.store.read(), token).map_err(fault)?;
        let revealed = screen.is_some_and(|s| s.revealed);
        let is_wrong =
            fields.any(|f| standing.is_for_citizen(f, revealed) && standing.wrong(f).is_some());
        let after = match is_through && is_wrong {
            true => Writing::Tried,
            false => Writing::No,
        };
        // Whom the mediator stopped meanwhile stays stopped.
        self.set_writing(token, place, |before| match before {
            Writing::No => Writing::No,
            Writing::Yes | Writing::Tried => after,
        })?;
        Ok(())
    }
}

/// Who writes, if the screen follows that step.
fn writing_of(screen: &StoredScreen, place: (&str, &str)) -> Option<Writing> {
    match Stage::from_text(&screen.stage) {
        Stage::Following {
            form,
            step,
            writing,
        } if (form.as_str(), step.as_str()) == place => Some(writing),
        _ => None,
    }
}

/// Whether the screen is let write that step by a desk where somebody is signed in.
fn may_write(db: &Connection, token: &[u8; 32], place: (&str, &str)) -> Result<(), DeskError> {
    let screen = people::screen(db, token).map_err(fault)?;
    let let_by = screen
        .filter(|s| writing_of(s, place).is_some_and(|w| w != Writing::No))
        .and_then(|s| s.session);
    let is_served = match let_by {
        Some(session) => db
            .prepare_cached("SELECT 1 FROM session WHERE id = ?1 AND until > ?2")
            .and_then(|mut rows| rows.exists((session, clock::now_ms())))
            .map_err(|e| fault(e.into()))?,
        None => false,
    };
    match is_served {
        true => Ok(()),
        false => Err(DeskError::NotNow(
            "Este ecrã não pode escrever agora: o mediador é que o permite.".into(),
        )),
    }
}

/// What stands for a screen where a draft names the session that wrote it.
fn stands_for(token: &[u8; 32]) -> String {
    format!("ecra-{}", screen_id(token))
}

fn writer(session: &str) -> Writer<'_> {
    Writer {
        session,
        by: "O cidadão",
        provenance: Provenance::Citizen,
    }
}
