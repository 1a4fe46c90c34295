//! The catalogue: services as data. Fees, forms and rules change; the code does
//! not. A catalogue is a folder of TOML files, read and checked whole before it is
//! used; it travels as one signed file.
//!
//! ```text
//! catalogue.toml       edition, languages, agencies; small ones hold their services too
//! services/ID.toml     one service, in Portuguese
//! standards.toml       what a spot assesses its own service by; may be missing
//! languages/LANG.toml  every text that a citizen reads, in that language
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

mod check;
mod condition;
mod fee;
pub mod files;
pub mod migration;
mod paper;
pub(crate) mod pattern;
mod repeat;
mod reply;
pub mod search;
mod shared;
pub mod source;
mod standard;
mod texts;
mod words;

pub use condition::{Asked, Values, When};
pub use fee::{Channel, Exemption, Fee};
pub use paper::Paper;
pub use repeat::{Repeat, apart, taken_out, without};
pub use reply::Reply;
pub use source::{CatalogueError, Fault, Source};
pub use standard::{Measure, Standard};
pub use words::Words;

use crate::answer::Provenance;
use crate::day::{Date, Day};

/// What a catalogue may hold, as JSON Schema; of a file in `services/` it is `$defs/Service`. A
/// test holds it to the types.
pub const SCHEMA: &str = include_str!("../../images/catalogue.schema.json");

/// Largest catalogue that is read, all its files together, in bytes.
pub const MAX_CATALOGUE_BYTES: usize = 8 << 20;

/// The languages that a catalogue may be in. Arabic is written from right to left.
pub const LANGUAGES: [&str; 9] = ["pt", "en", "fr", "es", "de", "uk", "hi", "ne", "ar"];

/// The day of example paths, from which days of conditions are counted, `yyyy-mm-dd`.
pub const EXAMPLE_DAY: &str = check::paths::TODAY;

/// The services that a spot offers, under one edition number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Grows with every publication; a request keeps the edition it was made under.
    pub edition: u32,
    /// From which day the edition holds, `yyyy-mm-dd`.
    pub valid_from: String,
    /// The day from which a node that has nothing newer says so, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<String>,
    /// The languages of everything that a citizen reads; `pt` is one of them.
    #[serde(default = "portuguese")]
    pub languages: Vec<String>,
    /// Whose services they are.
    #[serde(rename = "agency", default)]
    pub agencies: Vec<Agency>,
    /// The services, in the order in which they are listed.
    #[serde(rename = "service", default)]
    pub services: Vec<Service>,
    /// What a spot assesses its own service by, in the order in which it is asked.
    #[serde(rename = "standard", default, skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<Standard>,
}

/// An agency, and what it may do with what it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Stable id, `a-z0-9-`.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// What it is called in other languages; where it has no name of its own, the Portuguese one stands.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub names: Words,
    /// Who sees the data, and that they cannot share it further.
    pub privacy: Words,
}

impl Agency {
    /// Its name in that language, if it has one there.
    #[must_use]
    pub fn called(&self, lang: &str) -> Option<&str> {
        match lang {
            "pt" => Some(&self.name),
            _ => self.names.has(lang).then(|| self.names.get(lang)),
        }
    }
}

/// What happens to a request of this service that is recorded without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Offline {
    /// Complete once recorded: nothing more is needed from anyone.
    Recorded,
    /// Recorded here, goes on to the agency when there is a network.
    Queued,
    /// Only prepared here; the act itself is done online later.
    Prepared,
}

/// One service of one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable id, `a-z0-9-`.
    pub id: String,
    /// Id of the agency.
    pub agency: String,
    /// The agency itself; found when the catalogue is read.
    #[serde(skip)]
    pub by: Agency,
    /// Name of the service.
    pub title: Words,
    /// One sentence: what it is for.
    pub summary: Words,
    /// Other words under which people look for it (folded when compared).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// What can be done without a network.
    pub offline: Offline,
    /// Of what is only prepared: what is still to be done online, and by whom.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub remains: Words,
    /// How long it usually takes at the desk, in minutes.
    pub minutes: u16,
    /// The first day on which it can be asked for, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who may ask for it.
    #[serde(default)]
    pub who: Who,
    /// What it gives anew to whoever lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Lost>,
    /// It is given once to a household: whoever decides looks at what others of it asked for.
    #[serde(default, skip_serializing_if = "is_no")]
    pub household: bool,
    /// Whether what the citizen confirms is signed, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// What it costs; nothing when there is none.
    #[serde(rename = "fee", default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Fee>,
    /// Who pays nothing.
    #[serde(rename = "exemption", default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
    /// What the citizen brings.
    #[serde(rename = "document", default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Paper>,
    /// What the agency gives out and there is not enough of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scarce: Vec<Scarce>,
    /// Until when whoever asks is to be answered; without, nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// What happens after it is recorded.
    pub next: Words,
    /// How to do it alone next time, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alone: Vec<Words>,
    /// What this service adds to its agency's word on data protection.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub privacy: Words,
    /// The steps of the form, in order.
    #[serde(rename = "step", default)]
    pub steps: Vec<Step>,
}

