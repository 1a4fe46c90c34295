//! Who there is: listed, let in, changed, sent away.

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// What somebody does, at a desk or at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyRole {
    /// Serves citizens at a desk.
    Mediator,
    /// Leads the crew of a vehicle, and serves citizens too.
    CrewLead,
    /// Settles what disagrees.
    Operator,
    /// Answers desks, at the contact centre.
    Agent,
    /// Looks after spots, people and the catalogue.
    Administrator,
    /// Reads what was done, and changes nothing.
    Auditor,
}

impl AnyRole {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Mediator,
        Self::CrewLead,
        Self::Operator,
        Self::Agent,
        Self::Administrator,
        Self::Auditor,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mediator => "mediador",
            Self::CrewLead => "chefe de equipa",
            Self::Operator => "operador",
            Self::Agent => "agente do centro de contacto",
            Self::Administrator => "administrador",
            Self::Auditor => "auditor",
        }
    }

    /// What somebody with it does.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::Mediator => "atende cidadãos num balcão",
            Self::CrewLead => "conduz uma equipa, e atende também",
            Self::Operator => "decide o que não coincide",
            Self::Agent => "responde aos balcões",
            Self::Administrator => "trata de postos, pessoas e catálogo; dá-se por duas pessoas",
            Self::Auditor => "vê o que foi feito, e não muda nada",
        }
    }

    /// Its name in an address and in a form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Mediator => "mediador",
            Self::CrewLead => "chefe",
            Self::Operator => "operador",
            Self::Agent => "agente",
            Self::Administrator => "administrador",
            Self::Auditor => "auditor",
        }
    }

    /// The inverse of [`AnyRole::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Of which people a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seen {
    /// Who is here.
    #[default]
    Here,
    /// Who has a last day, and has not left yet.
    Leaving,
    /// Who has not signed in for 90 days, or never did.
    Silent,
    /// Who has a PIN of one use, and did not choose their own yet.
    New,
    /// Who left.
    Gone,
}

/// Which people are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhichPeople {
    /// In their name or their user.
    pub text: String,
    /// With that role.
    pub role: Option<AnyRole>,
    /// Whose word holds in that region, by id; or empty.
    pub region: String,
    /// Who sign in at that spot, by id; or empty.
    pub spot: String,
    /// How they are.
    pub seen: Seen,
    /// From 0.
    pub page: u32,
}

/// An id, and what it is called.
pub type Named = (String, String);

/// Somebody in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Their user.
    pub id: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub roles: Vec<AnyRole>,
    /// Where, by name of region; `None`: everywhere.
    pub regions: Option<Vec<String>>,
    /// At which spots alone, by name; `None`: at all of their regions.
    pub spots: Option<Vec<String>>,
    /// Their last day, `yyyy-mm-dd`.
    pub ends: Option<String>,
    /// They left.
    pub is_gone: bool,
    /// The last day of their PIN of one use, `yyyy-mm-dd`.
    pub once: Option<String>,
    /// When they signed in last, of which the hub knows.
    pub signed_in: Option<Moment>,
    /// It is whoever looks.
    pub own: bool,
}

/// The people.
#[derive(Debug, Clone)]
pub struct PeopleView {
    /// Those of the page, by name.
    pub rows: Vec<PersonRow>,
    /// How many are so.
    pub found: u64,
    /// How many there are that whoever looks may see.
    pub all: u64,
    /// Pages.
    pub pages: u32,
    /// What waits for a second person.
    pub waits: Vec<Waits>,
    /// Regions that whoever looks can give.
    pub regions: Vec<Named>,
    /// They can give the whole country.
    pub gives_all: bool,
    /// Spots that they can give.
    pub spots: Vec<Named>,
    /// For how many days a list is good that spots are given; `None`: this hub gives none.
    pub list_days: Option<i64>,
}

/// Something that one person proposed, and another has to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Of whom: their user and name.
    pub of: Named,
    /// Who proposes it.
    pub by: String,
    /// It was whoever looks.
    pub own: bool,
    /// When.
    pub at: Moment,
    /// What would change, one line each.
    pub what: Vec<String>,
    /// What whoever agrees has seen.
    pub shown: String,
    /// The person was changed meanwhile: it can only be taken back.
    pub is_stale: bool,
}

/// Somebody, to be changed.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// As they are; `None`: they are only proposed yet.
    pub row: Option<PersonRow>,
    /// As a form has them.
    pub typed: PersonTyped,
    /// What whoever changes them has seen.
    pub shown: String,
    /// Who changed them last at the console, and when.
    pub changed: Option<(String, Moment)>,
    /// What waits for a second person.
    pub waits: Option<Waits>,
    /// As in [`PeopleView`].
    pub regions: Vec<Named>,
    /// As in [`PeopleView`].
    pub gives_all: bool,
    /// As in [`PeopleView`].
    pub spots: Vec<Named>,
}

/// Somebody as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonTyped {
    /// Their user.
    pub id: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub roles: Vec<AnyRole>,
    /// Everywhere, instead of in regions.
    pub everywhere: bool,
    /// In which regions, by id.
    pub regions: Vec<String>,
    /// At which spots alone, by name or id, one a line; or empty.
    pub spots: String,
    /// Their last day, `yyyy-mm-dd`; or empty.
    pub ends: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is so now.
    Kept,
    /// It is so now, and they have a PIN of one use that is shown this once.
    Pin {
        /// Whose.
        name: String,
        /// The PIN, or its second half when two persons agreed: the first half was shown to who proposed it.
        pin: String,
        /// It is a half.
        is_half: bool,
        /// Until which day it is good, `yyyy-mm-dd`.
        until: String,
    },
    /// It waits for a second person.
    Proposed {
        /// The first half of their PIN of one use, shown this once; `None`: they keep theirs.
        half: Option<String>,
    },
}

/// People: who there is, and what they may. Every change is a line of the account, and reaches the spots with the next list.
///
/// That somebody becomes an administrator, or gets another PIN as one, is proposed by one and agreed to by another, and each
/// of the two has one half of the PIN; nobody takes the last administrator of the whole country away.
pub trait PeopleDesk {
    /// Who there is.
    ///
    /// # Errors
    /// When the store does not answer.
    fn people_listed(
        &self,
        session: &Session,
        which: &WhichPeople,
    ) -> Result<PeopleView, DeskError>;
    /// One of them.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] of nobody, and of who is beyond the regions of whoever looks.
    fn one_of_people(&self, session: &Session, id: &str) -> Result<PersonView, DeskError>;
    /// Lets somebody in who is new.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something is missing or cannot be, or the user is taken, also by who left.
    fn add_person(&self, session: &Session, typed: &PersonTyped) -> Result<Done, DeskError>;
    /// Changes somebody as `shown`.
    ///
    /// # Errors
    /// As [`PeopleDesk::add_person`], and when another changed them meanwhile.
    fn change_person(
        &self,
        session: &Session,
        shown: &str,
        typed: &PersonTyped,
    ) -> Result<Done, DeskError>;
    /// Gives somebody a PIN of one use.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when another changed them meanwhile, or they left.
    fn issue_pin(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError>;
    /// Somebody leaves now: signed out at the hub at once, at a spot with its next contact.
    ///
    /// # Errors
    /// As [`PeopleDesk::change_person`].
    fn send_away(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError>;
    /// The second person agrees to what waits.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is another's by now, or who agrees proposed it or is meant by it.
    fn agree_person(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError>;
    /// Takes back what waits.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when nothing does.
    fn drop_person_proposal(&self, session: &Session, id: &str) -> Result<(), DeskError>;
}
