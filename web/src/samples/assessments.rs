//! Assessments for the samples.

use vereda_sync::catalogue::{Measure, Standard};
use vereda_sync::record::assessment::{self, Figure, Verdict};

use super::ago;
use crate::console::port::SpotAssessed;
use crate::desk::port::{
    AssessedStandard, AssessmentRow, AssessmentView, Assessments, AssessmentsView, By, DeskError,
    FormField, History, OwedRemedy, Session,
};
use crate::samples::fake::FakeDesk;

fn ana(seconds: i64) -> By {
    By {
        who: "Ana Martins".into(),
        at: ago(seconds),
    }
}

fn standard(id: &str, text: &str, measured: Option<(Measure, u32)>) -> Standard {
    Standard {
        id: id.into(),
        text: text.into(),
        help: match id {
            "segundo-ecra" => "Sente-se na cadeira do cidadão e leia a pergunta.".into(),
            _ => String::new(),
        },
        measure: measured.map(|(measure, _)| measure),
        target: measured.map(|(_, target)| target),
    }
}

fn standards() -> Vec<(Standard, Verdict, Option<Figure>)> {
    let looked = |id: &str, text: &str, verdict| (standard(id, text, None), verdict, None);
    let measured = |id: &str, text: &str, target, verdict, value| {
        let figure = Figure { value, of: 41 };
        (standard(id, text, Some(target)), verdict, Some(figure))
    };
    vec![
        looked(
            "segundo-ecra",
            "O segundo ecrã está ligado e o cidadão vê-o sem se levantar.",
            Verdict::Met,
        ),
        looked(
            "precos",
            "A tabela de preços está afixada e em dia.",
            Verdict::Missed,
        ),
        looked(
            "privacidade",
            "Quem espera não ouve nem vê o que o cidadão diz e mostra.",
            Verdict::Partly,
        ),
        looked("acesso", "Chega-se ao balcão sem degraus.", Verdict::Aside),
        measured(
            "espera",
            "Metade dos cidadãos com senha espera até 15 minutos.",
            (Measure::WaitMedian, 15),
            Verdict::Missed,
            Some(22),
        ),
        measured(
            "satisfacao",
            "Oito em cada dez cidadãos que respondem acham o atendimento bom.",
            (Measure::GoodFaces, 80),
            Verdict::Met,
            Some(93),
        ),
    ]
}

/// One that was recorded, or is answered in part.
pub(crate) fn view(is_recorded: bool) -> AssessmentView {
    let one = |(standard, verdict, figure): (Standard, Verdict, Option<Figure>)| {
        let is_answered = is_recorded || figure.is_some() || standard.id != "acesso";
        let short = verdict.falls_short();
        let promise = (short && standard.id != "privacidade")
            .then_some(("Pedir a tabela nova à câmara e afixá-la.", "2026-11-20"));
        let (todo, by) = promise.unwrap_or_default();
        let fields = assessment::fields(&standard, short).into_iter();
        let fields = fields.map(|field| FormField {
            value: match field.id.rsplit_once('.') {
                None if is_answered => verdict.code().into(),
                Some((_, "todo")) => todo.into(),
                Some((_, "by")) => by.into(),
                _ => String::new(),
            },
            provenance: None,
            hidden: false,
            saved: (field.id == "precos").then(|| ago(12)),
            shown: field.when.is_none() || short,
            attachments: vec![],
            field,
        });
        AssessedStandard {
            verdict: is_answered.then_some(verdict),
            figure,
            fields: match is_recorded {
                true => vec![],
                false => fields.collect(),
            },
            note: match short {
                true => "A que está é de 2024.".into(),
                false => String::new(),
            },
            todo: todo.into(),
            by: by.into(),
            done: (standard.id == "espera")
                .then(|| ("Há duas mesas às segundas.".into(), ana(900))),
            is_late: standard.id == "precos",
            standard,
        }
    };
    AssessmentView {
        id: "av1".into(),
        spot: "Espaço Móvel 07".into(),
        edition: 3,
        is_of_before: !is_recorded,
        begun: ana(90_000),
        from: "2026-10-23".into(),
        to: "2026-11-21".into(),
        recorded: is_recorded.then(|| ana(3_600)),
        revision: 7,
        standards: standards().into_iter().map(one).collect(),
    }
}

