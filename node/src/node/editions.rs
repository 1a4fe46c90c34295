//! The editions of the catalogue that are here: what is offered, and what a request stands under.

use vereda_sync::catalogue::{Catalogue, Field, Service, Words};

use crate::clock;

impl super::Node {
    /// Whether the newest edition here is older than it should ever be: somebody keeps back what
    /// was published since, or nobody brought it.
    #[must_use]
    pub fn catalogue_is_old(&self) -> bool {
        let today = clock::day(self.now_ms());
        let last = self.catalogue.stale_after.as_ref();
        last.is_some_and(|last| *last < today)
    }

    /// A service as it was in that edition; one that was never here reads as the newest.
    #[must_use]
    pub fn service(&self, id: &str, edition: u32) -> Option<&Service> {
        let kept = self.edition(edition).and_then(|c| c.service(id));
        kept.or_else(|| self.latest(id))
    }

    /// A service in the newest edition that has it.
    #[must_use]
    pub fn latest(&self, id: &str) -> Option<&Service> {
        let older = || self.editions.values().rev().find_map(|c| c.service(id));
        self.catalogue.service(id).or_else(older)
    }

    /// A field that only an older edition of the service asks, with that behind its label.
    #[must_use]
    pub fn once_asked(&self, service: &str, id: &str) -> Option<Field> {
        let older = self.editions.values().rev();
        let field = older
            .filter_map(|c| c.service(service))
            .find_map(|s| s.field(id))?;
        Some(Field {
            id: id.to_owned(),
            label: Words::from([(
                "pt",
                format!("{} (já não se pergunta)", field.label.pt()).as_str(),
            )]),
            ..field.clone()
        })
    }

    /// An edition that was here.
    fn edition(&self, edition: u32) -> Option<&Catalogue> {
        match edition == self.catalogue.edition {
            true => Some(&self.catalogue),
            false => self.editions.get(&edition),
        }
    }

    /// The services that are offered today.
    #[must_use]
    pub fn offered(&self) -> Vec<Service> {
        let today = clock::day(self.now_ms());
        let services = self.catalogue.services.iter();
        services.filter_map(|s| s.on(&today)).collect()
    }
}
