//! Citizen screens: paired by a code, following live, confirming by touch. What
//! they show is kept in the store, so that a power cut changes nothing.

use std::sync::PoisonError;

use tokio::sync::broadcast;
use vereda_sync::catalogue::{Field, Scarce};
use vereda_sync::record::consent::{self, Signed};
use vereda_sync::record::declaration;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::papers;
use vereda_sync::record::request;
use vereda_sync::record::signature::Strokes;
use vereda_web::citizen::port::{
    CitizenScreens, Confirm, Face, Followed, Following, Input, Place, Recorded, Reply, Screen,
    Stage as Shown,
};
use vereda_web::desk::port::{DeskError, Event, Link, Saved, ScreenLink, Session};
use vereda_web::texts::{self, PORTUGUESE};

use super::{
    SpotDesk, confirm, fault,
    papers::was_exempt,
    record_id,
    stage::{Stage, Writing},
    standing::Standing,
};
use crate::clock;
use crate::node::random;
use crate::people::hex;
use crate::store::derived;
use crate::store::opinion;
use crate::store::people::{self, StoredScreen, token_hash};

/// Most screens that wait to be paired.
const MAX_UNPAIRED: i64 = 50;

impl SpotDesk {
    pub(super) fn screen_of(
        &self,
        session: &Session,
    ) -> Result<Option<([u8; 32], StoredScreen)>, DeskError> {
        people::screen_of_session(&self.node.store.read(), &session.id).map_err(fault)
    }

    pub(super) fn screen_link(&self, token: &[u8; 32]) -> ScreenLink {
        let connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if connected.get(token).is_some_and(|pages| *pages > 0) {
            ScreenLink::Following
        } else {
            ScreenLink::Away
        }
    }

    /// Tells the screen of this desk what to show, if there is one.
    pub(super) fn set_stage(&self, session: &Session, stage: Stage) -> Result<(), DeskError> {
        let Some((token, mut screen)) = self.screen_of(session)? else {
            return Ok(());
        };
        let before = Stage::from_text(&screen.stage);
        if before == stage {
            return Ok(());
        }
        // Another person's matter begins with numbers hidden.
        if before.about() != stage.about()
            && !matches!(stage, Stage::Confirm { .. } | Stage::Recorded { .. })
        {
            screen.revealed = false;
        }
        // The next citizen is greeted in Portuguese, whatever the last one chose.
        if matches!(stage, Stage::Idle | Stage::Called { .. }) {
            PORTUGUESE.clone_into(&mut screen.language);
        }
        screen.stage = stage.to_text();
        self.keep(&token, &screen)
    }

    /// The screen of this desk no longer shows a turn that was called, if it did.
    pub(super) fn no_longer_called(&self, session: &Session) -> Result<(), DeskError> {
        let shown = self.screen_of(session)?;
        let stage = shown.map(|(_, screen)| Stage::from_text(&screen.stage));
        match stage {
            Some(Stage::Called { .. }) => self.set_stage(session, Stage::Idle),
            _ => Ok(()),
        }
    }

    fn keep(&self, token: &[u8; 32], screen: &StoredScreen) -> Result<(), DeskError> {
        people::keep_screen(&self.node.store.write(), token, screen, clock::now_ms())
            .map_err(fault)?;
        self.node.tell(Event::Screens);
        Ok(())
    }

    pub(super) fn pair(&self, session: &Session, code: &str) -> Result<(), DeskError> {
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        // A screen belongs to the real desk: training has it only lent.
        let node = self.training.as_ref().map_or(&self.node, |room| &room.real);
        let found = people::screen_of_code(&node.store.read(), &code).map_err(fault)?;
        let (token, mut screen) = found.ok_or_else(|| {
            DeskError::NotNow(
                "Nenhum ecrã mostra esse código. Veja os quatro algarismos no ecrã do cidadão."
                    .into(),
            )
        })?;
        self.let_go_of_screen(session);
        screen.session = Some(session.id.clone());
        screen.stage = Stage::Idle.to_text();
        self.keep(&token, &screen)?;
        self.node.tell(Event::Strip);
        Ok(())
    }

    /// Whether that screen follows this desk.
    pub(crate) fn has_screen(&self, token: &str) -> bool {
        self.stored(token)
            .is_ok_and(|(_, screen)| screen.session.is_some())
    }

