//! What holds for every page.

use std::collections::HashSet;

/// Panics with the page's name when one of the rules does not hold.
pub(crate) fn check(name: &str, html: &str) {
    let fail = |what: &str| panic!("{name}: {what}\n{html}");
    if !html.starts_with("<!DOCTYPE html><html lang=\"") {
        fail("no document or language");
    }
    let title = between(html, "<title>", "</title>").unwrap_or_default();
    if title.trim().is_empty() {
        fail("no title");
    }
    if html.matches("<h1").count() != 1 {
        fail("not exactly one h1");
    }
    if html.matches("<main").count() != 1 {
        fail("not exactly one main");
    }
    for forbidden in [
        "<style",
        " style=",
        "javascript:",
        "href=\"http",
        "src=\"http",
    ] {
        if html.contains(forbidden) {
            fail(forbidden);
        }
    }
    for script in html.split("<script").skip(1) {
        if !script.contains("src=\"/assets/")
            || !script
                .split_once('>')
                .is_some_and(|(_, rest)| rest.starts_with("</script>"))
        {
            fail("a script that is not an asset");
        }
    }
    let mut ids = HashSet::new();
    let mut labelled = HashSet::new();
    let mut referred: Vec<String> = Vec::new();
    for tag in tags(html) {
        for (attribute, value) in attributes(tag) {
            match attribute {
                "id" if !ids.insert(value.to_owned()) => {
                    fail(&format!("the id {value} stands twice"))
                }
                "for" => {
                    labelled.insert(value.to_owned());
                    referred.push(value.to_owned());
                }
                "aria-labelledby" | "aria-describedby" | "form" => {
                    referred.extend(value.split(' ').map(str::to_owned))
                }
                "aria-label" | "alt" if value.trim().is_empty() => fail("an empty label"),
                other if other.starts_with("on") => fail(other),
                _ => {}
            }
        }
    }
    for id in &referred {
        if !ids.contains(id) {
            fail(&format!("{id} is referred to and does not exist"));
        }
    }
    // Every control has a name: a label, a text of its own, or an aria-label.
    for tag in tags(html)
        .filter(|t| t.starts_with("input") || t.starts_with("textarea") || t.starts_with("select"))
    {
        let get = |name| {
            attributes(tag)
                .find(|(k, _)| *k == name)
                .map(|(_, v)| v.to_owned())
        };
        if get("type").as_deref() == Some("hidden") {
            continue;
        }
        let named =
            get("aria-label").is_some() || get("id").is_some_and(|id| labelled.contains(&id));
        if !named {
            fail(&format!("a control without label: {tag}"));
        }
    }
    for (open, close) in [
        ("<button", "</button>"),
        ("<label", "</label>"),
        ("<legend", "</legend>"),
        ("<a ", "</a>"),
        ("<h1", "</h1>"),
        ("<h2", "</h2>"),
        ("<h3", "</h3>"),
        ("<th ", "</th>"),
    ] {
        for part in html.split(open).skip(1) {
            let Some((attributes, rest)) = part.split_once('>') else {
                continue;
            };
            let inner = rest.split(close).next().unwrap_or_default();
            if text(inner).trim().is_empty()
                && !attributes.contains("aria-label=")
                && !inner.contains("alt=")
            {
                fail(&format!("an empty {open}: {inner}"));
            }
        }
    }
    // Every form that posts at the desk or console carries its token, except signing in and joining.
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        if form.contains("method=\"post\"")
            && !form.contains("action=\"/entrar\"")
            && !form.contains("action=\"/entrar/pin\"")
            && !form.contains("action=\"/juntar\"")
            && !form.contains("name=\"guarda\"")
        {
            fail("a form without token");
        }
    }
}

fn between<'a>(html: &'a str, open: &str, close: &str) -> Option<&'a str> {
    html.split_once(open)?
        .1
        .split_once(close)
        .map(|(inner, _)| inner)
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter_map(|t| t.split_once('>').map(|(tag, _)| tag))
        .filter(|t| !t.starts_with('/'))
}

fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    tag.match_indices("=\"").filter_map(move |(at, _)| {
        let name = tag[..at].rsplit(' ').next()?;
        let value = tag[at + 2..].split('"').next()?;
        Some((name, value))
    })
}

/// What is left of markup when its tags are taken away.
pub(crate) fn text(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .filter(|c| {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    return false;
                }
                _ => {}
            }
            !inside
        })
        .collect()
}
