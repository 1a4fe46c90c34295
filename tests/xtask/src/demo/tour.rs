//! The tour: eleven steps that show what Vereda is for. Edit the words here when a screen changes.

use super::config::{Layout, Person, Site};

const TOUR: &str = "\
\x201  Open {vehicle} and sign in: {mediator}.
    You are at the desk of a van in Alferce. The strip on top says what is safe and what is unsent; \"Percurso\"
    has today's stops and who is booked. At the care home, {home}, \"Lares\" has who is to be visited today.
 2  Open {vehicle}/cidadao in a second window, beside the first. It shows a code of four digits: type it
    at the desk under \"Ecrã do cidadão\". From now on the citizen follows every step there.
 3  Here, type: cut vehicle
    The van is out of reach of the hub. The strip says so, and nothing else changes.
 4  Here, type: card rosario
    At the desk: \"Próximo cidadão\", \"Identificar o cidadão\", \"Preencher com o cartão\". Name and numbers come
    from the chip, each marked \"do cartão\".
 5  Choose \"Apoio à habitação após catástrofe\" (housing aid): it can be recorded whole without a network.
 6  Type into the form and watch the second window: each key is on disk before it is shown there.
 7  In the middle of a word, here: kill vehicle
    The plug is pulled. Both windows come back by themselves, with every letter that was seen.
 8  Finish the form and ask for the confirmation; in the second window the citizen presses \"Está certo\".
    Record it. The receipt says \"provisório\"; the strip says what is unsent, and since when. Its number and code are
    asked for at {verify}, which anybody may open: it does not know the request yet.
 9  Here: restore vehicle. Within seconds the strip says \"provado\" and the request \"recebido pela central\".
    At the care home, {home}, sign in: {second}. The request is under \"Pedidos\".
    Now cut both (cut vehicle, cut home) and correct its IBAN at both desks, to two different ones.
    For a second kind of conflict, record the health card for rosario at both (card rosario home).
10  Restore both. Open the console, {hub}, and sign in: {operator} (or {other}).
    Under \"Conflitos\" both versions stand side by side: who, when, where, how sure. Say what holds, with a reason:
    an IBAN is money, so the other operator has to agree. Until something is built on it, it can be taken back.
    Both desks find the decision under \"Por tratar\" on their first page.
    The health card of somebody else reaches its agency, which accepts it: at desk and console its page says \"O que foi
    comunicado a quem\". What is in conflict waits. {agency} has what the agency took.
    Under \"Reservas\" paste a list of images/demo/lists: the spots can give references and hours, also when cut.
11  No hub at all: cut both again, and type: meet
    The two spots are in one network now. Each strip says that the other is near; what one desk records, the
    other finds under \"Pedidos\", and what is corrected at one changes on the other's page. part ends it.
    Or carry it: at a cut desk \"Levar numa pen\", at one that reaches the hub \"Ler esta pen\" (a folder is the stick).
Others of the hub see other pages there: {agent} answers desks; {administrator} looks after the
    network; {auditor} reads and changes nothing; {elsewhere} is of another region, and finds nothing of
    this one: what she opens of it by its address stands under \"Fora da região\" for the auditor.";

/// The tour with this run's addresses and people.
pub(super) fn text(layout: &Layout, people: &[Person]) -> String {
    let sign_in = |role: &str, nth: usize| {
        let person = people.iter().filter(|person| person.role == role).nth(nth);
        person.map_or_else(
            || format!("(no {role})"),
            |person| format!("{}, {}, PIN {}", person.id, person.name, person.pin),
        )
    };
    let agency = layout.agency().join("taken.log");
    TOUR.replace("{agency}", &agency.display().to_string())
        .replace("{vehicle}", &address(layout, Site::Vehicle))
        .replace("{home}", &address(layout, Site::Home))
        .replace("{hub}", &address(layout, Site::Hub))
        .replace(
            "{verify}",
            &format!("http://127.0.0.1:{}", layout.verify_port()),
        )
        .replace("{mediator}", &sign_in("mediator", 0))
        .replace("{second}", &sign_in("mediator", 1))
        .replace("{operator}", &sign_in("operator", 0))
        .replace("{other}", &sign_in("operator", 1))
        .replace("{agent}", &sign_in("agent", 0))
        .replace("{administrator}", &sign_in("administrator", 0))
        .replace("{auditor}", &sign_in("auditor", 0))
        .replace("{elsewhere}", &sign_in("operator", 2))
}

/// Where a site's pages are.
pub(super) fn address(layout: &Layout, site: Site) -> String {
    format!("http://127.0.0.1:{}", layout.web_port(site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_has_eleven_steps_and_no_gaps() {
        let person = |id: &str, role: &str| Person {
            id: id.into(),
            name: id.into(),
            role: role.into(),
            pin: "1".into(),
        };
        let people = [
            person("a", "mediator"),
            person("b", "mediator"),
            person("c", "operator"),
            person("d", "operator"),
            person("e", "operator"),
            person("f", "agent"),
            person("g", "administrator"),
            person("h", "auditor"),
        ];
        let tour = text(&Layout::new(9000).unwrap(), &people);
        assert!(
            !tour.contains(['{', '}']) && !tour.contains("(no "),
            "{tour}"
        );
        assert_eq!(
            tour.lines()
                .filter(|line| line[..2].trim().parse::<u8>().is_ok())
                .count(),
            11
        );
        assert!(tour.contains("http://127.0.0.1:9007"));
    }
}