    pub(super) fn let_go_of_screen(&self, session: &Session) {
        let Ok(Some((token, mut screen))) = self.screen_of(session) else {
            return;
        };
        screen.session = None;
        screen.revealed = false;
        PORTUGUESE.clone_into(&mut screen.language);
        screen.stage = Stage::Idle.to_text();
        if let Err(error) = self.keep(&token, &screen) {
            tracing::warn!(?error, "the citizen screen could not be let go");
        }
        self.node.tell(Event::Strip);
    }

    /// The language that the screen of this desk shows that request in; Portuguese when it
    /// shows another, or nothing.
    pub(super) fn language_of(
        &self,
        session: &Session,
        request: &str,
    ) -> Result<String, DeskError> {
        let screen = self.screen_of(session)?.map(|(_, screen)| screen);
        let shows = |s: &StoredScreen| Stage::from_text(&s.stage).about() == Some(request);
        Ok(screen
            .filter(shows)
            .map_or_else(|| PORTUGUESE.to_owned(), |s| s.language))
    }

    fn stored(&self, token: &str) -> Result<([u8; 32], StoredScreen), DeskError> {
        let token = token_hash(token);
        let screen = people::screen(&self.node.store.read(), &token).map_err(fault)?;
        Ok((token, screen.ok_or(DeskError::NotFound)?))
    }

    fn person_of(&self, session: &str) -> Result<String, DeskError> {
        let db = self.node.store.read();
        db.query_row("SELECT name FROM session WHERE id = ?1", [session], |r| {
            r.get(0)
        })
        .map_err(|e| fault(e.into()))
    }

    fn shown(&self, screen: &StoredScreen) -> Result<Shown, DeskError> {
        let Some(_) = &screen.session else {
            return Ok(Shown::Unpaired {
                code: screen.code.clone(),
            });
        };
        match Stage::from_text(&screen.stage) {
            Stage::Idle => Ok(Shown::Idle {
                services: self.node.offered(),
            }),
            Stage::Called { number } => Ok(Shown::Called { number }),
            Stage::Following {
                form,
                step,
                writing,
            } => self.following((&form, &step), writing, screen.revealed),
            Stage::Confirm {
                request,
                answered,
                unsigned,
                ..
            } => {
                let it = self.to_confirm(&request)?;
                let shown = it.words(&screen.language);
                let service = it.standing.service.cloned().ok_or(DeskError::NotFound)?;
                Ok(Shown::Confirm(Box::new(Confirm {
                    request,
                    shown,
                    service,
                    citizen: it.citizen,
                    steps: it.steps,
                    fee_cents: it.fee_cents,
                    exempt: it.exempt,
                    papers: it.papers,
                    hour: it.hour.0,
                    identity: it.identity,
                    answered,
                    unsigned,
                })))
            }
            Stage::Recorded { request } => self.recorded_stage(&request),
            Stage::Faces { since_ms } if is_asked(since_ms) => Ok(Shown::Faces),
            Stage::Faces { .. } => Ok(Shown::Idle {
                services: self.node.offered(),
            }),
        }
    }

    /// The citizen who goes is asked how it was, where a screen can ask.
    pub(super) fn ask_how_it_was(&self, session: &Session) -> Result<(), DeskError> {
        let Some((token, _)) = self.screen_of(session)? else {
            return Ok(());
        };
        if self.screen_link(&token) != ScreenLink::Following {
            return self.set_stage(session, Stage::Idle);
        }
        opinion::add(&self.node.store.write(), &clock::today(), None).map_err(fault)?;
        let since_ms = clock::now_ms();
        self.set_stage(session, Stage::Faces { since_ms })
    }