pub(crate) fn history() -> History {
    let rows = standards().into_iter().map(|(standard, verdict, _)| {
        let before = match standard.id.as_str() {
            "espera" => None,
            "precos" => Some(Verdict::Partly),
            _ => Some(Verdict::Met),
        };
        (
            standard.text,
            vec![before, Some(Verdict::Partly), Some(verdict)],
        )
    });
    History {
        days: ["2025-11-14", "2026-05-20", "2026-11-21"]
            .map(Into::into)
            .into(),
        rows: rows.collect(),
    }
}

fn row(id: &str, seconds: i64, late: u64) -> AssessmentRow {
    AssessmentRow {
        id: id.into(),
        by: ana(seconds),
        tally: view(true).tally(),
        owed: late,
        late,
    }
}

pub(crate) fn list() -> AssessmentsView {
    AssessmentsView {
        is_offered: true,
        drafts: vec![("av2".into(), ana(600))],
        recorded: vec![row("av1", 3_600, 1), row("av0", 185 * 86_400, 0)],
        history: history(),
    }
}

pub(crate) fn remedy() -> OwedRemedy {
    OwedRemedy {
        assessment: "av1".into(),
        standard: "precos".into(),
        text: "A tabela de preços está afixada e em dia.".into(),
        todo: "Pedir a tabela nova à câmara e afixá-la.".into(),
        by: "2026-11-20".into(),
        is_late: true,
    }
}

pub(crate) fn spots() -> Vec<SpotAssessed> {
    let never = SpotAssessed {
        name: "Espaço Cidadão de Alferce".into(),
        latest: None,
        is_due: true,
        short: vec![],
        owed: vec![],
    };
    let text = |id: &str| {
        let all = standards().into_iter();
        all.filter(|(s, ..)| s.id == id)
            .map(|(s, ..)| s.text)
            .collect()
    };
    let due = SpotAssessed {
        name: "Espaço Móvel 08".into(),
        latest: Some(row("av0", 500 * 86_400, 0)),
        ..never.clone()
    };
    let lately = SpotAssessed {
        name: "Espaço Móvel 07".into(),
        latest: Some(row("av1", 3_600, 1)),
        is_due: false,
        short: vec![
            (text("precos"), Verdict::Missed),
            (text("privacidade"), Verdict::Partly),
        ],
        owed: vec![(remedy().todo, remedy().by, true)],
    };
    vec![never, due, lately]
}

impl Assessments for FakeDesk {
    fn assessments(&self, _: &Session) -> Result<AssessmentsView, DeskError> {
        Ok(list())
    }
    fn begin_assessment(&self, _: &Session) -> Result<String, DeskError> {
        Ok("av1".into())
    }
    fn assessment(&self, _: &Session, id: &str) -> Result<AssessmentView, DeskError> {
        match id {
            "av1" => Ok(view(false)),
            _ => Err(DeskError::NotFound),
        }
    }
    fn keep_assessment(
        &self,
        _: &Session,
        _: &str,
        _: &[(String, String)],
    ) -> Result<(), DeskError> {
        Ok(())
    }
    fn record_assessment(
        &self,
        _: &Session,
        _: &str,
        _: &[(String, String)],
    ) -> Result<(), DeskError> {
        Ok(())
    }
    fn drop_assessment(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn remedied(&self, _: &Session, _: &str, _: &str, word: &str) -> Result<(), DeskError> {
        match word {
            "" => Err(DeskError::NotNow("Escreva o que se fez.".into())),
            _ => Ok(()),
        }
    }
}
