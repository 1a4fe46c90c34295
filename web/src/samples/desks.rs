//! Several desks for the samples.

use std::time::Duration;

use super::ago;
use crate::desk::lan::Joining;
use crate::desk::port::{
    DeskError, DeskRow, Desks, DesksView, Holder, JoinRefusal, OfferView, Session,
};
use crate::samples::fake::FakeDesk;

const FINGERPRINT: &str = "3F:2A:91:C0:5D:77:08:E4:B1:6C:0F:29:A8:53:DE:14:7B:90:C2:3D:66:F8:01:AB:5E:42:9C:D7:30:8F:1E:64";

fn row(id: &str, name: &str, heard: Option<i64>, people: &[&str]) -> DeskRow {
    DeskRow {
        id: id.into(),
        name: name.into(),
        is_screen: name.starts_with("Tablet"),
        heard: heard.map(ago),
        people: people.iter().map(|p| (*p).to_owned()).collect(),
        is_this: id.is_empty(),
    }
}

/// At the node's own desk, with two others and a screen.
pub(crate) fn view() -> DesksView {
    DesksView {
        is_own: true,
        cannot: None,
        addresses: vec![
            "https://10.7.0.1:8144".into(),
            "https://192.168.4.1:8144".into(),
        ],
        fingerprint: FINGERPRINT.into(),
        offer: None,
        desks: vec![
            row("", "Espaço Móvel 07", None, &["Ana Martins"]),
            row("m2", "Mesa 2", None, &["Rui Pereira"]),
            row("m3", "Mesa 3", Some(140), &["Teresa Guerreiro"]),
            row("t1", "Tablet da entrada", None, &[]),
        ],
    }
}

pub(crate) fn offering(is_screen: bool) -> DesksView {
    DesksView {
        offer: Some(OfferView {
            code: "48217305".into(),
            is_screen,
            until: ago(-300),
            wrong: if is_screen { 3 } else { 0 },
        }),
        ..view()
    }
}

pub(crate) fn elsewhere() -> DesksView {
    DesksView {
        is_own: false,
        cannot: Some(
            "Só no computador do posto se juntam e retiram mesas: esta é uma das que se juntaram."
                .into(),
        ),
        ..view()
    }
}

pub(crate) fn joining(refusal: Option<JoinRefusal>) -> Joining {
    Joining {
        spot: "Espaço Móvel 07".into(),
        fingerprint: FINGERPRINT.into(),
        name: match refusal {
            None => String::new(),
            Some(_) => "Mesa 2".into(),
        },
        refusal,
    }
}

pub(crate) fn holder(is_taken: bool) -> Holder {
    Holder {
        attendance: "a1".into(),
        by: "Teresa Guerreiro".into(),
        desk: "Mesa 3".into(),
        since: ago(140),
        silence: (!is_taken).then_some(Duration::from_secs(140)),
        is_taken,
    }
}

impl Desks for FakeDesk {
    fn desks(&self, _: &Session) -> Result<DesksView, DeskError> {
        Ok(view())
    }
    fn offer(&self, _: &Session, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
    fn end_offer(&self, _: &Session) -> Result<(), DeskError> {
        Ok(())
    }
    fn remove_desk(&self, _: &Session, id: &str) -> Result<(), DeskError> {
        match id {
            "m2" => Ok(()),
            _ => Err(DeskError::NotFound),
        }
    }
    fn continue_here(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn present(&self, _: &Session, _: bool) {}
}
