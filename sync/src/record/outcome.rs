//! How the citizen is told how a request ended, if they want to be: the way, the number or address, and
//! their consent to just that. Who chose nothing is told by nobody.
//!
//! ```text
//! answers of the attendance: tell-*   as it was asked, once for all its requests
//! answers of a request: _tell         "sms 912345678", or empty once it was taken back
//! acts: to-be-told                    the consent: to which words, in which language, on which screen
//!       not-to-be-told                it was taken back
//!       told · not-reached            what the mediator did; `of` names the outcomes that were told
//! acts of the hub: hub-notified       it sent word itself: `of`, `way`, `state` ([`notice`])
//! ```
//! It is one statement, so what two spots wrote apart is one conflict. While that is undecided nobody is
//! told. What was told, and what was tried in vain, merges.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Field, Kind, Values, Words};
use crate::check::{Refusal, check};
use crate::conflict::fingerprint;
use crate::hlc::Hlc;
use crate::record::act::Act;
use crate::record::agency;
use crate::record::case::{is_withdrawn, said};
use crate::record::consent::Confirmed;
use crate::record::document::{Author, Document, DocumentError, Writing, Written};
use crate::record::request;

pub mod notice;
mod step;

pub use step::{NOBODY, OUTCOME};

/// The field of a request that holds it. No field of a catalogue can be called so.
pub const FIELD: &str = "_tell";
/// The way, in the form.
pub const WAY: &str = "tell-way";
/// The citizen agrees.
pub const CONSENT: &str = "tell-consent";
/// The act of a consent.
const TO_BE_TOLD: &str = "to-be-told";

/// The field of that id, for who is shown two statements of it: a contact, of which the later is proposed.
pub static TELL_FIELD: LazyLock<Field> = LazyLock::new(|| {
    let label = Words::from([
        ("pt", "Como avisar do resultado"),
        ("en", "How to tell the outcome"),
    ]);
    Field::new(FIELD, label, Kind::Email)
});

/// A way to tell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A telephone call.
    Call,
    /// A text message.
    Sms,
    /// An e-mail.
    Mail,
    /// A letter.
    Letter,
    /// Nobody tells them: they come by themselves.
    Comes,
}

impl Way {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [Self::Call, Self::Sms, Self::Mail, Self::Letter, Self::Comes];

    /// The word in records, and of the option.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Sms => "sms",
            Self::Mail => "mail",
            Self::Letter => "letter",
            Self::Comes => "comes",
        }
    }

    /// The field that asks for the number or address.
    #[must_use]
    pub fn asks(self) -> Option<&'static str> {
        match self {
            Self::Call | Self::Sms => Some("tell-phone"),
            Self::Mail => Some("tell-mail"),
            Self::Letter => Some("tell-letter"),
            Self::Comes => None,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static Words {
        static NONE: LazyLock<Words> = LazyLock::new(Words::default);
        let way = OUTCOME.fields.iter().find(|f| f.id == WAY);
        let options = way.map_or(&[][..], |f| f.options.as_slice());
        let option = options.iter().find(|o| o.id == self.code());
        option.map_or(&NONE, |o| &o.label)
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// How somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The way.
    pub way: Way,
    /// Number or address, canonical; empty for [`Way::Comes`].
    pub to: String,
}

impl Contact {
    /// The inverse of [`Contact::value`]; `None` for what is no contact, and for none.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (way, to) = value.split_once(' ').unwrap_or((value, ""));
        let way = Way::from_code(way)?;
        let fits = way.asks().is_some() != to.is_empty();
        fits.then(|| Self {
            way,
            to: to.to_owned(),
        })
    }

    /// As records hold it.
    #[must_use]
    pub fn value(&self) -> String {
        format!("{} {}", self.way.code(), self.to)
            .trim_end()
            .to_owned()
    }

    /// What was chosen in a form, with how the number or address is known; `None`: nothing, or there is no
    /// consent.
    #[must_use]
    pub fn chosen(answers: &BTreeMap<String, Answer>) -> Option<(Self, Provenance)> {
        let way = Way::from_code(answers.value(WAY)?)?;
        let told = way.asks();
        if told.is_some() && answers.value(CONSENT) != Some("yes") {
            return None;
        }
        let answer = answers.get(told.unwrap_or(WAY))?;
        let to = told.map_or("", |_| answer.value.as_str()).to_owned();
        (told.is_none() || !to.is_empty()).then_some((Self { way, to }, answer.provenance))
    }

    /// Checks what was typed of a way, as the form's fields are.
    ///
    /// # Errors
    /// What is to mend, by field.
    pub fn checked(typed: &[(&str, &str)], today: &str) -> Result<Self, Vec<(String, Refusal)>> {
        let given = |field: &str| {
            let found = typed.iter().find(|(id, _)| *id == field);
            found.map_or("", |(_, value)| *value)
        };
        let answer = |value: &str| Answer {
            value: value.to_owned(),
            provenance: Provenance::Typed,
        };
        let way = BTreeMap::from([(WAY.to_owned(), answer(given(WAY)))]);
        let mut refused = Vec::new();
        let mut to = String::new();
        for field in OUTCOME.fields_for(&crate::catalogue::Asked::all(&way), today) {
            match check(field, given(&field.id), today) {
                Ok(value) if field.id != WAY && field.id != CONSENT => to = value,
                Ok(_) => {}
                Err(refusal) => refused.push((field.id.clone(), refusal)),
            }
        }
        match Way::from_code(given(WAY)) {
            Some(way) if refused.is_empty() => Ok(Self { way, to }),
            _ => Err(refused),
        }
    }
}

