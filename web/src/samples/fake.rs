//! A desk and a citizen's screen in memory, for the tests of the routers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::broadcast;
use vereda_hardware::card::{CardState, Identity};
use vereda_sync::catalogue::Service;
use vereda_sync::check::{Refusal, check};
use vereda_sync::record::declaration::PROOF_NUMBER;
use vereda_sync::record::papers::Said;

use super::{NOW, catalogue, housing};
use crate::citizen::port::{CitizenScreens, Face, Place, Reply, Screen, Stage};
use crate::desk::port::{
    Attachment, Attendance, BlobPiece, CheckAnswers, Confirmation, Desk, DeskError, Event, Form,
    Intake, Next, Person, Queue, Receipt, Request, RequestRow, Saved, ScreenLink, Session,
    SignInRefusal, Strip, Today,
};
use crate::moment::Moment;
use crate::own_pin::{OwnPin, PinRefusal};

pub(crate) fn identity() -> Identity {
    Identity {
        surname: "Conceição".into(),
        given_names: "Maria do Rosário".into(),
        sex: "F".into(),
        nationality: "PRT".into(),
        birth_date: "1951-05-03".into(),
        height: "1,58".into(),
        nic: "00000000".into(),
        document_number: "00000000 0 ZZ4".into(),
        expiry: "2031-02-28".into(),
        issued: "2021-03-01".into(),
        nif: "123456789".into(),
        niss: String::new(),
        sns: String::new(),
        father: String::new(),
        mother: String::new(),
        photo: vec![],
    }
}

pub(crate) struct Fake {
    values: Mutex<BTreeMap<String, String>>,
    revision: Mutex<u64>,
    pub(crate) taken: Mutex<Vec<usize>>,
    pub(crate) recorded: Mutex<u32>,
    connected: Mutex<Vec<bool>>,
    events: broadcast::Sender<Event>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds a lock")
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self {
            values: Mutex::default(),
            revision: Mutex::new(1),
            taken: Mutex::default(),
            recorded: Mutex::default(),
            connected: Mutex::default(),
            events: broadcast::channel(64).0,
        }
    }

    pub(crate) fn value(&self, field: &str) -> Option<String> {
        locked(&self.values).get(field).cloned()
    }

    pub(crate) fn connections(&self) -> Vec<bool> {
        locked(&self.connected).clone()
    }

    pub(crate) fn elsewhere(&self, field: &str, value: &str) {
        *locked(&self.revision) += 1;
        locked(&self.values).insert(field.into(), value.into());
    }
}

struct Pieces {
    bytes: usize,
    pieces: usize,
    fake: std::sync::Arc<Fake>,
}

impl Intake for Pieces {
    fn stood(&mut self, _: vereda_sync::record::sighting::Sighting) {}

    fn is_voice(&mut self, _: Option<u32>) {}

