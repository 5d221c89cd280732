//! Page one: what someone must see who sees nothing else.

use std::fmt::Write as _;

use super::super::chart::Tone;
use super::super::document::{Cover, Item, Number, Said};
use super::super::svg::escaped;
use super::blocks::coded;

pub(super) fn markup(cover: &Cover) -> String {
    let mut out = String::from("<div class=\"cover\">\n");
    if let Some(verdict) = &cover.verdict {
        let (class, sign) = sign(verdict.tone);
        let _ = writeln!(
            out,
            "<p class=\"verdict {class}\">{sign}<span>{}</span></p>",
            coded(&verdict.text)
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
    let [binds, changes] =
        [&cover.binds, &cover.changes].map(|items| items.iter().map(item).collect::<Vec<String>>());
    card(&mut out, "binds", "What binds", &binds);
    card(&mut out, "changes", "What would change the answer", &changes);
    card(
        &mut out,
        "trust",
        "How far to trust it",
        &cover.trust.iter().map(said).collect::<Vec<String>>(),
    );
    out.push_str("</div>\n</div>\n");
    out
}

/// The class of a tone, and a sign for it that needs no colour.
pub(super) const fn sign(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Good => ("t-good", "<b class=\"sign\" aria-hidden=\"true\"><i>✓</i></b>"),
        Tone::Bad => ("t-bad", "<b class=\"sign\" aria-hidden=\"true\"><i>✗</i></b>"),
        Tone::Unsure => ("t-unsure", "<b class=\"sign\" aria-hidden=\"true\"><i>?</i></b>"),
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

fn item(item: &Item) -> String {
    let Item { name, text } = item;
    format!("<li><span><b>{}</b> {}</span></li>\n", escaped(name), coded(text))
}

fn said(said: &Said) -> String {
    let (class, sign) = sign(said.tone);
    format!("<li class=\"{class}\">{sign}<span>{}</span></li>\n", coded(&said.text))
}

fn card(out: &mut String, id: &str, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section class=\"card {id}\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>\n\
         <ul>{}</ul></section>\n",
        items.concat()
    );
}
