//! The strip: place, link, what is unsent and for how long, last proof. It turns
//! amber, then red, always in words too.

use maud::{Markup, html};

use crate::desk::port::{Link, Near, Strip};
use crate::layout;
use crate::words::{count, time};

/// From this age of the oldest unsent change on the strip is amber, in ms.
const AMBER_AFTER_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Calm,
    Amber,
    Red,
}

fn urgency(strip: &Strip) -> Urgency {
    let age = strip
        .oldest_unsent
        .map_or(0, |oldest| strip.now.unix_ms - oldest.unix_ms);
    match age {
        a if a >= i64::from(strip.urgent_after_days) * DAY_MS => Urgency::Red,
        a if a >= AMBER_AFTER_MS => Urgency::Amber,
        _ if matches!(strip.link, Link::Refused(_)) => Urgency::Amber,
        _ => Urgency::Calm,
    }
}

/// The strip as a fragment; the live event `strip` sends the same.
pub(crate) fn strip(strip: &Strip, guard: &str) -> Markup {
    let urgency = urgency(strip);
    let class = match urgency {
        Urgency::Calm if strip.old_catalogue.is_some() || strip.list_ends_in.is_some() => {
            "strip amber"
        }
        Urgency::Calm => "strip",
        Urgency::Amber => "strip amber",
        Urgency::Red => "strip red",
    };
    html! {
        div class=(class) role="region" aria-label="Estado do posto" {
            p.spot {
                strong { (strip.spot) }
                @if let Some(stop) = &strip.stop { span { "Paragem: " (stop) } }
            }
            p.state {
                @if strip.training.is_some() {
                    span { "nada daqui é enviado; tudo se apaga quando o posto desliga" }
                } @else {
                    (link(&strip.link))
                    @for near in &strip.near {
                        span.near { (together(near)) }
                    }
                    span { (unsent(strip)) }
                    @if let Some(proven) = strip.proven {
                        span { "provado " (time::at(proven, strip.now)) }
                    } @else if strip.link != Link::None {
                        span { "ainda sem prova" }
                    }
                }
            }
            @if matches!(strip.link, Link::Down { .. } | Link::Refused(_)) {
                form method="post" action="/sincronizar" {
                    (layout::guard(guard))
                    button type="submit" { "Tentar já" }
                    @if strip.unsent_changes > 0 { a href="/pen" { "Levar numa pen" } }
                }
            }
            @match urgency {
                Urgency::Calm => {}
                Urgency::Amber => @if let Link::Refused(why) = &strip.link {
                    p.advice { "Atenção: " (why) }
                } @else {
                    p.advice { span { "Atenção: há mais de 8 horas por enviar. Leve o posto a um sítio com rede, ou " a href="/pen" { "ponha tudo numa pen" } "." } }
                }
                Urgency::Red => p.advice {
                    span { "Urgente: há trabalho por enviar há mais de " (count(strip.urgent_after_days.into(), "dia", "dias")) ", e só existe aqui. " a href="/pen" { "Como o tirar daqui hoje" } }
                }
            }
            @if let Some(days) = strip.list_ends_in {
                p.advice {
                    @match days {
                        0 => "Atenção: hoje acaba a lista de quem pode entrar neste posto. ",
                        n => { "Atenção: a lista de quem pode entrar neste posto acaba daqui a " (count(n.into(), "dia", "dias")) ". " }
                    }
                    "Ligue-o à central antes disso; quem já entrou continua."
                }
            }
            @if let Some(edition) = strip.old_catalogue {
                p.advice { "Atenção: o catálogo deste posto (edição " (edition) ") já devia ter sido substituído. Confirme taxas e regras com a central." }
            }
        }
    }
}

fn link(link: &Link) -> Markup {
    let (mark, words) = match link {
        Link::None => ("off", "sem central configurada".to_owned()),
        Link::Down { .. } => ("off", "sem rede".to_owned()),
        Link::Exchanging {
            done,
            total,
            left_s,
        } => {
            let left = left_s.map_or_else(String::new, |s| format!(", mais {}", still(s)));
            ("busy", format!("a trocar, {done} de {total}{left}"))
        }
        Link::Up => ("on", "ligado".to_owned()),
        Link::Refused(_) => ("off", "ligação recusada".to_owned()),
    };
    html! { span.link { span.dot.(mark) aria-hidden="true" {} (words) } }
}

/// What is left of an exchange, as nobody knows it better.
fn still(seconds: u32) -> String {
    match seconds {
        ..60 => format!("uns {seconds} s"),
        60..5_400 => format!("uns {} min", seconds.div_ceil(60)),
        _ => format!("umas {} h", seconds.div_ceil(3_600)),
    }
}

/// Another spot that is here too, and what that means.
fn together(near: &Near) -> String {
    match near.whole {
        true => format!("{} está perto: tudo partilhado", near.name),
        false => format!("{} está perto: a partilhar", near.name),
    }
}

/// What is unsent, in one phrase.
fn unsent(strip: &Strip) -> String {
    let mut parts = Vec::new();
    if strip.unsent_requests > 0 {
        parts.push(count(strip.unsent_requests, "pedido", "pedidos"));
    } else if strip.unsent_changes > 0 {
        parts.push(count(strip.unsent_changes, "alteração", "alterações"));
    }
    if strip.unsent_blobs > 0 {
        parts.push(count(strip.unsent_blobs, "fotografia", "fotografias"));
    }
    match (parts.is_empty(), strip.oldest_unsent) {
        (true, _) if strip.proven.is_some() => {
            format!(
                "nada por enviar, {}",
                count(
                    strip.proven_records,
                    "registo na central",
                    "registos na central"
                )
            )
        }
        (true, _) => "nada por enviar".to_owned(),
        (false, Some(oldest)) => {
            let age = time::ago(oldest, strip.now);
            let age = if age.starts_with("agora") {
                "de agora".to_owned()
            } else {
                age
            };
            format!("{} por enviar, {age}", parts.join(" e "))
        }
        (false, None) => format!("{} por enviar", parts.join(" e ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn who_is_near_is_said_and_whether_all_is_shared() {
        let mut s = samples::strip();
        let near = |whole| Near {
            name: "Espaço Móvel 08".into(),
            whole,
        };
        for (whole, said) in [(false, "a partilhar"), (true, "tudo partilhado")] {
            s.near = vec![near(whole)];
            let html = strip(&s, "g").into_string();
            assert!(html.contains("Espaço Móvel 08 está perto") && html.contains(said));
        }
    }

    #[test]
    fn an_exchange_says_how_far_it_is_and_how_long_it_takes_if_that_is_known() {
        let mut s = samples::strip();
        for (left_s, said) in [
            (None, "a trocar, 34 de 120<"),
            (Some(40), "a trocar, 34 de 120, mais uns 40 s<"),
            (Some(180), "34 de 120, mais uns 3 min<"),
            (Some(7_000), "34 de 120, mais umas 2 h<"),
        ] {
            s.link = Link::Exchanging {
                done: 34,
                total: 120,
                left_s,
            };
            let html = strip(&s, "g").into_string();
            assert!(html.contains(said), "{html}");
        }
    }

    #[test]
    fn age_turns_the_strip_and_says_so() {
        let mut s = samples::strip();
        for (hours, class, said) in [
            (3, "\"strip\"", "há 3 h"),
            (9, "amber", "mais de 8 horas"),
            (80, "red", "há mais de 3 dias"),
        ] {
            s.oldest_unsent = Some(samples::moment_before(s.now, hours * 3_600));
            let html = strip(&s, "g").into_string();
            assert!(html.contains(class) && html.contains(said), "{html}");
        }
    }
}
