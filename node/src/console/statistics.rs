//! Figures of all spots, as the console shows and gives them.

use std::collections::{BTreeMap, HashMap};

use vereda_sync::anonymity::{self, Group};
use vereda_web::console::port::{
    Counted, Cursor, Line, MAX_MONTHS, OpenLine, Statistics, StatisticsView, Tally, Wanted,
};
use vereda_web::desk::port::DeskError;

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, rows};
use crate::node::Node;
use crate::store::statistics::{self, By};

/// Months that are shown when none are asked for.
const USUAL_MONTHS: usize = 12;
/// Most spots on the page.
const MAX_SPOTS: usize = 100;
/// Lines that are read at once.
const LINES: u32 = 1_000;

/// A month, counted from year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Month(usize);

impl Month {
    fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_written_so = year.len() == 4 && month.len() == 2;
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let (year, month): (usize, usize) = match is_written_so && digits(year) && digits(month) {
            true => (year.parse().ok()?, month.parse().ok()?),
            false => return None,
        };
        ((1..=12).contains(&month) && (2000..2100).contains(&year))
            .then(|| Self(year * 12 + month - 1))
    }

    fn name(self) -> String {
        format!("{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }

    fn this() -> Self {
        let today = clock::today();
        today.get(..7).and_then(Self::parse).unwrap_or(Self(24_000))
    }
}

/// What is asked for with its months, once they can be.
fn asked(wanted: &Wanted) -> Result<(Wanted, Vec<String>), DeskError> {
    let refused = |what: String| Err(DeskError::NotNow(what));
    let this = Month::this();
    let month = |text: &str, usual: Month| match text.trim() {
        "" => Ok(usual),
        text => Month::parse(text).ok_or_else(|| {
            DeskError::NotNow("Escreva os meses como neste exemplo: 2026-11.".to_owned())
        }),
    };
    let to = month(&wanted.to, this)?;
    let from = month(&wanted.from, Month(to.0.saturating_sub(USUAL_MONTHS - 1)))?;
    if from > to {
        return refused("O primeiro mês é depois do último: troque-os.".into());
    }
    if to.0 - from.0 >= MAX_MONTHS {
        return refused(format!(
            "São meses de mais: escolha no máximo {MAX_MONTHS} de cada vez."
        ));
    }
    // What nobody chose is no choice.
    let chosen = |it: &Option<String>| it.clone().filter(|it| !it.is_empty() && it.len() <= 80);
    let wanted = Wanted {
        from: from.name(),
        to: to.name(),
        region: chosen(&wanted.region),
        service: chosen(&wanted.service),
    };
    let months = (from.0..=to.0).map(|m| Month(m).name()).collect();
    Ok((wanted, months))
}

fn by_most(mut all: Vec<Counted>) -> Vec<Counted> {
    let weight = |it: &Counted| (it.tally.recorded, it.tally.attended);
    all.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.name.cmp(&b.name)));
    all
}

/// Names of spots, as they last said.
fn names(node: &Node) -> Result<HashMap<String, String>, DeskError> {
    let mut names = statistics::spot_names(&node.store.read()).map_err(fault)?;
    let own = &node.config.node;
    names.insert(own.id.clone(), own.name.clone());
    Ok(names)
}

/// The figures of a service with what its receipts say.
fn guided(node: &Node, service: &str, mut tally: Tally) -> Tally {
    let has_guide = node.latest(service).is_some_and(|s| !s.alone.is_empty());
    tally.guided = if has_guide { tally.recorded } else { 0 };
    tally
}

