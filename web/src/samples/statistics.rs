//! Samples of what the hub counts.

use crate::console::port::{Counted, StatisticsView, Tally, Wanted};

use super::{housing, words};

fn tally(n: u64) -> Tally {
    Tally {
        attended: n + n / 2,
        closed: n + n / 3,
        waited: [n / 8, n / 4, n / 6, n / 9, n / 20, n / 90],
        recorded: n,
        withdrawn: n / 40,
        returned: n / 60,
        refused: n / 300,
        completed: 0,
        complaints: n / 50,
        in_time: n / 70,
        too_late: n / 400,
        guided: n - n / 7,
    }
}

fn counted(all: &[(&str, u64)]) -> Vec<Counted> {
    let counted = |(name, n): &(&str, u64)| Counted {
        name: (*name).into(),
        tally: tally(*n),
    };
    all.iter().map(counted).collect()
}

pub(crate) fn year(is_empty: bool) -> StatisticsView {
    let n = |n: u64| if is_empty { 0 } else { n };
    let months: Vec<(String, u64)> = (0..12)
        .map(|at| {
            let (year, month) = ((2025 * 12 + 11 + at) / 12, (11 + at) % 12 + 1);
            (
                format!("{year}-{month:02}"),
                n(60_000 + (at as u64 * 7_919) % 31_000),
            )
        })
        .collect();
    let months: Vec<(&str, u64)> = months.iter().map(|(m, n)| (m.as_str(), *n)).collect();
    let only = |all: &[(&str, u64)]| match is_empty {
        true => vec![],
        false => counted(all),
    };
    StatisticsView {
        wanted: Wanted {
            from: "2025-12".into(),
            to: "2026-11".into(),
            region: (!is_empty).then(|| "monchique".into()),
            service: None,
        },
        regions: ["aljezur", "monchique", "vila-do-bispo"]
            .map(str::to_owned)
            .to_vec(),
        services: vec![
            ("housing-aid".into(), housing().title),
            (
                "cesd".into(),
                words("Cartão Europeu de Seguro de Doença", "Health card"),
            ),
        ],
        months: counted(&months),
        by_service: only(&[
            (housing().title.pt(), 512_300),
            ("Cartão Europeu de Seguro de Doença", 301_020),
            ("Registo criminal", 4),
        ]),
        by_agency: only(&[
            (
                "Comissão de Coordenação e Desenvolvimento Regional do Algarve",
                512_300,
            ),
            ("Instituto da Segurança Social", 301_020),
        ]),
        by_spot: only(&[
            ("Espaço Móvel 07", 700_000),
            ("Espaço Solidário 02", 113_324),
        ]),
        more_spots: n(870),
        by_region: only(&[("monchique", 813_324)]),
        smallest: 5,
    }
}
