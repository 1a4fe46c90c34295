//! Taking back what was written last in a form: run by run, each as it was before somebody wrote there.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::Step;
use vereda_web::desk::port::{DeskError, Event, Session};

use super::standing::Standing;
use super::typing::Writer;
use super::{SpotDesk, fault, record_id};
use crate::clock;
use crate::store::draft::{self, Draft, Run};

/// Who goes on in the same field within this time goes on with the same run, in milliseconds.
const PAUSE_MS: i64 = 20_000;

/// Keeps what a field read before it is written, unless its writer only goes on. In the transaction of
/// the keystroke.
pub(super) fn keep(
    db: &rusqlite::Connection,
    form: &str,
    (before, draft): (&Answer, Option<&Draft>),
    (field, writer): (&str, &Writer<'_>),
) -> crate::store::Result<()> {
    let now_ms = clock::now_ms();
    let is_fresh = |d: &&Draft| d.by == writer.by && (0..PAUSE_MS).contains(&(now_ms - d.at_ms));
    if draft.filter(is_fresh).is_some() && draft::is_last_run(db, form, field, writer.by)? {
        return Ok(());
    }
    draft::begin_run(db, form, writer.by, [(field, before)])
}

/// A field in which nothing stood.
pub(super) fn nothing() -> Answer {
    Answer {
        value: String::new(),
        provenance: Provenance::Typed,
    }
}

impl SpotDesk {
    /// What this person wrote last in a step.
    pub(super) fn last_run(
        &self,
        session: &Session,
        form: &str,
        step: &Step,
    ) -> Result<Option<Run>, DeskError> {
        let of_step = |field: &str| step.fields.iter().any(|f| f.id == field);
        let runs = draft::runs(&self.node.store.read(), form).map_err(fault)?;
        let own = |run: &Run| {
            run.by == session.person.name && run.before.iter().all(|(field, _)| of_step(field))
        };
        Ok(runs.into_iter().find(own))
    }

    /// Takes it back; gives the first of its fields.
    pub(super) fn take_back(
        &self,
        session: &Session,
        form: &str,
        step: &str,
    ) -> Result<String, DeskError> {
        self.may_write(session, form)?;
        let standing = Standing::read(&self.node, form)?;
        standing.open()?;
        let steps = standing.steps_with(step);
        let step = steps.iter().find(|s| s.id == step);
        let step = step.ok_or(DeskError::NotFound)?;
        let run = self.last_run(session, form, step)?.ok_or_else(|| {
            DeskError::NotNow("Não há nada que tenha escrito aqui para desfazer.".into())
        })?;
        let record = record_id(form)?;
        for (field, _) in &run.before {
            let known = self
                .node
                .with_document(record, |d| self.typeable(d, field).map(|_| ()));
            known.map_err(fault)?.ok_or(DeskError::NotFound)??;
        }
        let revisions: Vec<u64> = run
            .before
            .iter()
            .map(|_| self.node.next_revision())
            .collect();
        let by = session.person.name.as_str();
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        for ((field, before), revision) in run.before.iter().zip(revisions) {
            let now = draft::field(&tx, form, field).map_err(fault)?;
            if let Some(other) = now.filter(|d| d.by != by) {
                return Err(DeskError::NotNow(format!(
                    "{} escreveu entretanto no mesmo campo: veja o que lá está e decida.",
                    other.by
                )));
            }
            let write = Draft {
                field: field.clone(),
                value: before.value.clone(),
                provenance: before.provenance,
                revision,
                session: session.id.clone(),
                by: by.to_owned(),
                at_ms: clock::now_ms(),
            };
            draft::put(&tx, form, &write).map_err(fault)?;
        }
        draft::end_run(&tx, form, run.run).map_err(fault)?;
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        for (field, _) in &run.before {
            self.node.tell(Event::Typed {
                form: form.to_owned(),
                field: field.clone(),
                session: session.id.clone(),
            });
        }
        let first = run.before.into_iter().next();
        first.map(|(field, _)| field).ok_or(DeskError::NotFound)
    }
}