/// To what somebody agreed, and how: what the act of a consent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// How.
    pub how: Confirmed,
    /// Fingerprint of the very words that stood there: the way, the number or address, the consent.
    pub words: String,
    /// Their language.
    pub language: String,
    /// The edition of the catalogue then.
    pub edition: u32,
    /// The screen, by the id that it has at its node; `None`: the words were read aloud.
    pub screen: Option<String>,
}

impl Agreement {
    /// To be told so, in the words of that language.
    #[must_use]
    pub fn to(contact: &Contact, language: &str, (edition, screen): (u32, Option<String>)) -> Self {
        let consent = OUTCOME.fields.iter().find(|f| f.id == CONSENT);
        let consent = consent.map_or("", |f| f.label.get(language));
        let way = contact.way.label().get(language);
        Self {
            how: match screen {
                Some(_) => Confirmed::OnScreen,
                None => Confirmed::ByWord,
            },
            words: fingerprint([language, way, contact.to.as_str(), consent]),
            language: language.to_owned(),
            edition,
            screen,
        }
    }

    /// What the act says.
    #[must_use]
    pub fn said(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![
            ("how", self.how.code().to_owned()),
            ("words", self.words.clone()),
            ("language", self.language.clone()),
            ("edition", self.edition.to_string()),
        ];
        said.extend(self.screen.clone().map(|id| ("screen", id)));
        said
    }

    /// Reads it from the act of a consent, or of the step in which it was given.
    #[must_use]
    pub fn of(act: &Act) -> Option<Self> {
        if act.more.get("words").is_none_or(String::is_empty) {
            return None;
        }
        Some(Self {
            how: match said(act, "how") {
                "screen" => Confirmed::OnScreen,
                _ => Confirmed::ByWord,
            },
            words: said(act, "words").to_owned(),
            language: said(act, "language").to_owned(),
            edition: said(act, "edition").parse().unwrap_or(0),
            screen: act.more.get("screen").cloned(),
        })
    }

    /// The last one that an attendance has.
    #[must_use]
    pub fn in_attendance(document: &Document) -> Option<Self> {
        let mut acts = document.acts().rev();
        acts.find(|a| a.kind == "step" && said(a, "step") == OUTCOME.id)
            .and_then(Self::of)
    }
}

/// Empties what a form asked, as it was taken back.
pub(super) fn emptied(w: &mut Writing<'_>, known: &[String]) -> Result<(), DocumentError> {
    let nothing = Answer {
        value: String::new(),
        provenance: Provenance::Typed,
    };
    known.iter().try_for_each(|field| w.answer(field, &nothing))
}

/// The citizen agreed to be told so how this request ends.
///
/// # Errors
/// When the document refuses.
pub fn agree(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (contact, provenance): (&Contact, Provenance),
    agreement: &Agreement,
) -> Result<Written, DocumentError> {
    let agreed = agreement.said();
    let mut agreed: Vec<_> = agreed.iter().map(|(k, s)| (*k, s.as_str())).collect();
    agreed.push(("way", contact.way.code()));
    let answer = Answer {
        value: contact.value(),
        provenance,
    };
    document.write(author, at, TO_BE_TOLD, &agreed, |w| {
        w.answer(FIELD, &answer)
    })
}

