//! The catalogue: services as data. Fees, forms and rules change; the code does
//! not. A catalogue is a TOML file, read and checked whole before it is used.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

mod check;
pub mod search;

/// Largest catalogue file that is read, in bytes.
pub const MAX_CATALOGUE_BYTES: usize = 4 << 20;

/// The services that a spot offers, under one edition number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Grows with every publication; a request keeps the edition it was made under.
    pub edition: u32,
    /// From which day the edition holds, `yyyy-mm-dd`.
    pub valid_from: String,
    /// The services, in the order in which they are listed.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
}

/// A text in several languages; Portuguese is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// The text in `lang`, else in Portuguese.
    #[must_use]
    pub fn get(&self, lang: &str) -> &str {
        self.0
            .get(lang)
            .or_else(|| self.0.get("pt"))
            .map_or("", String::as_str)
    }

    /// The Portuguese text, which the law and the mediator read.
    #[must_use]
    pub fn pt(&self) -> &str {
        self.get("pt")
    }

    /// Whether the text was translated to `lang`.
    #[must_use]
    pub fn has(&self, lang: &str) -> bool {
        self.0.contains_key(lang)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Words {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        )
    }
}

/// What happens to a request of this service that is recorded without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable id, `a-z0-9-`.
    pub id: String,
    /// Short name of the agency, as people know it.
    pub agency: String,
    /// Name of the service.
    pub title: Words,
    /// One sentence: what it is for.
    pub summary: Words,
    /// Other words under which people look for it (folded when compared).
    #[serde(default)]
    pub keywords: Vec<String>,
    /// What can be done without a network.
    pub offline: Offline,
    /// How long it usually takes at the desk, in minutes.
    pub minutes: u16,
    /// What it costs.
    #[serde(default)]
    pub fee: Fee,
    /// What the citizen should bring.
    #[serde(default)]
    pub bring: Vec<Words>,
    /// What happens after it is recorded.
    pub next: Words,
    /// How to do it alone next time.
    pub alone: Words,
    /// Who sees the data, and that they cannot share it further.
    pub privacy: Words,
    /// The steps of the form, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// What a service costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Price in euro cents; 0 is free.
    #[serde(default)]
    pub cents: u32,
    /// The fee is waived when one of these conditions holds.
    #[serde(default)]
    pub free_when: Vec<When>,
}

/// One page of the form: a question or one small group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable id within the service.
    pub id: String,
    /// Name shown in the list of steps.
    pub title: Words,
    /// Shown only when this holds.
    #[serde(default)]
    pub when: Option<When>,
    /// The fields of the page.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// One field of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Stable id within the service; the key in records.
    pub id: String,
    /// The question.
    pub label: Words,
    /// Help under the question.
    #[serde(default)]
    pub hint: Words,
    /// What kind of value it takes.
    pub kind: Kind,
    /// Whether the step can be finished without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// The datum of the citizen's card that fills it (`full-name`, `birth-date`,
    /// `nic`, `document-number`, `nif`, `niss`, `sns`, `nationality`).
    #[serde(default)]
    pub card: Option<String>,
    /// For [`Kind::Choice`]: the options.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Revealed only when this holds.
    #[serde(default)]
    pub when: Option<When>,
    /// For [`Kind::Photos`]: how many are asked for at least.
    #[serde(default)]
    pub at_least: u8,
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Stable id, stored as the value.
    pub id: String,
    /// What people read.
    pub label: Words,
}

/// A condition on another field of the same service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The field looked at.
    pub field: String,
    /// It holds when the field's value is one of these.
    pub is: Vec<String>,
}

/// The kinds of value; each is checked by [`crate::check::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Portuguese postal code, `NNNN-NNN`.
    PostalCode,
    /// Telephone.
    Phone,
    /// E-mail address.
    Email,
    /// Euro amount, `1250.00` in records.
    Money,
    /// One of the options.
    Choice,
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
    /// Legal acts, money, identity: always a person, nothing is proposed.
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
            _ => Settlement::Person,
        }
    }
}

impl When {
    /// Whether the condition holds for the given values.
    pub fn holds<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
        value_of(&self.field).is_some_and(|v| self.is.iter().any(|is| is == v))
    }
}

/// Values by field id, as conditions look at them.
pub trait Values {
    /// The value of a field, if it has one.
    fn value(&self, field: &str) -> Option<&str>;
}

impl Values for BTreeMap<String, crate::answer::Answer> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(|a| a.value.as_str())
    }
}

impl Service {
    /// The steps that apply, given what was answered so far.
    pub fn steps_for<'a, 'v, V: Values>(
        &'a self,
        values: &'v V,
    ) -> impl Iterator<Item = &'a Step> + use<'a, 'v, V> {
        self.steps
            .iter()
            .filter(|s| s.when.as_ref().is_none_or(|w| w.holds(|f| values.value(f))))
    }

    /// The field with that id, wherever it stands.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.steps
            .iter()
            .flat_map(|s| &s.fields)
            .find(|f| f.id == id)
    }

    /// The step with that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == id)
    }

    /// The fee in cents, given what was answered.
    #[must_use]
    pub fn fee_cents(&self, values: &impl Values) -> u32 {
        if self
            .fee
            .free_when
            .iter()
            .any(|w| w.holds(|f| values.value(f)))
        {
            0
        } else {
            self.fee.cents
        }
    }
}

