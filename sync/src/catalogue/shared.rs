//! What one service asks of several people at once, and what of each alone.

use super::{Field, Kind, Service};

impl Field {
    /// Whether one answer may do for several people: what is not of a person. Numbers, names, dates, accounts,
    /// agreements, photographs, and what only the citizen may see are asked of each; so is what a card knows.
    #[must_use]
    pub fn may_be_shared(&self) -> bool {
        let is_of_nobody = matches!(
            self.kind,
            Kind::Text
                | Kind::LongText
                | Kind::PostalCode
                | Kind::Phone
                | Kind::Email
                | Kind::Number
                | Kind::YesNo
                | Kind::Choice
                | Kind::Choices
        );
        is_of_nobody && self.card.is_none() && !self.private
    }
}

impl Field {
    /// Whether it asks one person for what another service's field asks too, so that one answer does for both: the same id,
    /// kind and options. What is agreed to or photographed is of one request alone, and so is what only the citizen sees.
    #[must_use]
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let is_of_one = matches!(self.kind, Kind::Consent | Kind::Photos) || self.private;
        let options = |field: &Self| {
            let ids = field.options.iter().map(|option| option.id.clone());
            ids.collect::<Vec<String>>()
        };
        !is_of_one
            && !other.private
            && self.id == other.id
            && self.kind == other.kind
            && options(self) == options(other)
    }
}

impl Field {
    /// Whether a catalogue may call it the household's: the house, what became of it, where it is, how they are reached. Numbers,
    /// names, accounts, what is agreed to and photographs are of one person or one request.
    #[must_use]
    pub fn may_be_of_household(&self) -> bool {
        let is_of_nobody =
            self.may_be_shared() || matches!(self.kind, Kind::Date | Kind::Money | Kind::Position);
        is_of_nobody && self.card.is_none() && !self.private
    }

    /// Whether what somebody answered here does for another of their household whom `other` asks.
    #[must_use]
    pub fn asks_the_household(&self, other: &Self) -> bool {
        self.household && other.household && self.may_be_of_household() && self.asks_the_same(other)
    }
}

impl Service {
    /// The fields that are asked once, whatever is answered how often.
    pub fn single_fields(&self) -> impl Iterator<Item = &Field> {
        let steps = self.steps.iter().filter(|step| step.repeat.is_none());
        steps.flat_map(|step| &step.fields)
    }

    /// The fields that can be asked once for several people, in order: those that stand whatever else is
    /// answered.
    pub fn shared_fields(&self) -> impl Iterator<Item = &Field> {
        let steps = self.steps.iter();
        let always = steps.filter(|step| step.when.is_none() && step.repeat.is_none());
        let fields = always.flat_map(|step| &step.fields);
        fields.filter(|field| field.when.is_none() && field.may_be_shared())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Words;
    use super::*;

    #[test]
    fn one_answer_does_for_what_is_asked_alike() {
        let field = |id: &str, kind| Field::new(id, Words::from([("pt", "x")]), kind);
        let phone = field("phone", Kind::Phone);
        let relabelled = Field {
            label: Words::from([("pt", "Telemóvel")]),
            required: false,
            ..phone.clone()
        };
        assert!(phone.asks_the_same(&relabelled));
        assert!(!phone.asks_the_same(&field("phone", Kind::Text)));
        assert!(!phone.asks_the_same(&field("mobile", Kind::Phone)));
        let truth = field("truth", Kind::Consent);
        assert!(!truth.asks_the_same(&truth), "it is agreed to each time");
        let private = Field {
            private: true,
            ..phone.clone()
        };
        assert!(!phone.asks_the_same(&private) && !private.asks_the_same(&phone));
        let mut choice = field("tenure", Kind::Choice);
        choice.options = vec![super::super::Choice {
            id: "own".into(),
            label: Words::from([("pt", "x")]),
        }];
        assert!(!choice.asks_the_same(&field("tenure", Kind::Choice)));
    }

    #[test]
    fn of_a_household_only_what_both_services_call_so_is_asked_once() {
        let field = |kind, household| Field {
            household,
            ..Field::new("x", Words::from([("pt", "x")]), kind)
        };
        let address = field(Kind::Text, true);
        assert!(address.asks_the_household(&address));
        assert!(!address.asks_the_household(&field(Kind::Text, false)));
        assert!(!field(Kind::Text, false).asks_the_household(&address));
        for kind in [Kind::Date, Kind::Money, Kind::Position] {
            assert!(field(kind, true).asks_the_household(&field(kind, true)));
        }
        // Whatever a catalogue says, a number or an account is nobody else's.
        for kind in [Kind::Nif, Kind::Iban, Kind::Name, Kind::Consent] {
            assert!(!field(kind, true).asks_the_household(&field(kind, true)));
        }
    }

    #[test]
    fn what_is_of_a_person_is_asked_of_each() {
        let label = || Words::from([("pt", "x")]);
        for kind in [
            Kind::Name,
            Kind::Date,
            Kind::Nic,
            Kind::DocumentNumber,
            Kind::Nif,
            Kind::Niss,
            Kind::Sns,
            Kind::Iban,
            Kind::Money,
            Kind::Consent,
            Kind::Photos,
            Kind::Position,
        ] {
            assert!(!Field::new("x", label(), kind).may_be_shared(), "{kind:?}");
        }
        let address = Field::new("x", label(), Kind::Text);
        assert!(address.may_be_shared());
        let of_card = Field {
            card: Some("nationality".into()),
            ..address.clone()
        };
        let private = Field {
            private: true,
            ..address
        };
        assert!(!of_card.may_be_shared() && !private.may_be_shared());
    }
}