    fn following(
        &self,
        (form, step): (&str, &str),
        writing: Writing,
        revealed: bool,
    ) -> Result<Shown, DeskError> {
        let standing = Standing::read(&self.node, form)?;
        let steps = standing.steps_with(step);
        let at = steps
            .iter()
            .position(|s| s.id == step)
            .ok_or(DeskError::NotFound)?;
        let step = &*steps[at];
        let asked = standing.asked();
        let fields = step.fields_for(&asked, &standing.today);
        let followed = |field: &Field| {
            let answer = standing.values.get(&field.id);
            let value = answer.map_or("", |a| a.value.as_str());
            let is_written = writing != Writing::No && standing.is_for_citizen(field, revealed);
            let revision = standing.drafts.get(&field.id).map_or(0, |d| d.revision);
            let wrong = || standing.wrong(field).filter(|_| writing == Writing::Tried);
            Followed {
                field: field.clone(),
                value: value.to_owned(),
                input: is_written.then(|| Input {
                    revision,
                    wrong: wrong(),
                }),
            }
        };
        let in_step = |d: &&crate::store::draft::Draft| step.fields.iter().any(|f| f.id == d.field);
        let service = standing.service;
        Ok(Shown::Following(Box::new(Following {
            citizen: standing.citizen.clone(),
            title: match step.id == OUTCOME.id {
                true => OUTCOME.title.clone(),
                false => standing.title(),
            },
            step: step.title.clone(),
            step_number: at + 1,
            steps: steps.len(),
            place: (form.to_owned(), step.id.clone()),
            writes: writing != Writing::No,
            fields: fields.map(followed).collect(),
            typing: standing
                .drafts
                .values()
                .filter(in_step)
                .max_by_key(|d| d.revision)
                .map(|d| d.field.clone()),
            fee_cents: service.map(|_| standing.fee_cents()),
            exempt: standing.exempt(),
            next: service.map(|s| s.next.clone()).unwrap_or_default(),
            privacy: service
                .map(|s| s.privacy_notice().clone())
                .unwrap_or_default(),
        })))
    }

    fn recorded_stage(&self, request: &str) -> Result<Shown, DeskError> {
        let line = derived::request(&self.node.store.read(), request)
            .map_err(fault)?
            .ok_or(DeskError::NotFound)?;
        let service = self
            .node
            .service(&line.service, line.edition)
            .cloned()
            .ok_or(DeskError::NotFound)?;
        let summary = self
            .node
            .with_document(record_id(request)?, |d| {
                let day = confirm::recorded_on(d);
                let papers = papers::needed(&service, d.answers(), &day);
                let exempt = was_exempt(&service, d, &day);
                let hour = Reserved::of(d, Scarce::Appointment);
                let identity = declaration::proof(d.answers());
                Some((request::Summary::of(d)?, papers, exempt, (hour, identity)))
            })
            .map_err(fault)?;
        let (summary, papers, exempt, (hour, identity)) =
            summary.flatten().ok_or(DeskError::NotFound)?;
        let number = summary.number.ok_or(DeskError::NotFound)?;
        let (qr, _) = confirm::verify(&self.node, &number, request)?;
        Ok(Shown::Recorded(Box::new(Recorded {
            qr,
            number,
            service,
            life: self.row(line).life,
            fee_cents: summary.fee_cents,
            exempt: exempt.filter(|_| summary.fee_cents == 0),
            papers,
            hour,
            identity,
        })))
    }
}

/// How long a screen asks how it was: a minute and a half.
const ASKED_MS: i64 = 90_000;

fn is_asked(since_ms: i64) -> bool {
    (0..ASKED_MS).contains(&(clock::now_ms() - since_ms))
}

/// The id of a screen in records: the beginning of its token's hash, which opens nothing.
pub(super) fn screen_id(token: &[u8; 32]) -> String {
    hex(&token[..4])
}

/// The signature that a page sent: drawn, or else the name typed.
fn signature(strokes: &str, name: &str) -> Option<Signed> {
    let drawn = Strokes::parse(strokes).ok().map(Signed::Drawn);
    drawn.or_else(|| consent::name(name).map(Signed::Typed))
}

impl CitizenScreens for SpotDesk {
    fn open_screen(&self) -> Result<String, DeskError> {
        let token = hex(&random::<32>().map_err(fault)?);
        let db = self.node.store.write();
        let waiting: i64 = db
            .query_row(
                "SELECT count(*) FROM screen WHERE session IS NULL",
                [],
                |r| r.get(0),
            )
            .map_err(|e| fault(e.into()))?;
        if waiting >= MAX_UNPAIRED {
            let oldest = "DELETE FROM screen WHERE token = (SELECT token FROM screen WHERE session IS NULL ORDER BY at LIMIT 1)";
            db.execute(oldest, []).map_err(|e| fault(e.into()))?;
        }
        let code = loop {
            let code = format!(
                "{:04}",
                u16::from_be_bytes(random().map_err(fault)?) % 10_000
            );
            if people::screen_of_code(&db, &code).map_err(fault)?.is_none() {
                break code;
            }
        };
        let screen = StoredScreen {
            code,
            session: None,
            language: PORTUGUESE.into(),
            revealed: false,
            stage: Stage::Idle.to_text(),
        };
        people::keep_screen(&db, &token_hash(&token), &screen, clock::now_ms()).map_err(fault)?;
        Ok(token)
    }