/// The citizen takes it back, in a request or in the attendance that asked: it is shown nowhere any more.
///
/// # Errors
/// When the document refuses.
pub fn take_back(
    document: &mut Document,
    author: &Author,
    at: Hlc,
) -> Result<Written, DocumentError> {
    let fields = OUTCOME.fields.iter().map(|f| f.id.as_str()).chain([FIELD]);
    let answers = document.answers();
    let known: Vec<String> = fields
        .filter(|f| answers.contains_key(*f))
        .map(str::to_owned)
        .collect();
    document.write(author, at, "not-to-be-told", &[], |w| emptied(w, &known))
}

/// The citizen was told these outcomes, by the ids of their acts.
///
/// # Errors
/// When the document refuses.
pub fn tell(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (of, way): (&[String], Way),
) -> Result<Written, DocumentError> {
    let of = of.join(" ");
    let said = [("of", of.as_str()), ("way", way.code())];
    document.write(author, at, "told", &said, |_| Ok(()))
}

/// Somebody tried in vain.
///
/// # Errors
/// When the document refuses.
pub fn not_reached(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    way: Way,
) -> Result<Written, DocumentError> {
    let said = [("way", way.code())];
    document.write(author, at, "not-reached", &said, |_| Ok(()))
}

/// How it stands with telling the citizen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telling {
    /// How they are told, and how that is known; none: they do not want to be, two spots disagree, or they
    /// were told how it ended.
    pub contact: Option<(Contact, Provenance)>,
    /// Two spots wrote different things.
    pub is_contested: bool,
    /// The consent that stands.
    pub agreed: Option<Act>,
    /// What they are to be told, oldest first.
    pub to_tell: Vec<Act>,
    /// What was tried in vain since they were last told, oldest first.
    pub attempts: Vec<Act>,
    /// When they were last told.
    pub told: Option<Act>,
    /// They were told how it ended: there is nothing more to tell.
    pub is_over: bool,
    /// Its agency took it on, and they were not told: worth a message that goes by itself, and nobody's call.
    pub taken_on: Option<Act>,
}

impl Telling {
    /// Reads it from a request. `returned`: what was sent back and not handed in again.
    #[must_use]
    pub fn of(document: &Document, returned: &[Act]) -> Self {
        let did = |kind: &'static str| document.acts().filter(move |a| a.kind == kind);
        let tellings = || {
            document
                .acts()
                .filter(|a| a.kind == "told" || notice::is_handed(a))
        };
        let told = tellings().next_back().cloned();
        let known: Vec<&str> = tellings().flat_map(|a| said(a, "of").split(' ')).collect();
        let is_gone = is_withdrawn(document) || request::stands_instead(document).is_some();
        // The last: what another spot said of the same is the same outcome.
        let withdrawn = did("withdrawn").next_back().filter(|_| is_gone);
        let ends: Vec<&Act> = withdrawn
            .into_iter()
            .chain(did("replied").next_back())
            // The agency's last word, where that ends it.
            .chain(agency::status(document).and_then(|(it, act)| it.is_final().then_some(act)))
            .collect();
        let is_told = |act: &&Act| known.contains(&act.id.as_str());
        let is_over = !ends.is_empty() && ends.iter().all(is_told);
        let statements = document.statements(FIELD);
        let differ =
            |w: &[crate::record::document::Statement]| w[0].answer.value != w[1].answer.value;
        let is_contested = statements.windows(2).any(differ);
        let stands = statements.last().map(|s| &s.answer);
        let contact = stands.and_then(|a| Some((Contact::parse(&a.value)?, a.provenance)));
        let contact = contact.filter(|_| !is_contested && !is_over);
        let is_told_so = matches!(&contact, Some((it, _)) if it.way != Way::Comes);
        let back = returned.iter().filter(|_| !is_gone);
        let mut to_tell: Vec<Act> = back.chain(ends).filter(|a| !is_told(a)).cloned().collect();
        to_tell.retain(|_| is_told_so);
        to_tell.sort_by(|a, b| a.id.cmp(&b.id));
        let since = told.as_ref().map_or("", |a| a.id.as_str());
        let taken_on = agency::status(document)
            .filter(|(it, act)| !it.is_final() && is_told_so && !is_gone && !is_told(act))
            .map(|(_, act)| act.clone());
        let tried = |a: &&Act| a.kind == "not-reached" || notice::has_failed(a);
        Self {
            taken_on,
            attempts: document
                .acts()
                .filter(tried)
                .filter(|a| a.id.as_str() > since)
                .cloned()
                .collect(),
            agreed: contact.as_ref().and(did(TO_BE_TOLD).next_back()).cloned(),
            contact,
            is_contested,
            to_tell,
            told,
            is_over,
        }
    }
}