/// Who may ask for a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The least age in years, by the date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_age: Option<u8>,
    /// Somebody else may ask, who brings these documents: their ids. Without, only
    /// the person whose matter it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_with: Vec<String>,
    /// What it is about: an authority for certain matters alone must name this one. Without, only one for
    /// all matters does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<Matter>,
}

/// What a service is about, as authorities to act for another name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// Documents that say who somebody is.
    Identity,
    /// Health.
    Health,
    /// Benefits and refunds.
    Benefits,
    /// Property, taxes, inheritance.
    Property,
    /// Certificates.
    Certificates,
}

impl Matter {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [
        Self::Identity,
        Self::Health,
        Self::Benefits,
        Self::Property,
        Self::Certificates,
    ];

    /// The word in catalogues and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Health => "health",
            Self::Benefits => "benefits",
            Self::Property => "property",
            Self::Certificates => "certificates",
        }
    }
}

/// What somebody may have lost in a disaster, and a service gives anew or helps with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    /// The citizen's card.
    Card,
    /// The driving licence.
    Licence,
    /// The health card.
    HealthCard,
    /// The house, or a part of it.
    House,
}

/// How a service wants to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// Drawn on the citizen's screen, or the name typed there; on paper where there is no screen.
    Drawn,
}

/// What an agency gives out one by one: nothing is promised before it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scarce {
    /// A reference under which to pay.
    PaymentReference,
    /// An hour at a counter.
    Appointment,
}

/// One page of the form: a question or one small group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable id within the service.
    pub id: String,
    /// Name shown in the list of steps.
    pub title: Words,
    /// What the mediator should know here; nobody else reads it.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub advice: Words,
    /// Shown only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Asked again for each of several things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// The fields of the page.
    #[serde(rename = "field", default)]
    pub fields: Vec<Field>,
}

/// One field of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Stable id within the service; the key in records.
    pub id: String,
    /// The question.
    pub label: Words,
    /// Help under the question.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub hint: Words,
    /// What kind of value it takes.
    pub kind: Kind,
    /// Whether the step can be finished without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// The datum of the citizen's card that fills it (`full-name`, `birth-date`,
    /// `nic`, `document-number`, `nif`, `niss`, `sns`, `nationality`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// For [`Kind::Choice`] and [`Kind::Choices`]: the options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Revealed only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// For [`Kind::Photos`]: how many are asked for at least.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at_least: u8,
    /// For [`Kind::Photos`]: what they show may also be told aloud, in voice notes beside them.
    #[serde(default, skip_serializing_if = "is_no")]
    pub spoken: bool,
    /// What the citizen writes themselves on their own screen is hidden from the mediator. No
    /// condition looks at it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub private: bool,
    /// It is asked of the household, not of the person: what one of them answered is proposed to the others.
    #[serde(default, skip_serializing_if = "is_no")]
    pub household: bool,
    /// What a value is right by, beyond its kind.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub rules: Rules,
}

impl Field {
    /// A required field of that kind, with nothing else to it.
    #[must_use]
    pub fn new(id: impl Into<String>, label: Words, kind: Kind) -> Self {
        Self {
            id: id.into(),
            label,
            hint: Words::default(),
            kind,
            required: true,
            card: None,
            options: vec![],
            when: None,
            at_least: 0,
            spoken: false,
            private: false,
            household: false,
            rules: Rules::default(),
        }
    }

    /// Whether an answer of that provenance is hidden from the mediator.
    #[must_use]
    pub fn hides(&self, provenance: Provenance) -> bool {
        self.private && provenance == Provenance::Citizen
    }
}