    fn screen(&self, token: &str) -> Option<Screen> {
        let (_, stored) = self.stored(token).ok()?;
        // What can no longer be shown (withdrawn, moved on) leaves an idle screen.
        let stage = self.shown(&stored).unwrap_or_else(|_| Shown::Idle {
            services: self.node.offered(),
        });
        // Who was asked and did not answer has gone: the next one is greeted in Portuguese.
        let language = match (&stage, Stage::from_text(&stored.stage)) {
            (Shown::Idle { .. }, Stage::Faces { .. }) => PORTUGUESE.to_owned(),
            _ => stored.language,
        };
        Some(Screen {
            language,
            revealed: stored.revealed,
            spot: self.node.config.node.name.clone(),
            offline: !matches!(self.link.link(), Link::Up | Link::Exchanging { .. }),
            training: self.training.is_some(),
            stage,
        })
    }

    fn screen_connected(&self, token: &str, connected: bool) {
        let mut pages = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = pages.entry(token_hash(token)).or_default();
        *count = if connected {
            *count + 1
        } else {
            count.saturating_sub(1)
        };
        pages.retain(|_, count| *count > 0);
        drop(pages);
        self.node.tell(Event::Strip);
    }

    fn reveal(&self, token: &str, revealed: bool) -> Result<(), DeskError> {
        let (token, mut screen) = self.stored(token)?;
        screen.revealed = revealed;
        self.keep(&token, &screen)
    }

    fn speak(&self, token: &str, language: &str) -> Result<(), DeskError> {
        let (token, mut screen) = self.stored(token)?;
        let language = texts::language(language).ok_or(DeskError::NotFound)?;
        language.code.clone_into(&mut screen.language);
        self.keep(&token, &screen)
    }

    fn write(
        &self,
        token: &str,
        place: Place<'_>,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        self.citizen_types(&token_hash(token), place, value, base)
    }

    fn written(
        &self,
        token: &str,
        step: (&str, &str),
        typed: &[(String, String)],
        is_through: bool,
    ) -> Result<(), DeskError> {
        self.citizen_wrote(&token_hash(token), step, typed, is_through)
    }

    fn answer(
        &self,
        token: &str,
        request: &str,
        shown: &str,
        reply: Reply<'_>,
    ) -> Result<(), DeskError> {
        let (token, mut screen) = self.stored(token)?;
        let moved_on =
            || DeskError::NotNow("As respostas mudaram entretanto. Veja-as outra vez.".into());
        let session = screen.session.clone().ok_or_else(moved_on)?;
        match Stage::from_text(&screen.stage) {
            Stage::Confirm { request: asked, .. } if asked == request => {}
            _ => return Err(moved_on()),
        }
        let it = self.to_confirm(request)?;
        if it.words(&screen.language) != shown {
            return Err(moved_on());
        }
        let (answered, unsigned) = match reply {
            Reply::Wrong => (Some(false), false),
            Reply::Right { strokes, name } => {
                let signed = match it.is_signed() {
                    true => signature(strokes, name),
                    false => None,
                };
                if it.is_signed() && signed.is_none() {
                    (None, true)
                } else {
                    let consent = it.consent(Some(screen_id(&token)), &screen.language, signed);
                    self.keep_confirmation(&self.person_of(&session)?, &it, &consent)?;
                    (Some(true), false)
                }
            }
        };
        screen.stage = Stage::Confirm {
            request: request.to_owned(),
            shown: it.shown,
            answered,
            unsigned,
        }
        .to_text();
        self.keep(&token, &screen)?;
        self.node.tell(Event::Record {
            id: request.to_owned(),
        });
        Ok(())
    }

    fn rate(&self, token: &str, face: Option<Face>) -> Result<(), DeskError> {
        let token = token_hash(token);
        // Read and written in one go: a second touch finds that it is said already.
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        let screen = people::screen(&tx, &token).map_err(fault)?;
        let mut screen = screen.ok_or(DeskError::NotFound)?;
        let Stage::Faces { since_ms } = Stage::from_text(&screen.stage) else {
            return Ok(());
        };
        if face.is_some() && is_asked(since_ms) {
            opinion::add(&tx, &clock::day(since_ms), face).map_err(fault)?;
        }
        screen.stage = Stage::Idle.to_text();
        screen.revealed = false;
        PORTUGUESE.clone_into(&mut screen.language);
        people::keep_screen(&tx, &token, &screen, clock::now_ms()).map_err(fault)?;
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        self.node.tell(Event::Screens);
        Ok(())
    }

    fn screen_events(&self) -> broadcast::Receiver<Event> {
        self.node.events()
    }
}
