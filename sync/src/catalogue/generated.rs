//! Catalogues that nobody wrote: what the check lets pass has no dead ends and everything in it
//! is within reach, and what it refuses deserves it. Beside it stands a judge of its own, which
//! tries all answers that there are.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::Catalogue;

const DAY: &str = "2026-11-22";
/// Conditions that hold for a field, or do not.
#[derive(Debug, Clone)]
enum Ask {
    Is(u8),
    IsNot(u8),
    Answered(bool),
}

#[derive(Debug, Clone)]
enum Cond {
    Leaf(Index, Ask),
    All(Vec<Cond>),
    Any(Vec<Cond>),
}

/// A choice of so many options, or a yes or no, and when it is asked.
#[derive(Debug, Clone)]
struct Question {
    options: u8,
    when: Option<Cond>,
}

#[derive(Debug, Clone)]
struct Page {
    when: Option<Cond>,
    questions: Vec<Question>,
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        4 => any::<u8>().prop_map(Ask::Is),
        2 => any::<u8>().prop_map(Ask::IsNot),
        1 => any::<bool>().prop_map(Ask::Answered),
    ]
}

fn cond() -> impl Strategy<Value = Cond> {
    let leaf = (any::<Index>(), ask()).prop_map(|(at, ask)| Cond::Leaf(at, ask));
    leaf.prop_recursive(2, 4, 2, |inside| {
        let some = || vec(inside.clone(), 2..=2);
        prop_oneof![some().prop_map(Cond::All), some().prop_map(Cond::Any)]
    })
}

fn pages() -> impl Strategy<Value = Vec<Page>> {
    let sometimes = || proptest::option::weighted(0.6, cond());
    let question = (2..=3_u8, sometimes()).prop_map(|(options, when)| Question { options, when });
    let page = (sometimes(), vec(question, 1..=2));
    vec(
        page.prop_map(|(when, questions)| Page { when, questions }),
        1..=3,
    )
}

/// The same pages with conditions that look at what stands before them, where anything does:
/// most that people write do.
fn looking_back(pages: &[Page]) -> Form {
    let options: Vec<u8> = pages
        .iter()
        .flat_map(|p| &p.questions)
        .map(|q| q.options)
        .collect();
    let mut place = 0;
    let mut form = Form { pages: vec![] };
    for page in pages {
        let when = page
            .when
            .as_ref()
            .and_then(|w| resolved(w, &options[..place]));
        let mut questions = Vec::new();
        for question in &page.questions {
            let back = &options[..place];
            let when = question.when.as_ref().and_then(|w| resolved(w, back));
            questions.push((question.options, when));
            place += 1;
        }
        form.pages.push((when, questions));
    }
    form
}

/// A condition whose fields and options are known.
#[derive(Debug, Clone)]
enum When {
    Is(usize, u8),
    IsNot(usize, u8),
    Answered(usize, bool),
    All(Vec<When>),
    Any(Vec<When>),
}

fn resolved(cond: &Cond, before: &[u8]) -> Option<When> {
    let inside = |list: &[Cond]| {
        list.iter()
            .map(|c| resolved(c, before))
            .collect::<Option<Vec<_>>>()
    };
    Some(match cond {
        Cond::Leaf(..) if before.is_empty() => return None,
        Cond::Leaf(at, ask) => {
            let field = at.index(before.len());
            match ask {
                Ask::Is(n) => When::Is(field, n % before[field]),
                Ask::IsNot(n) => When::IsNot(field, n % before[field]),
                Ask::Answered(yes) => When::Answered(field, *yes),
            }
        }
        Cond::All(list) => When::All(inside(list)?),
        Cond::Any(list) => When::Any(inside(list)?),
    })
}