impl Step {
    /// The fields that apply, given what was answered so far.
    pub fn fields_for<'a>(&'a self, values: &'a impl Values) -> impl Iterator<Item = &'a Field> {
        self.fields
            .iter()
            .filter(|f| f.when.as_ref().is_none_or(|w| w.holds(|f| values.value(f))))
    }
}

/// Why a catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Larger than [`MAX_CATALOGUE_BYTES`].
    #[error("the catalogue has {0} bytes; at most {MAX_CATALOGUE_BYTES} are read")]
    TooLarge(usize),
    /// Not TOML, or not of the shape of a catalogue.
    #[error("the catalogue cannot be read: {0}")]
    Malformed(#[from] toml::de::Error),
    /// Well-formed, but it contradicts itself.
    #[error("the catalogue contradicts itself:\n{}", .0.join("\n"))]
    Inconsistent(Vec<String>),
}

impl Catalogue {
    /// Reads a catalogue and checks that it is consistent.
    ///
    /// # Errors
    /// All faults found are named, each with its service and field.
    pub fn parse(toml: &str) -> Result<Self, CatalogueError> {
        if toml.len() > MAX_CATALOGUE_BYTES {
            return Err(CatalogueError::TooLarge(toml.len()));
        }
        let catalogue: Self = toml::from_str(toml)?;
        let faults = check::faults(&catalogue);
        if faults.is_empty() {
            Ok(catalogue)
        } else {
            Err(CatalogueError::Inconsistent(faults))
        }
    }

    /// The service with that id.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id == id)
    }

    fn ids_are_unique<'a>(ids: impl Iterator<Item = &'a str>) -> Result<(), String> {
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(id) {
                return Err(format!("the id `{id}` is used twice"));
            }
        }
        Ok(())
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::answer::{Answer, Provenance};

    const DEMO: &str = include_str!("../../images/demo/catalogue.toml");

    #[test]
    fn the_catalogue_of_the_demonstration_holds_together() {
        let catalogue = Catalogue::parse(DEMO).unwrap();
        assert_eq!(catalogue.services.len(), 3);
        for service in &catalogue.services {
            for words in [
                &service.title,
                &service.summary,
                &service.next,
                &service.alone,
                &service.privacy,
            ] {
                assert!(words.has("pt") && words.has("en"), "{}", service.id);
            }
            for field in service.steps.iter().flat_map(|s| &s.fields) {
                assert!(field.label.has("en"), "{} {}", service.id, field.id);
            }
        }
    }

    #[test]
    fn conditions_reveal_steps_and_waive_the_fee() {
        let catalogue = Catalogue::parse(DEMO).unwrap();
        let service = catalogue.service("registo-criminal").unwrap();
        let with = |pairs: &[(&str, &str)]| -> BTreeMap<String, Answer> {
            let answer = |v: &str| Answer {
                value: v.into(),
                provenance: Provenance::Typed,
            };
            pairs
                .iter()
                .map(|(f, v)| ((*f).to_owned(), answer(v)))
                .collect()
        };
        let steps = |values: &BTreeMap<String, Answer>| -> Vec<String> {
            service.steps_for(values).map(|s| s.id.clone()).collect()
        };
        assert_eq!(steps(&with(&[])), ["purpose", "contact"]);
        assert_eq!(
            steps(&with(&[("for-whom", "other")])),
            ["purpose", "subject", "contact"]
        );
        assert_eq!(service.fee_cents(&with(&[("purpose", "work")])), 500);
        assert_eq!(service.fee_cents(&with(&[("purpose", "adoption")])), 0);
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (from, to, said) in [
            (
                "is = [\"other\"] }\n[[",
                "is = [\"othr\"] }\n[[",
                "`purpose` = `othr`, which can never be",
            ),
            ("card = \"sns\"", "card = \"pin\"", "the card has no `pin`"),
            (
                "id = \"registo-criminal\"",
                "id = \"cesd\"",
                "the id `cesd` is used twice",
            ),
            ("edition = 3", "edtion = 3", "edtion"),
        ] {
            let fault = Catalogue::parse(&DEMO.replacen(from, to, 1))
                .unwrap_err()
                .to_string();
            assert!(fault.contains(said), "{fault}");
        }
    }

    #[test]
    fn search_forgives_accents_slips_and_beginnings() {
        let catalogue = Catalogue::parse(DEMO).unwrap();
        for (query, first) in [
            ("cartao europeu", "cesd"),
            ("Cartão EUROPEU", "cesd"),
            ("catrão europeu", "cesd"),
            ("crimi", "registo-criminal"),
            ("cadastro", "registo-criminal"),
            ("habitaçao", "apoio-habitacao"),
            ("incendio", "apoio-habitacao"),
            ("telado", "apoio-habitacao"),
        ] {
            let hits = search::search(&catalogue, query);
            assert_eq!(hits.first().map(|s| s.id.as_str()), Some(first), "{query}");
        }
        assert!(search::search(&catalogue, "xilofone").is_empty());
    }
}