impl Statistics for HubConsole {
    fn statistics(&self, wanted: &Wanted) -> Result<StatisticsView, DeskError> {
        let (wanted, months) = asked(wanted)?;
        let names = names(&self.node)?;
        let of_any = Wanted {
            service: None,
            ..wanted.clone()
        };
        let (by_month, by_service, by_spot, by_region, regions) = {
            let db = self.node.store.read();
            let by = |by, wanted| statistics::by(&db, by, (wanted, &months)).map_err(fault);
            (
                by(By::Month, &wanted)?,
                by(By::Service, &of_any)?,
                by(By::Spot, &wanted)?,
                by(By::Region, &wanted)?,
                statistics::regions(&db).map_err(fault)?,
            )
        };
        let title = |id: &str| rows::service_title(&self.node, id);
        let mut services: Vec<_> = by_service
            .iter()
            .map(|(id, _)| (id.clone(), title(id)))
            .collect();
        services.sort_by(|a, b| a.1.pt().cmp(b.1.pt()));
        let chosen = |id: &str| wanted.service.as_deref().is_none_or(|only| only == id);
        let shown = by_service.iter().filter(|(id, _)| chosen(id));
        let (mut of_services, mut of_agencies) = (vec![], BTreeMap::<String, Tally>::new());
        for (id, tally) in shown {
            let tally = guided(&self.node, id, *tally);
            let agency = self.node.latest(id).map(|s| s.by.name.clone());
            of_agencies
                .entry(agency.unwrap_or_else(|| "Entidade desconhecida".into()))
                .or_default()
                .add(&tally);
            of_services.push(Counted {
                name: title(id).pt().to_owned(),
                tally,
            });
        }
        let by_month: BTreeMap<String, Tally> = by_month.into_iter().collect();
        let counted = |(name, tally): (String, Tally)| Counted { name, tally };
        let spots = by_spot.into_iter().map(|(node, tally)| Counted {
            name: names.get(&node).cloned().unwrap_or(node),
            tally,
        });
        let mut spots = by_most(spots.collect());
        let more_spots = spots.len().saturating_sub(MAX_SPOTS) as u64;
        spots.truncate(MAX_SPOTS);
        Ok(StatisticsView {
            months: months
                .iter()
                .map(|m| counted((m.clone(), by_month.get(m).copied().unwrap_or_default())))
                .collect(),
            wanted,
            regions,
            services,
            by_service: by_most(of_services),
            by_agency: by_most(of_agencies.into_iter().map(counted).collect()),
            by_spot: spots,
            more_spots,
            by_region: by_most(by_region.into_iter().map(counted).collect()),
            smallest: u64::from(self.node.config.statistics.smallest),
        })
    }

    fn lines(
        &self,
        wanted: &Wanted,
        after: Option<Cursor>,
    ) -> Result<(Vec<Line>, Option<Cursor>), DeskError> {
        let (wanted, _) = asked(wanted)?;
        let names = names(&self.node)?;
        let after = after.map_or_else(Default::default, |cursor| key_of(&cursor));
        let found = statistics::finest(&self.node.store.read(), &wanted, &after, LINES);
        let found = found.map_err(fault)?;
        let goes_on = found.len() == LINES as usize;
        let last = found.last().map(|(key, _)| cursor_of(key));
        let lines = found
            .into_iter()
            .map(|((_, region, month, id, spot), tally)| Line {
                month,
                region,
                service: match id.as_str() {
                    "" => String::new(),
                    id => rows::service_title(&self.node, id).pt().to_owned(),
                },
                spot: names.get(&spot).cloned().unwrap_or(spot),
                // Requests stand in the lines of their services.
                tally: match id.as_str() {
                    "" => Tally {
                        attended: tally.attended,
                        closed: tally.closed,
                        waited: tally.waited,
                        ..Tally::default()
                    },
                    id => guided(&self.node, id, tally),
                },
            });
        Ok((lines.collect(), last.filter(|_| goes_on)))
    }

    fn open_lines(
        &self,
        wanted: &Wanted,
        after: Option<Cursor>,
    ) -> Result<(Vec<OpenLine>, Option<Cursor>), DeskError> {
        let (_, months) = asked(wanted)?;
        // A month that goes on would be published twice, and what is between tells of one.
        let this = Month::this().name();
        let mut months = months.into_iter().filter(|month| *month < this);
        let month = match after {
            None => months.next(),
            Some(Cursor(last)) => months.find(|month| *month > last),
        };
        let Some(month) = month else {
            return Ok((vec![], None));
        };
        let found = statistics::of_month(&self.node.store.read(), &month).map_err(fault)?;
        let k = u64::from(self.node.config.statistics.smallest);
        let lines = open(&month, &found, k, |id| {
            rows::service_title(&self.node, id).pt().to_owned()
        });
        let goes_on = months.next().is_some();
        Ok((lines, goes_on.then_some(Cursor(month))))
    }
}