impl When {
    fn toml(&self) -> String {
        let list = |list: &[Self]| list.iter().map(Self::toml).collect::<Vec<_>>().join(", ");
        match self {
            Self::Is(f, n) => format!("{{ field = 'f{f}', is = ['o{n}'] }}"),
            Self::IsNot(f, n) => format!("{{ field = 'f{f}', is_not = ['o{n}'] }}"),
            Self::Answered(f, yes) => format!("{{ field = 'f{f}', answered = {yes} }}"),
            Self::All(inside) => format!("{{ all = [{}] }}", list(inside)),
            Self::Any(inside) => format!("{{ any = [{}] }}", list(inside)),
        }
    }

    /// The judge's reading of it.
    fn holds(&self, answers: &[Option<u8>]) -> bool {
        match self {
            Self::Is(f, n) => answers[*f] == Some(*n),
            Self::IsNot(f, n) => answers[*f].is_some_and(|a| a != *n),
            Self::Answered(f, yes) => answers[*f].is_some() == *yes,
            Self::All(inside) => inside.iter().all(|w| w.holds(answers)),
            Self::Any(inside) => inside.iter().any(|w| w.holds(answers)),
        }
    }
}

type Asked = Option<When>;

/// What the judge and the catalogue are both told.
#[derive(Debug)]
struct Form {
    pages: Vec<(Asked, Vec<(u8, Asked)>)>,
}

impl Form {
    fn toml(&self) -> String {
        let mut out = "edition = 1\nvalid_from = '2026-01-01'\n\
            [[agency]]\nid = 'a'\nname = 'A'\nprivacy = 'p'\n\
            [[service]]\nid = 's'\nagency = 'a'\ntitle = 't'\nsummary = 's'\noffline = 'queued'\n\
            minutes = 1\nnext = 'n'\n"
            .to_owned();
        let when = |asked: &Asked| match asked {
            Some(when) => format!("when = {}\n", when.toml()),
            None => String::new(),
        };
        let mut place = 0;
        for (at, (asked, questions)) in self.pages.iter().enumerate() {
            let when_page = when(asked);
            write!(
                out,
                "[[service.step]]\nid = 's{at}'\ntitle = 't'\n{when_page}"
            )
            .unwrap();
            for (options, asked) in questions {
                let options: Vec<String> = (0..*options)
                    .map(|n| format!("{{ id = 'o{n}', label = 'l{n}' }}"))
                    .collect();
                let (options, when) = (options.join(", "), when(asked));
                write!(
                    out,
                    "[[service.step.field]]\nid = 'f{place}'\nlabel = 'l'\nkind = 'choice'\noptions = [{options}]\n{when}"
                )
                .unwrap();
                place += 1;
            }
        }
        out
    }

    fn options(&self) -> Vec<u8> {
        self.pages
            .iter()
            .flat_map(|(_, q)| q)
            .map(|(options, _)| *options)
            .collect()
    }

    /// Which pages and questions are asked with these answers, as the judge sees it.
    fn shown(&self, answers: &[Option<u8>]) -> (Vec<bool>, Vec<bool>) {
        let mut counted = vec![None; answers.len()];
        let (mut pages, mut questions) = (vec![], vec![]);
        for (asked, inside) in &self.pages {
            let page = asked.as_ref().is_none_or(|w| w.holds(&counted));
            pages.push(page);
            for (_, asked) in inside {
                let place = questions.len();
                let shown = page && asked.as_ref().is_none_or(|w| w.holds(&counted));
                if shown {
                    counted[place] = answers[place];
                }
                questions.push(shown);
            }
        }
        (pages, questions)
    }

    /// All answers that there are.
    fn all_answers(&self) -> Vec<Vec<Option<u8>>> {
        let mut all = vec![vec![]];
        for options in self.options() {
            let choices = std::iter::once(None).chain((0..options).map(Some));
            all = choices
                .flat_map(|one| all.iter().map(move |a| [a.as_slice(), &[one]].concat()))
                .collect();
        }
        all
    }