/// Whether the field is of the step that asks for it.
#[must_use]
pub fn is_of(field: &str) -> bool {
    OUTCOME.fields.iter().any(|f| f.id == field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict;
    use crate::id::RecordId;
    use crate::record::case::{Case, give_back, hand_in, withdraw};
    use crate::record::decision::{self, Ruling};

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    fn at(second: u64) -> Hlc {
        Hlc::new(second * 1000, 0)
    }

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
        let answer = |value: &str| Answer {
            value: value.to_owned(),
            provenance: Provenance::Citizen,
        };
        let pairs = pairs.iter();
        pairs.map(|(id, v)| ((*id).to_owned(), answer(v))).collect()
    }

    fn sms() -> Contact {
        Contact::parse("sms 912345678").unwrap()
    }

    fn agreed(d: &mut Document, by: &str, second: u64, value: &str) -> Written {
        let contact = Contact::parse(value).unwrap();
        let agreement = Agreement::to(&contact, "uk", (3, Some("3f2a".into())));
        let known = (&contact, Provenance::Citizen);
        agree(d, &author(by), at(second), known, &agreement).unwrap()
    }

    fn recorded() -> Document {
        let a = author("m07");
        let begun = request::begin(
            &a,
            at(1),
            ("cesd", 1),
            RecordId([9; 32]),
            &typed(&[("iban", "PT1")]),
        );
        let mut d = begun.unwrap().0;
        agreed(&mut d, "m07", 2, "sms 912345678");
        request::record(&mut d, &a, at(3), "M07-AAAA-BBBB-C", 0, None).unwrap();
        d
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    fn telling(d: &Document) -> Telling {
        Case::of(d).unwrap().telling
    }

    fn ids(acts: &[Act]) -> Vec<String> {
        acts.iter().map(|a| a.id.clone()).collect()
    }

    #[test]
    fn nobody_is_told_without_a_way_an_address_and_consent() {
        let whole = [
            (WAY, "mail"),
            ("tell-mail", "olena@exemplo.pt"),
            (CONSENT, "yes"),
        ];
        let chosen = Contact::chosen(&typed(&whole)).unwrap();
        assert_eq!(chosen.0.value(), "mail olena@exemplo.pt");
        assert_eq!(chosen.1, Provenance::Citizen);
        for lacks in 0..whole.len() {
            let mut part = whole.to_vec();
            part.remove(lacks);
            assert_eq!(Contact::chosen(&typed(&part)), None, "{part:?}");
        }
        // Who comes agrees to nothing.
        let comes = Contact::chosen(&typed(&[(WAY, "comes")])).unwrap().0;
        assert_eq!(Contact::parse(&comes.value()), Some(comes));
        for none in ["", "sms", "comes 912345678", "pigeon 1", "yes"] {
            assert_eq!(Contact::parse(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_typed_at_the_desk_is_checked_as_on_the_screen() {
        let all = [
            (WAY, "sms"),
            ("tell-phone", "912 345 678"),
            (CONSENT, "yes"),
        ];
        assert_eq!(Contact::checked(&all, "2026-11-22"), Ok(sms()));
        for (typed, wrong) in [
            (vec![(WAY, "")], vec![WAY]),
            (
                vec![(WAY, "sms"), ("tell-phone", "12")],
                vec!["tell-phone", CONSENT],
            ),
            (
                vec![(WAY, "mail"), ("tell-mail", "olena"), (CONSENT, "yes")],
                vec!["tell-mail"],
            ),
            (
                vec![(WAY, "letter"), ("tell-letter", "Rua"), (CONSENT, "yes")],
                vec!["tell-letter"],
            ),
        ] {
            let refused = Contact::checked(&typed, "2026-11-22").unwrap_err();
            let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(fields, wrong);
        }
    }

    #[test]
    fn what_was_agreed_to_is_kept_and_differs_by_word_language_and_address() {
        let d = recorded();
        let kept = Agreement::of(telling(&d).agreed.as_ref().unwrap()).unwrap();
        assert_eq!(kept, Agreement::to(&sms(), "uk", (3, Some("3f2a".into()))));
        let other = Contact::parse("call 912345678").unwrap();
        for (contact, language) in [(&sms(), "pt"), (&other, "uk")] {
            let differs = Agreement::to(contact, language, (3, None));
            assert_ne!(differs.words, kept.words);
        }
    }

    #[test]
    fn what_came_of_it_is_told_once_and_then_the_contact_goes() {
        let (mut d, a) = (recorded(), author("m07"));
        assert_eq!(telling(&d).to_tell, []);
        give_back(&mut d, &author("hub"), at(4), "iban", "não existe").unwrap();
        not_reached(&mut d, &a, at(5), Way::Sms).unwrap();
        let now = telling(&d);
        assert_eq!((now.to_tell.len(), now.attempts.len()), (1, 1));
        tell(&mut d, &a, at(6), (&ids(&now.to_tell), Way::Sms)).unwrap();
        let now = telling(&d);
        assert_eq!((now.to_tell.len(), now.attempts.len()), (0, 0));
        assert!(now.told.is_some() && now.contact.is_some(), "it goes on");
        let back = ids(&Case::of(&d).unwrap().returned);
        hand_in(&mut d, &a, at(7), &back, "está certo").unwrap();
        withdraw(&mut d, &a, at(8), "a filha", "já não precisa").unwrap();
        let now = telling(&d);
        assert_eq!(now.to_tell[0].kind, "withdrawn");
        tell(&mut d, &a, at(9), (&ids(&now.to_tell), Way::Sms)).unwrap();
        let now = telling(&d);
        assert_eq!((now.contact, now.agreed, now.to_tell), (None, None, vec![]));
    }

    #[test]
    fn who_handed_it_in_again_or_comes_by_themselves_is_not_told() {
        let mut d = recorded();
        give_back(&mut d, &author("hub"), at(4), "iban", "não existe").unwrap();
        let mut comes = copy(&mut d);
        agreed(&mut comes, "m07", 5, "comes");
        assert_eq!(telling(&comes).to_tell, []);
        let back = ids(&Case::of(&d).unwrap().returned);
        hand_in(&mut d, &author("m07"), at(6), &back, "").unwrap();
        assert_eq!(telling(&d).to_tell, []);
    }

    #[test]
    fn taken_back_it_is_nowhere_and_two_spots_that_disagree_tell_nobody() {
        let mut d = recorded();
        give_back(&mut d, &author("hub"), at(4), "iban", "não existe").unwrap();
        let (mut here, mut there) = (copy(&mut d), copy(&mut d));
        let back = take_back(&mut here, &author("m07"), at(5)).unwrap();
        assert_eq!(here.answers().get(FIELD), None);
        let now = telling(&here);
        assert_eq!((now.contact, now.to_tell, now.agreed), (None, vec![], None));
        agreed(&mut there, "s02", 6, "call 213456789");
        not_reached(&mut there, &author("s02"), at(7), Way::Call).unwrap();
        there.apply([back.bytes.as_slice()]).unwrap();
        let found = conflict::of(&there);
        assert_eq!((found.len(), found[0].field.as_str()), (1, FIELD));
        let now = telling(&there);
        assert!(now.is_contested && now.contact.is_none() && now.to_tell.is_empty());
        let keeps = found[0].sides[1].answer.clone();
        let hub = author("hub");
        decision::decide(
            &mut there,
            &hub,
            at(8),
            FIELD,
            &keeps,
            Ruling {
                reason: "disse-o por último",
                ..Ruling::default()
            },
        )
        .unwrap();
        let now = telling(&there);
        assert_eq!(now.contact.unwrap().0.to, "213456789");
        assert_eq!(
            (now.to_tell.len(), now.attempts.len()),
            (1, 1),
            "attempts merge"
        );
    }

    #[test]
    fn no_field_is_one_of_another_step() {
        use crate::record::{attendance, declaration, representation};
        for field in &OUTCOME.fields {
            let id = field.id.as_str();
            let of_another =
                attendance::is_identity(id) || representation::is_of(id) || declaration::is_of(id);
            assert!(is_of(id) && !of_another);
        }
    }
}