/// What a value is right by, beyond its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// For lines: a regular expression that the whole of it fulfils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// A right value; said to whoever writes a wrong one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// For texts: the fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_chars: Option<u16>,
    /// For texts: the most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u16>,
    /// For numbers, and money in euros: the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// For numbers, and money in euros: the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// For dates: the first that is right. Without, 1900.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Day>,
    /// For dates: the last that is right. Without, today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Day>,
    /// For postal codes and telephones: only those of Portugal. Without, also those of other countries, written
    /// with the country.
    #[serde(default, skip_serializing_if = "is_no")]
    pub portugal: bool,
}

impl Rules {
    /// The first and the last date that are right.
    #[must_use]
    pub fn window(&self, today: Date) -> (Date, Date) {
        let first = self.earliest.map_or(Date::FIRST, |day| day.date(today));
        (first, self.latest.map_or(today, |day| day.date(today)))
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Stable id, stored as the value.
    pub id: String,
    /// What people read.
    pub label: Words,
}

/// The kinds of value; each is checked by [`crate::check::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A person's name.
    Name,
    /// A date, `yyyy-mm-dd` in records.
    Date,
    /// Civil identification number, 8 digits.
    Nic,
    /// Number printed on the card, `NNNNNNNN D XXD`.
    DocumentNumber,
    /// Tax number, 9 digits.
    Nif,
    /// Social-security number, 11 digits.
    Niss,
    /// Health-service user number, 9 digits.
    Sns,
    /// International bank account number.
    Iban,
    /// Postal code, `NNNN-NNN`; of another country behind its letters, `FR 75008`.
    PostalCode,
    /// Telephone; of another country with its code, `+33123456789`.
    Phone,
    /// E-mail address.
    Email,
    /// Euro amount, `1250.00` in records.
    Money,
    /// A whole number: how many.
    Number,
    /// Yes or no: `yes`, `no`.
    YesNo,
    /// One of the options.
    Choice,
    /// Any of the options; the value is a list of their ids.
    Choices,
    /// A statement the citizen agrees to; only `yes` finishes a required one.
    Consent,
    /// Photographs or scans with their dates; the value is a list of blob ids.
    Photos,
    /// Geographic position: `latitude,longitude,accuracy_m`.
    Position,
}

/// Who settles two different values of a field that were written apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// Money and identity: one person proposes, another one agrees.
    Two,
    /// Legal acts and whatever else: always a person, nothing is proposed.
    Person,
    /// Contact details: the later statement is proposed, an operator confirms.
    Later,
}

impl Kind {
    /// Whether the value is a number that the citizen's screen masks.
    #[must_use]
    pub fn is_masked(self) -> bool {
        matches!(
            self,
            Self::Nic
                | Self::DocumentNumber
                | Self::Nif
                | Self::Niss
                | Self::Sns
                | Self::Iban
                | Self::Phone
        )
    }

    /// Who settles a disagreement about such a value.
    #[must_use]
    pub fn settlement(self) -> Settlement {
        match self {
            Self::Phone | Self::Email | Self::PostalCode => Settlement::Later,
            Self::Iban
            | Self::Money
            | Self::Name
            | Self::Nic
            | Self::DocumentNumber
            | Self::Nif
            | Self::Niss
            | Self::Sns => Settlement::Two,
            _ => Settlement::Person,
        }
    }
}