    /// The first page or question that no answers lead to, as people call it.
    fn out_of_reach(&self) -> Option<String> {
        let (mut pages, mut questions) = (
            vec![false; self.pages.len()],
            vec![false; self.options().len()],
        );
        for answers in self.all_answers() {
            let shown = self.shown(&answers);
            pages
                .iter_mut()
                .zip(shown.0)
                .for_each(|(all, one)| *all |= one);
            questions
                .iter_mut()
                .zip(shown.1)
                .for_each(|(all, one)| *all |= one);
        }
        let page = pages
            .iter()
            .position(|reached| !reached)
            .map(|at| format!("s{at}"));
        page.or_else(|| {
            questions
                .iter()
                .position(|reached| !reached)
                .map(|at| format!("f{at}"))
        })
    }
}

fn values(answers: &[Option<u8>]) -> BTreeMap<String, String> {
    let answered = answers.iter().enumerate();
    answered
        .filter_map(|(f, a)| a.map(|n| (format!("f{f}"), format!("o{n}"))))
        .collect()
}

/// The catalogue's pages and questions with these answers.
fn as_it_says(catalogue: &Catalogue, answers: &[Option<u8>]) -> (Vec<String>, Vec<String>) {
    let (service, values) = (&catalogue.services[0], values(answers));
    let steps = service.steps_for(&values, DAY);
    let asked = service.asked(&values, DAY);
    let fields = steps.iter().flat_map(|step| {
        let fields = step.fields_for(&asked, DAY);
        fields.map(|f| f.id.clone()).collect::<Vec<_>>()
    });
    (
        steps.iter().map(|s| s.id.clone()).collect(),
        fields.collect(),
    )
}

proptest! {
    #[test]
    fn what_passes_is_within_reach_and_what_is_refused_is_not(pages in pages()) {
        let form = looking_back(&pages);
        let read = Catalogue::parse(&form.toml());
        match (read, form.out_of_reach()) {
            (Ok(_), None) => {}
            (Ok(_), Some(lost)) => prop_assert!(false, "{lost} is out of reach in\n{}", form.toml()),
            (Err(error), Some(_)) => {
                prop_assert!(error.to_string().contains("can never be reached"), "{error}");
            }
            (Err(error), None) => prop_assert!(false, "{error}\nof\n{}", form.toml()),
        }
    }

    #[test]
    fn what_is_asked_follows_from_the_answers_and_ends(pages in pages(), drawn in vec(any::<u8>(), 6)) {
        let form = looking_back(&pages);
        let Ok(catalogue) = Catalogue::parse(&form.toml()) else {
            return Ok(());
        };
        let options = form.options();
        // Every answer that there is, also those that stayed of a question no longer asked.
        for answers in form.all_answers() {
            let (pages, questions) = form.shown(&answers);
            let ids = |name: char, shown: &[bool]| -> Vec<String> {
                let all = shown.iter().enumerate().filter(|(_, s)| **s);
                all.map(|(at, _)| format!("{name}{at}")).collect()
            };
            let says = as_it_says(&catalogue, &answers);
            prop_assert_eq!(says, (ids('s', &pages), ids('f', &questions)), "{:?} of\n{}", answers, form.toml());
        }
        // Whoever answers what is asked, page by page, comes to an end, and no page that was
        // finished comes or goes behind their back.
        let service = &catalogue.services[0];
        let (mut answers, mut finished) = (vec![None; options.len()], Vec::new());
        for _ in 0..=form.pages.len() {
            let (steps, _) = as_it_says(&catalogue, &answers);
            prop_assert!(steps.starts_with(&finished), "{finished:?} became {steps:?}");
            let Some(next) = steps.get(finished.len()) else {
                return Ok(());
            };
            let step = service.step(next).unwrap();
            // A question may bring up the next one on its page.
            for field in &step.fields {
                let at: usize = field.id[1..].parse().unwrap();
                if as_it_says(&catalogue, &answers).1.contains(&field.id) {
                    answers[at] = Some(drawn[at] % options[at]);
                }
            }
            finished.push(next.clone());
        }
        prop_assert!(false, "it does not end: {finished:?}");
    }
}
