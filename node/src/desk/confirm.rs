//! Check your answers, the citizen's confirmation, recording, the receipt.

use vereda_sync::catalogue::{Paper, Scarce, Words};
use vereda_sync::conflict::fingerprint;
use vereda_sync::day::Date;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::Case;
use vereda_sync::record::consent::{Confirmed, Consent, Signed};
use vereda_sync::record::declaration::{self, Proof};
use vereda_sync::record::document::Document;
use vereda_sync::record::late::{Late, PHOTO_FIELD};
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::outcome;
use vereda_sync::record::papers::{self, Needed, Said, Standing as Stands};
use vereda_sync::record::{representation, request};
use vereda_sync::verification;
use vereda_web::desk::port::{
    Agreed, AnsweredStep, CheckAnswers, Confirmation, DeskError, Receipt, ScreenLink, Session,
    Verify,
};

use vereda_web::words::reserved::reserved;

use super::authority::authority_holds;
use super::bedside::may_be_asked;
use super::forms::attachment;
use super::outcomes::ToldBy;
use super::papers::was_exempt;
use super::standing::Standing;
use super::{SpotDesk, fault, household, record_id, rows, stage::Stage};
use crate::clock;
use crate::node::Node;
use crate::store::derived;
use crate::store::leases::Left;

/// A receipt opened this long after recording is a copy ("2.ª via"): ten minutes.
const COPY_AFTER_MS: i64 = 10 * 60 * 1000;

/// What a receipt says of what the citizen wrote as private: it lies on the mediator's side too.
const HIDDEN: &str = "preenchido pelo cidadão ••••••";

/// All that the citizen confirms.
pub(super) struct ToConfirm<'n> {
    pub(super) standing: Standing<'n>,
    pub(super) citizen: String,
    pub(super) steps: Vec<AnsweredStep>,
    pub(super) fee_cents: u32,
    /// Why nothing is paid, where there is an exemption.
    pub(super) exempt: Option<Words>,
    /// Under which occurrence it is recorded.
    pub(super) under: Option<Under>,
    /// The papers that it needs.
    pub(super) papers: Vec<Needed>,
    /// The hour at a counter that it is going to have, with its lease.
    pub(super) hour: (Reserved, Option<Left>),
    /// Of who declares who they are: whether it is proven.
    pub(super) identity: Option<Proof>,
    /// How the citizen wants to be told how it ended.
    pub(super) told_by: Option<ToldBy>,
    /// Fingerprint of exactly this.
    pub(super) shown: String,
}

impl ToConfirm<'_> {
    /// Fingerprint of the very words that stand on a screen in that language.
    pub(super) fn words(&self, language: &str) -> String {
        let service = self.standing.service;
        let mut words = vec![
            self.shown.clone(),
            language.to_owned(),
            self.citizen.clone(),
        ];
        words.extend(service.into_iter().flat_map(|s| {
            let said = [&s.title, &s.remains, s.privacy_notice()];
            said.map(|w| w.get(language).to_owned())
        }));
        let exempt = self.exempt.iter().map(|w| w.get(language).to_owned());
        words.extend(exempt);
        for (paper, why) in owed(&self.papers) {
            words.extend([paper.title.get(language).to_owned(), why.to_owned()]);
        }
        if let Some(hour) = reserved(Scarce::Appointment, &self.hour.0) {
            words.push(hour);
        }
        for step in &self.steps {
            words.push(step.title.get(language).to_owned());
            for (field, answer, photos) in &step.answers {
                let value = answer.as_ref().map_or("", |a| a.value.as_str());
                words.push(field.label.get(language).to_owned());
                words.push(vereda_web::words::shown(field, value, language));
                words.push(photos.len().to_string());
            }
        }
        fingerprint(words.iter().map(String::as_str))
    }

    /// Whether the service is signed.
    pub(super) fn is_signed(&self) -> bool {
        self.standing.service.is_some_and(|s| s.signature.is_some())
    }

    /// What is agreed to, on that screen or by word, in that language.
    pub(super) fn consent(
        &self,
        screen: Option<String>,
        language: &str,
        signed: Option<Signed>,
    ) -> Consent {
        let answers = self.steps.iter().flat_map(|s| &s.answers);
        let answers = answers.filter(|(_, answer, _)| answer.is_some()).count();
        Consent {
            how: match screen {
                Some(_) => Confirmed::OnScreen,
                None => Confirmed::ByWord,
            },
            shown: self.shown.clone(),
            words: self.words(language),
            language: language.to_owned(),
            edition: self.standing.edition,
            answers: u32::try_from(answers).unwrap_or(u32::MAX),
            fee_cents: self.fee_cents,
            screen,
            signed,
        }
    }
}