    fn write(&mut self, piece: &[u8]) -> Result<(), DeskError> {
        if self.bytes == 0 && !piece.starts_with(b"\xff\xd8") {
            return Err(DeskError::NotAnImage);
        }
        self.bytes += piece.len();
        self.pieces += 1;
        locked(&self.fake.taken).push(piece.len());
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Attachment, DeskError> {
        Ok(Attachment {
            blob: "aa".into(),
            name: "a.jpg".into(),
            media_type: "image/jpeg".into(),
            bytes: self.bytes as u64,
            taken: NOW,
            here: true,
            seen: None,
            spoken: None,
            shot: None,
        })
    }
}

/// The fake behind an `Arc`, so that what it gives away can hold it too.
#[derive(Clone)]
pub(crate) struct FakeDesk(pub(crate) std::sync::Arc<Fake>);

impl crate::desk::port::Looks for FakeDesk {
    fn note_look(&self, _: &Session, _: &crate::access::Accessed) -> Result<(), DeskError> {
        Ok(())
    }
}

impl OwnPin for FakeDesk {
    fn change_pin(&self, _: &str, _: &str, (pin, _): (&str, &str)) -> Result<String, PinRefusal> {
        match pin {
            "1234" => Ok("token".into()),
            _ => Err(SignInRefusal::WrongPin { tries_left: 2 }.into()),
        }
    }
}

impl Desk for FakeDesk {
    fn mediators(&self) -> Vec<Person> {
        super::people()
    }
    fn sign_in_at(&self, _: &str, mediator: &str, pin: &str) -> Result<String, SignInRefusal> {
        match (mediator, pin) {
            ("m0", "1234") => Ok("token".into()),
            ("m0", _) => Err(SignInRefusal::WrongPin { tries_left: 2 }),
            _ => Err(SignInRefusal::Unknown),
        }
    }
    fn session(&self, token: &str) -> Option<Session> {
        ["token", "treino-token"]
            .contains(&token)
            .then(super::session)
    }
    fn sign_out(&self, _: &str) {}
    fn label_of(&self, form: &str, field: &str) -> Option<String> {
        let field = (form == "r1").then(|| housing().field(field).map(|f| f.into_owned()))?;
        field.map(|f| f.label.pt().to_owned())
    }
    fn form_guard(&self, _: &Session) -> String {
        "guard".into()
    }
    fn now(&self) -> Moment {
        NOW
    }
    fn strip(&self, _: &Session) -> Strip {
        super::strip()
    }
    fn insert_card(&self, _: &str) -> Result<(), DeskError> {
        Err(DeskError::NotFound)
    }
    fn card(&self, _: &Session) -> CardState {
        CardState::Empty
    }
    fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }
    fn happened(&self) -> u64 {
        1
    }
    fn today(&self, _: &Session) -> Result<Today, DeskError> {
        Ok(super::today())
    }
    fn begin_attendance(&self, _: &Session) -> Result<String, DeskError> {
        Ok("a1".into())
    }
    fn attendance(&self, _: &Session, id: &str) -> Result<Attendance, DeskError> {
        if id == "a1" {
            Ok(super::attendance(true))
        } else {
            Err(DeskError::NotFound)
        }
    }
    fn identity_from_card(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Err(DeskError::NotNow(
            "Insira o cartão no leitor e tente de novo.".into(),
        ))
    }
    fn represent(&self, _: &Session, _: &str, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
    fn declare(&self, _: &Session, _: &str, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
    fn close_attendance(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn services(&self, query: &str) -> Vec<Service> {
        vereda_sync::catalogue::search::search(&catalogue(), query)
            .into_iter()
            .cloned()
            .collect()
    }
    fn begin_request(&self, _: &Session, _: &str, service: &str) -> Result<String, DeskError> {
        if service == "housing-aid" {
            Ok("r1".into())
        } else {
            Err(DeskError::NotFound)
        }
    }
    fn glance(&self, session: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError> {
        self.form(session, form, step)
    }

    fn form(&self, _: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError> {
        if form != "r1" {
            return Err(DeskError::NotFound);
        }
        let mut form = super::form(&housing(), step.unwrap_or("contact"), "r1");
        form.revision = *locked(&self.0.revision);
        for field in &mut form.fields {
            field.value = self.0.value(&field.field.id).unwrap_or_default();
        }
        Ok(form)
    }
    fn keystroke(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        let mut revision = locked(&self.0.revision);
        if base < *revision {
            let value = self.0.value(field).unwrap_or_default();
            return Err(DeskError::Elsewhere {
                value,
                by: "Rui P.".into(),
                revision: *revision,
            });
        }
        *revision += 1;
        locked(&self.0.values).insert(field.into(), value.into());
        let _ = self.0.events.send(Event::Typed {
            form: form.into(),
            field: field.into(),
            session: session.id.clone(),
        });
        Ok(Saved {
            at: NOW,
            revision: *revision,
        })
    }
    fn let_citizen_write(&self, _: &Session, _: &str, _: &str, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
    fn undo(&self, _: &Session, _: &str, _: &str) -> Result<String, DeskError> {
        Ok("phone".into())
    }
    fn finish_step(
        &self,
        _: &Session,
        _: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError> {
        let service = housing();
        let fields = &service.step(step).ok_or(DeskError::NotFound)?.fields;
        let refused: Vec<_> = fields
            .iter()
            .filter_map(|f| {
                let value = typed
                    .iter()
                    .find(|(k, _)| *k == f.id)
                    .map_or("", |(_, v)| v.as_str());
                check(f, value, "2026-11-21")
                    .err()
                    .map(|r| (f.id.clone(), r))
            })
            .collect();
        if refused.is_empty() {
            Ok(Next::CheckAnswers)
        } else {
            Err(DeskError::Refused(refused))
        }
    }
    fn take_private(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn take_out(&self, _: &Session, _: &str, _: &str) -> Result<Next, DeskError> {
        Ok(Next::CheckAnswers)
    }
    fn attach(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<Box<dyn Intake>, DeskError> {
        Ok(Box::new(Pieces {
            bytes: 0,
            pieces: 0,
            fake: self.0.clone(),
        }))
    }
    fn detach(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn blob(&self, blob: &str, offset: u64) -> Result<BlobPiece, DeskError> {
        let media_type = if blob == "page" {
            "text/html"
        } else {
            "image/jpeg"
        };
        let left = 600_000_u64.saturating_sub(offset).min(256 << 10);
        Ok(BlobPiece {
            media_type: media_type.into(),
            total_bytes: 600_000,
            bytes: vec![7; left as usize],
        })
    }
    fn say_of_papers(
        &self,
        _: &Session,
        request: &str,
        _: Option<&str>,
        said: Said,
    ) -> Result<(), DeskError> {
        match said {
            _ if request != "r1" => Err(DeskError::NotFound),
            Said::Owed(why) if why.is_empty() => {
                Err(DeskError::NotNow("Escreva porque falta.".into()))
            }
            _ => Ok(()),
        }
    }
    fn check_answers(&self, _: &Session, _: &str) -> Result<CheckAnswers, DeskError> {
        Ok(super::check_answers(
            Confirmation::NotAsked,
            ScreenLink::Following,
        ))
    }
    fn ask_confirmation(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn confirm_by_word(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn record(&self, _: &Session, _: &str) -> Result<String, DeskError> {
        let mut recorded = locked(&self.0.recorded);
        *recorded += 1;
        if *recorded == 1 {
            Ok("M07-1".into())
        } else {
            Err(DeskError::NotNow("Já foi registado.".into()))
        }
    }
    fn receipt(&self, _: &Session, _: &str) -> Result<Receipt, DeskError> {
        Ok(super::receipt(false))
    }
    fn requests(&self, _: &Session, _: &str) -> Result<Vec<RequestRow>, DeskError> {
        Ok(super::today().recent)
    }
    fn request(&self, _: &Session, _: &str) -> Result<Request, DeskError> {
        Ok(super::request())
    }
    fn correct(&self, _: &Session, _: &str, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn prove(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Err(DeskError::Refused(vec![(
            PROOF_NUMBER.into(),
            Refusal::Missing,
        )]))
    }
    fn add_note(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Err(DeskError::DiskFull)
    }
    fn urgent(&self) -> Vec<String> {
        vec![]
    }
    fn acknowledge(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn pair_screen(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Err(DeskError::NotFound)
    }
    fn unpair_screen(&self, _: &Session) -> Result<(), DeskError> {
        Ok(())
    }
    fn sync_now(&self) {}
}

impl Queue for FakeDesk {
    fn give_turn(&self, _: &Session) -> Result<u32, DeskError> {
        Ok(27)
    }
    fn call_turn(&self, _: &Session) -> Result<Option<u32>, DeskError> {
        Ok(Some(23))
    }
    fn drop_turn(&self, _: &Session, _: u32) -> Result<(), DeskError> {
        Err(DeskError::NotNow("Esta senha já não está chamada.".into()))
    }
    fn serve_turn(&self, _: &Session, _: u32) -> Result<String, DeskError> {
        Ok("a1".into())
    }
}

impl CitizenScreens for FakeDesk {
    fn open_screen(&self) -> Result<String, DeskError> {
        Ok("screen".into())
    }
    fn screen(&self, token: &str) -> Option<Screen> {
        if token != "screen" {
            return None;
        }
        let Stage::Following(mut following) = super::pages::following(1) else {
            return None;
        };
        for followed in &mut following.fields {
            followed.value = self.0.value(&followed.field.id).unwrap_or_default();
        }
        Some(super::pages::screen(
            "pt",
            true,
            true,
            Stage::Following(following),
        ))
    }
    fn screen_connected(&self, _: &str, connected: bool) {
        locked(&self.0.connected).push(connected);
    }
    fn reveal(&self, _: &str, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
    fn write(&self, _: &str, _: Place<'_>, _: &str, _: u64) -> Result<Saved, DeskError> {
        Err(DeskError::NotNow(
            "Este ecrã não pode escrever agora.".into(),
        ))
    }
    fn written(
        &self,
        _: &str,
        _: (&str, &str),
        _: &[(String, String)],
        _: bool,
    ) -> Result<(), DeskError> {
        Ok(())
    }
    fn speak(&self, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn answer(&self, _: &str, _: &str, _: &str, _: Reply<'_>) -> Result<(), DeskError> {
        Ok(())
    }
    fn rate(&self, _: &str, _: Option<Face>) -> Result<(), DeskError> {
        Ok(())
    }
    fn screen_events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }
}
