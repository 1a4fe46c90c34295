//! How nodes are, and what is wrong with them, in words.

use crate::console::port::{AlarmKind, How, NodeRow};
use crate::moment::Moment;
use crate::words::{count, day, size, time};

/// From this age on what a node said of itself is said to be old, in ms.
const OLD_MS: i64 = 15 * 60_000;

/// How it is, in one sentence after its name.
pub(crate) fn sentence(row: &NodeRow, now: Moment) -> String {
    let Some(how) = &row.how else {
        return match (row.proven, row.seen) {
            (Some(at), _) => format!("tudo provado {}; nunca disse como está.", time::at(at, now)),
            (None, Some(at)) => format!("falou {}; nunca disse como está.", time::ago(at, now)),
            (None, None) => "inscrito; ainda não falou com a central.".to_owned(),
        };
    };
    let told = match now.unix_ms - how.told.unix_ms > OLD_MS {
        true => format!(" Disse-o {}.", time::ago(how.told, now)),
        false => String::new(),
    };
    let said = [unsent(how, now), battery_said(how), catalogue(how, now)];
    format!("{}.{told}", said.join(", "))
}

pub(crate) fn unsent(how: &How, now: Moment) -> String {
    let mut parts = Vec::new();
    if how.unsent > 0 {
        parts.push(count(
            how.unsent,
            "registo por enviar",
            "registos por enviar",
        ));
    }
    if how.photographs > 0 {
        parts.push(count(
            how.photographs,
            "fotografia por enviar",
            "fotografias por enviar",
        ));
    }
    let since = how.unsent_since.filter(|_| how.unsent > 0);
    match (parts.is_empty(), since) {
        (true, _) => "nada por enviar".to_owned(),
        (false, Some(since)) => format!("{} {}", parts.join(" e "), time::ago(since, now)),
        (false, None) => parts.join(" e "),
    }
}

pub(crate) fn battery(how: &How) -> String {
    match how.battery {
        None => "sem bateria".to_owned(),
        Some((percent, true)) => format!("{percent} %, ligada à corrente"),
        Some((percent, false)) => format!("{percent} %"),
    }
}

fn battery_said(how: &How) -> String {
    match how.battery {
        None => "sem bateria".to_owned(),
        Some(_) => format!("bateria {}", battery(how)),
    }
}

pub(crate) fn catalogue(how: &How, now: Moment) -> String {
    match (how.is_behind, how.catalogue_since) {
        (false, _) => "catálogo em vigor".to_owned(),
        (true, Some(since)) => {
            let ago = time::at(since, now);
            match ago.strip_prefix("ontem") {
                Some(_) => "catálogo de ontem".to_owned(),
                None => format!("catálogo atrasado (o de {ago})"),
            }
        }
        (true, None) => format!("catálogo n.º {}, que não é o da central", how.catalogue),
    }
}

/// How far a clock is off, and in which way.
pub(crate) fn skew(seconds: i64) -> String {
    let off = time::lasting(seconds.unsigned_abs());
    match seconds {
        -2..=2 => "certo".to_owned(),
        3.. => format!("adiantado {off}"),
        _ => format!("atrasado {off}"),
    }
}

/// Room on a disk: from a gigabyte on in those.
pub(crate) fn room(bytes: u64) -> String {
    const GIGABYTE: u64 = 1_000_000_000;
    match bytes {
        0..GIGABYTE => size(bytes),
        _ => format!("{},{} GB", bytes / GIGABYTE, bytes % GIGABYTE / 100_000_000),
    }
}

/// What is wrong.
pub(crate) fn alarm(kind: &AlarmKind, now: Moment) -> String {
    match kind {
        AlarmKind::Silent(Some(since)) => format!("sem prova {}", time::ago(*since, now)),
        AlarmKind::Silent(None) => "inscrito, e nunca se provou que entregou o que tem".to_owned(),
        AlarmKind::Forked => "o diário é outro: disco copiado ou reposto".to_owned(),
        AlarmKind::Flagged(n) => count(*n, "alteração em quarentena", "alterações em quarentena"),
        AlarmKind::Disk(free) => format!("restam {} no disco", room(*free)),
        AlarmKind::Battery(percent) => format!("bateria {percent} %, parado e sem corrente"),
        AlarmKind::Clock(seconds) => format!("relógio {}", skew(*seconds)),
        AlarmKind::Program(has, newest) => format!("programa {has}; há a versão {newest}"),
        AlarmKind::Catalogue(has, newest) => {
            format!("catálogo n.º {has}; está em vigor o {newest}")
        }
        AlarmKind::Certificate(ends, true) => format!("o certificado acabou em {}", day(ends)),
        AlarmKind::Certificate(ends, false) => format!("o certificado acaba em {}", day(ends)),
    }
}

/// What a person does about it.
pub(crate) fn what_to_do(kind: &AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Silent(_) => {
            "Telefone ao posto: se não há rede, que traga o que tem numa pen ou por outro posto. Se ninguém sabe dele, dê-o por perdido na página do posto."
        }
        AlarmKind::Forked => {
            "Pergunte se trocaram ou copiaram o disco. O posto começa um diário novo por si; se o aviso voltar, há dois com a mesma identidade: chame a assistência."
        }
        AlarmKind::Flagged(_) => "Veja em Quarentena o que chegou, e decida.",
        AlarmKind::Disk(_) => {
            "Quando houver rede, deixe enviar e arquivar: o que está arquivado sai do posto. Senão, chame a assistência antes de encher."
        }
        AlarmKind::Battery(_) => "Peça a quem tem a chave que o ligue à corrente.",
        AlarmKind::Clock(_) => {
            "Peça que acertem o relógio do computador: as horas do que lá se regista saem erradas."
        }
        AlarmKind::Program(..) => {
            "Leve-o ao depósito com rede: a versão nova vem por si e começa quando o posto voltar a arrancar."
        }
        AlarmKind::Catalogue(..) => {
            "Leve-o onde haja rede: o catálogo vem por si. Até lá mostra taxas e formulários antigos."
        }
        AlarmKind::Certificate(..) => {
            "O posto renova-o por si assim que fala com a central; se já acabou, pede outro, e alguém concorda em Inscrever um posto. Inscreva-o de novo só onde a central não assina (vereda authority enrol)."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::port::ProofAge;
    use crate::samples::{NOW, ago};

    #[test]
    fn a_node_says_in_one_sentence_how_it_is() {
        let row = NodeRow {
            id: "movel-07".into(),
            name: "Móvel 07".into(),
            how: Some(How {
                told: ago(30),
                program: "0.1.0".into(),
                catalogue: 3,
                is_behind: true,
                catalogue_since: Some(ago(86_400)),
                battery: Some((62, false)),
                free_bytes: None,
                skew_s: 0,
                up_s: 9,
                attended: true,
                unsent: 14,
                requests: 4,
                photographs: 0,
                unsent_since: Some(ago(3 * 3_600)),
                place: None,
                position: None,
            }),
            seen: None,
            proven: None,
            age: ProofAge::Never,
            open: 0,
            in_hand: 0,
        };
        assert_eq!(
            sentence(&row, NOW),
            "14 registos por enviar há 3 h, bateria 62 %, catálogo de ontem."
        );
        let silent = NodeRow { how: None, ..row };
        assert_eq!(
            sentence(&silent, NOW),
            "inscrito; ainda não falou com a central."
        );
    }
}