impl Service {
    /// The steps that apply, given what was answered so far, on that day (`yyyy-mm-dd`). A
    /// step that repeats is there as often as it was asked for.
    pub fn steps_for<'a>(&'a self, values: &impl Values, today: &str) -> Vec<Cow<'a, Step>> {
        self.walk(values, today).0
    }

    /// The values without those of fields that do not apply: what conditions may look at.
    pub fn asked<'v, V: Values>(&self, values: &'v V, today: &str) -> Asked<'v, V> {
        let hidden = self.walk(values, today).1;
        Asked { values, hidden }
    }

    /// The steps that apply, and the fields that do not. Conditions look back only, so one
    /// pass from the front is enough.
    fn walk<'a>(
        &'a self,
        values: &impl Values,
        today: &str,
    ) -> (Vec<Cow<'a, Step>>, BTreeSet<String>) {
        let mut asked = Asked::all(values);
        let mut steps = Vec::new();
        for step in &self.steps {
            if step.when.as_ref().is_some_and(|w| !w.holds(&asked, today)) {
                let fields = step.every_instance();
                let gone =
                    fields.flat_map(|s| s.fields.iter().map(|f| f.id.clone()).collect::<Vec<_>>());
                asked.hidden.extend(gone);
                continue;
            }
            for instance in step.instances(values) {
                for field in &instance.fields {
                    if field.when.as_ref().is_some_and(|w| !w.holds(&asked, today)) {
                        asked.hidden.insert(field.id.clone());
                    }
                }
                steps.push(instance);
            }
        }
        (steps, asked.hidden)
    }

    /// The field with that id, wherever it stands. Of a step that repeats, the id may name one
    /// time of it (`invoice.2`); the definition is the same. The question whether there is one more
    /// time is a field too.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<Cow<'_, Field>> {
        let named = |step: &&Step, id: &str| step.fields.iter().any(|f| f.id == id);
        let (base, time) = apart(id);
        let asks_more = |s: &&Step| s.repeat.is_some() && s.more_id() == base;
        if let Some(step) = self.steps.iter().find(asks_more) {
            let most = step.repeat.as_ref().map_or(0, Repeat::last_number);
            return step.more(time.filter(|n| *n < most)?).map(Cow::Owned);
        }
        let step = self.steps.iter().find(|s| named(s, base))?;
        let fits = match (&step.repeat, time) {
            (None, None) => true,
            (Some(repeat), Some(n)) => n <= repeat.last_number(),
            // The definition alone, whatever time.
            (Some(_), None) => true,
            (None, Some(_)) => false,
        };
        let field = step.fields.iter().find(|f| fits && f.id == base);
        field.map(Cow::Borrowed)
    }

    /// The step with that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        let (base, _) = apart(id);
        self.steps.iter().find(|s| s.id == base)
    }

    /// Whether it can be asked for on that day, `yyyy-mm-dd`.
    #[must_use]
    pub fn is_open_on(&self, day: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= day)
            && self.until.as_deref().is_none_or(|until| day <= until)
    }

    /// Who sees the data: the service's own word, else its agency's.
    #[must_use]
    pub fn privacy_notice(&self) -> &Words {
        match self.privacy.is_empty() {
            true => &self.by.privacy,
            false => &self.privacy,
        }
    }

    /// Answers that lead to the step on the day [`EXAMPLE_DAY`], if there are any; none are
    /// needed where the step is always asked.
    #[must_use]
    pub fn path_to(&self, step: &Step) -> Option<BTreeMap<String, String>> {
        let Some(when) = &step.when else {
            return Some(BTreeMap::new());
        };
        match check::paths::reach(self, when) {
            check::paths::Reach::With(values) => Some(values),
            check::paths::Reach::Never | check::paths::Reach::Unknown => None,
        }
    }

    /// The guide "alone next time" as one text in that language.
    #[must_use]
    pub fn guide(&self, lang: &str) -> String {
        let steps: Vec<&str> = self.alone.iter().map(|s| s.get(lang)).collect();
        steps.join(" ")
    }
}

impl Step {
    /// The fields that apply, given what was asked and answered so far ([`Service::asked`]), on
    /// that day (`yyyy-mm-dd`).
    pub fn fields_for<'s, V: Values>(
        &'s self,
        values: &Asked<'_, V>,
        today: &str,
    ) -> impl Iterator<Item = &'s Field> {
        self.fields
            .iter()
            .filter(|f| f.when.as_ref().is_none_or(|w| w.holds(values, today)))
    }
}

impl Catalogue {
    /// Reads a catalogue that is one file, and checks that it is consistent.
    ///
    /// # Errors
    /// All faults found are named, each with its line and what to do.
    pub fn parse(toml: &str) -> Result<Self, CatalogueError> {
        source::read(&[Source {
            name: source::HEAD.to_owned(),
            text: toml.to_owned(),
        }])
    }

    /// The one way in which it is written when it travels: what is signed.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        // Nothing in it can fail to be written: texts, numbers, lists.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`Catalogue::canonical`] wrote, and checks it as if it were new.
    ///
    /// # Errors
    /// As [`source::read`], without lines.
    pub fn from_canonical(json: &[u8]) -> Result<Self, CatalogueError> {
        source::read_canonical(json)
    }

    /// The service with that id.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id == id)
    }

    /// The standard with that id.
    #[must_use]
    pub fn standard(&self, id: &str) -> Option<&Standard> {
        self.standards.iter().find(|s| s.id == id)
    }

    /// Gives each service its agency.
    fn join_agencies(&mut self) {
        let by_id: BTreeMap<&str, &Agency> =
            self.agencies.iter().map(|a| (a.id.as_str(), a)).collect();
        for service in &mut self.services {
            if let Some(agency) = by_id.get(service.agency.as_str()) {
                service.by = (*agency).clone();
            }
        }
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_no(yes: &bool) -> bool {
    !yes
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

fn portuguese() -> Vec<String> {
    vec!["pt".into()]
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