/// The lines of a month: all, then each region and its services. Of a region that is hidden only that it is.
fn open(
    month: &str,
    found: &[(String, String, u64)],
    k: u64,
    title: impl Fn(&str) -> String,
) -> Vec<OpenLine> {
    let of_regions: Vec<&[(String, String, u64)]> = found.chunk_by(|a, b| a.0 == b.0).collect();
    let groups: Vec<Group> = of_regions
        .iter()
        .map(|services| Group {
            parts: services.iter().map(|(_, _, n)| *n).collect(),
        })
        .collect();
    let (total, shown) = anonymity::publish(&groups, k);
    let line = |region: &str, service: String, requests| OpenLine {
        month: month.to_owned(),
        region: region.to_owned(),
        service,
        requests,
    };
    let mut lines = vec![line("", String::new(), total)];
    for (services, shown) in of_regions.iter().zip(shown) {
        let region = services.first().map_or("", |(region, ..)| region.as_str());
        lines.push(line(region, String::new(), shown.total));
        if shown.total.is_some() {
            let parts = services.iter().zip(shown.parts);
            lines.extend(parts.map(|((_, id, _), n)| line(region, title(id), n)));
        }
    }
    lines
}

/// Between the parts of a key: in no id.
const BETWEEN: char = '\u{1f}';

fn cursor_of(key: &(i64, String, String, String, String)) -> Cursor {
    let (level, region, month, service, spot) = key;
    let parts = [&level.to_string(), region, month, service, spot];
    Cursor(parts.map(String::as_str).join(&BETWEEN.to_string()))
}

fn key_of(cursor: &Cursor) -> (i64, String, String, String, String) {
    let mut parts = cursor.0.split(BETWEEN).map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let level = next().parse().unwrap_or(0);
    (level, next(), next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(from: &str, to: &str) -> Wanted {
        Wanted {
            from: from.into(),
            to: to.into(),
            ..Wanted::default()
        }
    }

    #[test]
    fn months_that_cannot_be_are_said_and_none_are_the_last_twelve() {
        let (it, months) = asked(&Wanted::default()).unwrap();
        assert_eq!(months.len(), 12);
        assert_eq!((&it.from, &it.to), (&months[0], &months[11]));
        let (_, months) = asked(&wanted("2025-11", "2026-02")).unwrap();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-02"]);
        for (from, to) in [
            ("2026-02", "2025-11"),
            ("2020-01", "2026-02"),
            ("2026-13", "2026-12"),
            ("26-1", "2026-12"),
            ("+026-01", "2026-12"),
            ("9999-01", "9999-02"),
        ] {
            let refused = asked(&wanted(from, to));
            assert!(matches!(refused, Err(DeskError::NotNow(_))), "{from} {to}");
        }
    }

    #[test]
    fn of_a_region_that_is_hidden_nothing_is_said() {
        let row = |region: &str, service: &str, n| (region.to_owned(), service.to_owned(), n);
        let found = [
            row("aljezur", "a", 2),
            row("loule", "a", 40),
            row("loule", "b", 3),
            row("loule", "c", 8),
            row("monchique", "a", 12),
            row("silves", "a", 30),
        ];
        let lines = open("2026-10", &found, 5, str::to_owned);
        let said: Vec<(&str, &str, Option<u64>)> = lines
            .iter()
            .map(|l| (l.region.as_str(), l.service.as_str(), l.requests))
            .collect();
        assert_eq!(
            said,
            [
                ("", "", Some(95)),
                ("aljezur", "", None),
                ("loule", "", Some(51)),
                ("loule", "a", Some(40)),
                ("loule", "b", None),
                ("loule", "c", None),
                // The smallest other region goes with the one that is too small.
                ("monchique", "", None),
                ("silves", "", Some(30)),
                ("silves", "a", Some(30)),
            ]
        );
    }

    #[test]
    fn a_list_goes_on_where_it_ended() {
        let key = (
            5,
            "r".into(),
            "2026-10".into(),
            String::new(),
            "movel-07".into(),
        );
        assert_eq!(key_of(&cursor_of(&key)), key);
        assert_eq!(key_of(&Cursor::default()).0, 0);
    }
}
