//! Who has which conflict open now, so that two people do not settle the same one unawares. Nobody is kept from it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vereda_web::desk::port::Person;

/// How long after a look somebody is held to look still: a page draws itself anew when anything happens.
const STILL: Duration = Duration::from_secs(180);
/// Most looks that are remembered.
const MOST: usize = 1_000;

/// By conflict and person: their name, and when they looked last.
#[derive(Debug, Default)]
pub(super) struct Looking(Mutex<HashMap<(String, String), (String, Instant)>>);

impl Looking {
    /// Somebody looks; gives the names of the others who do.
    pub(super) fn look(&self, conflict: &str, person: &Person) -> Vec<String> {
        let now = Instant::now();
        // What panicked while it held this left a map that is whole.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, at)| now.duration_since(*at) < STILL);
        if all.len() < MOST {
            let key = (conflict.to_owned(), person.id.clone());
            all.insert(key, (person.name.clone(), now));
        }
        let others = all
            .iter()
            .filter(|((of, who), _)| of == conflict && *who != person.id);
        let mut others: Vec<String> = others.map(|(_, (name, _))| name.clone()).collect();
        others.sort();
        others
    }

    /// It is settled: nobody looks at it any longer.
    pub(super) fn forget(&self, conflict: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(of, _), _| of != conflict);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sees_the_others_until_it_is_settled() {
        let person = |id: &str| Person {
            id: id.into(),
            name: id.to_uppercase(),
        };
        let looking = Looking::default();
        assert!(looking.look("c1", &person("a")).is_empty());
        assert!(looking.look("c2", &person("b")).is_empty());
        assert_eq!(looking.look("c1", &person("b")), ["A"]);
        assert_eq!(looking.look("c1", &person("a")), ["B"]);
        looking.forget("c1");
        assert!(looking.look("c1", &person("b")).is_empty());
    }
}
