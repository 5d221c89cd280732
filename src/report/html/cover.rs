//! Page one: what someone must see who sees nothing else.

use std::fmt::Write as _;

use super::super::chart::Tone;
use super::super::document::{Cover, Number, Said};
use super::super::svg::escaped;

pub(super) fn markup(cover: &Cover) -> String {
    let mut out = String::from("<div class=\"cover\">\n");
    if let Some(verdict) = &cover.verdict {
        let (class, sign) = sign(verdict.tone);
        let _ = writeln!(
            out,
            "<p class=\"verdict {class}\">{sign}<span>{}</span></p>",
            escaped(&verdict.text)
        );
    }
    if cover.number.is_some() || !cover.beside.is_empty() {
        out.push_str("<dl class=\"numbers\">\n");
        for (place, number) in cover.number.iter().chain(&cover.beside).enumerate() {
            let class = if place == 0 && cover.number.is_some() { "first" } else { "beside" };
            out.push_str(&figure(number, class));
        }
        out.push_str("</dl>\n");
    }
    out.push_str("<div class=\"cards\">\n");
    card(&mut out, "binds", "What binds", &plain(&cover.binds));
    card(&mut out, "changes", "What would change the answer", &plain(&cover.changes));
    card(&mut out, "trust", "How far to trust it", &cover.trust);
    out.push_str("</div>\n</div>\n");
    out
}

/// The class of a tone, and a sign for it that needs no colour.
pub(super) const fn sign(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Good => ("t-good", "<b class=\"sign\" aria-hidden=\"true\">✓</b>"),
        Tone::Bad => ("t-bad", "<b class=\"sign\" aria-hidden=\"true\">✗</b>"),
        Tone::Unsure => ("t-unsure", "<b class=\"sign\" aria-hidden=\"true\">?</b>"),
        _ => ("t-said", ""),
    }
}

fn figure(number: &Number, class: &str) -> String {
    let Number { name, value, interval, note } = number;
    let [name, value, interval, note] = [name, value, interval, note].map(|text| escaped(text));
    let mut out = format!("<div class=\"{class}\"><dt>{name}</dt><dd><b>{value}</b>");
    if !interval.is_empty() {
        let _ = write!(out, " <span class=\"interval\">{interval}</span>");
    }
    if !note.is_empty() {
        let _ = write!(out, " <span class=\"of\">{note}</span>");
    }
    out.push_str("</dd></div>\n");
    out
}

fn plain(texts: &[String]) -> Vec<Said> {
    texts.iter().map(|text| Said::new(Tone::Plain, text.clone())).collect()
}

fn card(out: &mut String, id: &str, title: &str, said: &[Said]) {
    if said.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<section class=\"card\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2><ul>"
    );
    for said in said {
        let (class, sign) = sign(said.tone);
        let _ =
            writeln!(out, "<li class=\"{class}\">{sign}<span>{}</span></li>", escaped(&said.text));
    }
    out.push_str("</ul></section>\n");
}