/// What the citizen agreed to, as the act says it.
pub(crate) fn agreed(act: &Act) -> Option<Agreed> {
    Some(Agreed {
        consent: Consent::of(act)?,
        at: clock::of(act),
        before: rows::place(act),
    })
}

impl SpotDesk {
    pub(super) fn to_confirm(&self, request: &str) -> Result<ToConfirm<'_>, DeskError> {
        let standing = Standing::read(&self.node, request)?;
        let service = standing.service.ok_or(DeskError::NotFound)?;
        if let Some(step) = standing.unfinished().first() {
            return Err(DeskError::NotNow(format!(
                "Falta terminar o passo «{}».",
                step.title.pt()
            )));
        }
        let read = self.node.with_document(standing.record, |d| {
            (
                rows::answered_steps(service, d, &standing.today),
                d.answers().clone(),
            )
        });
        let (mut steps, answers) = read.map_err(fault)?.ok_or(DeskError::NotFound)?;
        authority_holds(service, &answers)?;
        if let Some((_, resident)) = self.resident_of(&standing.attendance)? {
            let represented = representation::representative(&answers).is_some();
            may_be_asked(&resident, &answers, represented)?;
        }
        // By what stands in the record: what is typed and not finished is not confirmed.
        let (fee_cents, under) = standing.settle(service.fee_cents(&answers, &standing.today));
        let fee = fee_cents.to_string();
        let papers = papers::needed(service, &answers, &standing.today);
        // That the mediator saw a paper is nothing that the citizen is asked; that they owe one is.
        let asked = answers
            .iter()
            .filter(|(f, _)| papers::of_field(f).is_none() && *f != outcome::FIELD);
        let asked = asked.flat_map(|(field, a)| [field.as_str(), a.value.as_str()]);
        let owed = owed(&papers).flat_map(|(paper, why)| [paper.id.as_str(), why]);
        let hour = self.hour_of(request, service)?;
        let told_by = self.told_by(&standing.attendance)?;
        let said_told = told_by.as_ref().map(|t| t.contact.value());
        steps.extend(told_by.as_ref().map(|t| t.step.clone()));
        let said_hour = reserved(Scarce::Appointment, &hour.0);
        let parts = asked.chain(owed).chain(said_hour.as_deref());
        let parts = parts.chain(said_told.as_deref());
        let shown = fingerprint(parts.chain([service.id.as_str(), fee.as_str()]));
        let exempt = standing.exempt_by(&answers);
        let identity = declaration::proof(&answers);
        let citizen = standing.citizen.clone().unwrap_or_default();
        Ok(ToConfirm {
            standing,
            citizen,
            steps,
            fee_cents,
            exempt,
            under,
            papers,
            hour,
            identity,
            told_by,
            shown,
        })
    }

    pub(super) fn answers_to_check(
        &self,
        session: &Session,
        request: &str,
    ) -> Result<CheckAnswers, DeskError> {
        let mut it = self.to_confirm(request)?;
        let answers = it.steps.iter_mut().flat_map(|s| &mut s.answers);
        self.look_at_photos(answers.flat_map(|(_, _, photos)| photos))?;
        let service = it.standing.service.cloned().ok_or(DeskError::NotFound)?;
        let service_of_hours = service.clone();
        let line = derived::request(&self.node.store.read(), request).map_err(fault)?;
        let household = line.map(|line| household::requests(&self.node, &line));
        Ok(CheckAnswers {
            request: request.to_owned(),
            attendance: it.standing.attendance.clone(),
            service,
            citizen: it.citizen.clone(),
            confirmation: self.confirmation(session, request, &it)?,
            steps: rows::all_for_desk(it.steps),
            fee_cents: it.fee_cents,
            exempt: it.exempt,
            because: it.standing.because(),
            papers: it.papers,
            hours: self.hours(request, &service_of_hours)?,
            identity: it.identity,
            of_paper: it.standing.photos(PHOTO_FIELD).map(attachment).collect(),
            late: it.standing.late.clone(),
            household: household.transpose()?.unwrap_or_default(),
            twice: self.twice_before(request)?,
            screen: self
                .screen_of(session)?
                .map_or(ScreenLink::None, |(token, _)| self.screen_link(&token)),
        })
    }

    fn confirmation(
        &self,
        session: &Session,
        request: &str,
        it: &ToConfirm,
    ) -> Result<Confirmation, DeskError> {
        let act = self
            .node
            .with_document(it.standing.record, |d| request::confirmation(d).cloned())
            .map_err(fault)?
            .flatten();
        let of_this = act.filter(|a| a.more.get("shown") == Some(&it.shown));
        if let Some(agreed) = of_this.as_ref().and_then(agreed) {
            return Ok(Confirmation::Given(Box::new(agreed)));
        }
        Ok(
            match self
                .screen_of(session)?
                .map(|(_, s)| Stage::from_text(&s.stage))
            {
                Some(Stage::Confirm {
                    request: asked,
                    shown,
                    answered,
                    ..
                }) if asked == request && shown == it.shown => {
                    if answered == Some(false) {
                        Confirmation::WantsCorrection
                    } else {
                        Confirmation::Asked
                    }
                }
                _ => Confirmation::NotAsked,
            },
        )
    }

    pub(super) fn ask_on_screen(&self, session: &Session, request: &str) -> Result<(), DeskError> {
        self.may_write(session, request)?;
        let it = self.to_confirm(request)?;
        if self.screen_of(session)?.is_none() {
            return Err(DeskError::NotNow(
                "Não há ecrã do cidadão emparelhado. Emparelhe um, ou confirme de viva voz.".into(),
            ));
        }
        self.set_stage(
            session,
            Stage::Confirm {
                request: request.to_owned(),
                shown: it.shown,
                answered: None,
                unsigned: false,
            },
        )
    }

    pub(super) fn confirmed_by_word(
        &self,
        session: &Session,
        request: &str,
    ) -> Result<(), DeskError> {
        self.may_write(session, request)?;
        let it = self.to_confirm(request)?;
        let language = self.language_of(session, request)?;
        let on_paper = it.standing.late.is_some();
        let signed = (on_paper || it.is_signed()).then_some(Signed::Paper);
        let mut consent = it.consent(None, &language, signed);
        if on_paper {
            consent.how = Confirmed::OnPaper;
        }
        self.keep_confirmation(&session.person.name, &it, &consent)
    }

    pub(super) fn keep_confirmation(
        &self,
        person: &str,
        it: &ToConfirm,
        consent: &Consent,
    ) -> Result<(), DeskError> {
        let write = |d: &mut Document, author: &_, at| request::confirm(d, author, at, consent);
        self.node
            .change(it.standing.record, person, write, |_| Ok(()))
            .map_err(fault)
    }

    pub(super) fn record_request(
        &self,
        session: &Session,
        request: &str,
    ) -> Result<String, DeskError> {
        self.may_write(session, request)?;
        // One at a time: a double click finds the number that the first one took.
        let mut has_leapt = self
            .recording
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let record = record_id(request)?;
        let number = self
            .node
            .with_document(record, |d| d.text("number").map(str::to_owned))
            .map_err(fault)?;
        if let Some(number) = number.ok_or(DeskError::NotFound)? {
            return Ok(number);
        }
        let it = self.to_confirm(request)?;
        match self.confirmation(session, request, &it)? {
            Confirmation::Given(_) => {}
            _ => {
                return Err(DeskError::NotNow(
                    "O cidadão ainda não confirmou. Peça a confirmação no ecrã, ou de viva voz."
                        .into(),
                ));
            }
        }
        if let Some(open) = it.papers.iter().find(|n| n.standing == Stands::Open) {
            return Err(DeskError::NotNow(format!(
                "Falta o documento «{}». Marque-o como visto, digitalize-o, ou escreva porque falta e quando se entrega.",
                open.paper.title.pt()
            )));
        }
        self.forget_idle_papers(session, &it)?;
        self.keep_told_by(session, record, it.told_by.as_ref())?;
        let reply_by = self.reply_by(&it);
        let number = match &it.standing.late {
            Some(late) => self.number_on_paper(request, late)?,
            None => self.node.take_number(&mut has_leapt).map_err(fault)?,
        };
        let of_paper = it.standing.attached([PHOTO_FIELD].into_iter());
        let write = |d: &mut Document, author: &_, at| {
            let with = (&it.hour.0, it.under.as_ref(), of_paper.as_slice());
            let costs = (number.as_str(), it.fee_cents);
            request::record_with(d, author, at, costs, reply_by, with)
        };
        let person = &session.person.name;
        match &it.hour.1 {
            Some(hour) => self.node.use_value((person, record), hour, write),
            None => self.node.change(record, person, write, |_| Ok(())),
        }
        .map_err(fault)?;
        self.forget_hour(request)?;
        self.set_stage(
            session,
            Stage::Recorded {
                request: request.to_owned(),
            },
        )?;
        Ok(number)
    }

    /// The last day on which it is to be answered, if it is: counted from today.
    fn reply_by(&self, it: &ToConfirm<'_>) -> Option<Date> {
        // What was on paper was handed in on the day that it says.
        let late = it.standing.late.as_ref().map(|late| late.day);
        let today = late.or_else(|| Date::parse(&it.standing.today))?;
        let service = it.standing.service?;
        service.reply_by(&it.standing.values, today, &self.node.config.node.holidays)
    }

    /// Another edition, or a birthday, may have made papers needless of which something was said.
    fn forget_idle_papers(&self, session: &Session, it: &ToConfirm) -> Result<(), DeskError> {
        let standing = &it.standing;
        let service = standing.service.ok_or(DeskError::NotFound)?;
        let idle = papers::idle(service, &standing.values, &standing.today);
        let idle: Vec<(String, Said)> = idle
            .keys()
            .filter_map(|field| Some((papers::of_field(field)?.to_owned(), Said::Nothing)))
            .collect();
        if idle.is_empty() {
            return Ok(());
        }
        let write = |d: &mut Document, author: &_, at| papers::say(d, author, at, &idle);
        self.node
            .change(standing.record, &session.person.name, write, |_| Ok(()))
            .map_err(fault)
    }

    pub(super) fn read_receipt(
        &self,
        session: &Session,
        request: &str,
    ) -> Result<Receipt, DeskError> {
        let record = record_id(request)?;
        let line = derived::request(&self.node.store.read(), request)
            .map_err(fault)?
            .ok_or(DeskError::NotFound)?;
        let service = self
            .node
            .service(&line.service, line.edition)
            .cloned()
            .ok_or_else(|| {
                DeskError::NotNow(
                    "Este serviço já não está no catálogo deste posto. O pedido continua guardado."
                        .into(),
                )
            })?;
        let read = self.node.with_document(record, |d| {
            let day = recorded_on(d);
            (
                request::Summary::of(d),
                rows::answered_steps(&service, d, &day),
                d.text("attendance").unwrap_or_default().to_owned(),
                (
                    papers::needed(&service, d.answers(), &day),
                    was_exempt(&service, d, &day),
                ),
                (
                    request::confirmation(d).and_then(agreed),
                    request::representative(d),
                ),
                Reserved::of(d, Scarce::Appointment),
                declaration::proof(d.answers()),
                Case::of(d).and_then(|case| case.telling.contact),
                Late::of(d),
            )
        });
        let (
            summary,
            steps,
            attendance,
            (papers, exempt),
            (agreed, representative),
            hour,
            identity,
            told_by,
            late,
        ) = read.map_err(fault)?.ok_or(DeskError::NotFound)?;
        let summary = summary.ok_or(DeskError::NotFound)?;
        let number = summary
            .number
            .clone()
            .ok_or_else(|| DeskError::NotNow("Este pedido ainda não foi registado.".into()))?;
        let life = self.row(line).life;
        let answers = steps.into_iter().map(|step| {
            // Whether there was one more shows in there being one more.
            let asked = step
                .answers
                .into_iter()
                .filter(|(f, ..)| !service.asks_for_more(&f.id));
            let told = asked.filter_map(|(field, answer, photos)| {
                let answer = answer.filter(|a| !a.value.is_empty())?;
                if field.hides(answer.provenance) {
                    return Some((field.label, HIDDEN.to_owned()));
                }
                let value = answer.value;
                let spoken = photos.iter().filter(|a| a.spoken.is_some()).count();
                let text = match (photos.len() - spoken, field.kind.is_masked()) {
                    (0, _) if spoken == 1 => "1 nota de voz".into(),
                    (0, _) if spoken > 1 => format!("{spoken} notas de voz"),
                    (0, true) => vereda_web::words::masked(&rows::shown(&field, &value)),
                    (0, false) => rows::shown(&field, &value),
                    (1, _) => "1 fotografia".into(),
                    (n, _) => format!("{n} fotografias"),
                };
                Some((field.label, text))
            });
            (step.title, told.collect())
        });
        let answers = answers.filter(|(_, told): &(_, Vec<_>)| !told.is_empty());
        let (qr, verify) = verify(&self.node, &number, request)?;
        Ok(Receipt {
            request: request.to_owned(),
            attendance,
            qr,
            verify,
            number,
            citizen: summary.citizen.clone(),
            mediator: summary.mediator.clone(),
            place: summary.stop.as_ref().map_or_else(
                || summary.spot.clone(),
                |stop| format!("{} · {stop}", summary.spot),
            ),
            at: clock::of_request(&summary),
            answers: answers.collect(),
            fee_cents: summary.fee_cents,
            exempt: exempt.filter(|_| summary.fee_cents == 0),
            papers,
            payment: self.payment_of(request, summary.fee_cents)?,
            hour,
            agreed,
            told_by: told_by.map(|(contact, _)| contact),
            representative,
            identity,
            late,
            life,
            copy: clock::now_ms() - summary.at.unix_ms() > COPY_AFTER_MS,
            language: self.language_of(session, request)?,
            service,
        })
    }
}

/// The day on which a request was recorded: what was asked then is asked for ever.
pub(super) fn recorded_on(document: &Document) -> String {
    let at = request::Summary::of(document).map(|s| s.at.unix_ms());
    at.map_or_else(clock::today, clock::day)
}

/// The papers that come later, and why.
fn owed(papers: &[Needed]) -> impl Iterator<Item = (&Paper, &str)> {
    papers.iter().filter_map(|needed| match &needed.standing {
        Stands::Owed(why) => Some((&needed.paper, why.as_str())),
        _ => None,
    })
}

/// What the QR code of a receipt holds, and where its state can be seen.
pub(super) fn verify(
    node: &Node,
    number: &str,
    request: &str,
) -> Result<(String, Option<Verify>), DeskError> {
    let record = record_id(request)?;
    let address = node.config.verify.as_ref().map(|it| it.address.clone());
    let qr = verification::qr(address.as_deref(), number, record);
    let code = verification::code(record);
    Ok((qr, address.map(|address| Verify { address, code })))
}
