//! Reads the subset of YAML that people write above their pages, and dates as programs write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::facts::Facts;

/// Reads pairs between two lines `---` at the beginning of a text into facts, and returns the rest of the text.
pub fn read<'a>(text: &'a str, facts: &mut Facts) -> &'a str {
    let text = text.trim_start_matches('\u{feff}');
    let Some(after) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return text };
    let mut end = 0;
    let mut name = String::new();
    for line in after.split_inclusive('\n') {
        end += line.len();
        let shown = line.trim_end();
        if shown == "---" || shown == "..." {
            return after[end..].trim_start_matches(['\r', '\n']);
        }
        if let Some(item) = shown.trim_start().strip_prefix("- ") {
            take(&name, &scalar(item), facts);
        } else if let Some((key, value)) = shown.split_once(':').filter(|(key, _)| !key.starts_with(' ')) {
            name = key.trim().to_lowercase();
            values(value.trim()).iter().for_each(|value| take(&name, value, facts));
        }
    }
    // The front matter does not end, so it is text.
    *facts = Facts::default();
    text
}

/// The single value, or the values of a list such as `[a, "b"]`.
fn values(value: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(value) {
        return list;
    }
    match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => list.split(',').map(|item| scalar(item.trim())).collect(),
        None => vec![scalar(value)],
    }
}

fn scalar(value: &str) -> String {
    let value = value.trim();
    if let Ok(text) = serde_json::from_str::<String>(value) {
        return text;
    }
    let quoted = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    quoted.map_or_else(|| value.to_owned(), |value| value.replace("''", "'"))
}

fn take(name: &str, value: &str, facts: &mut Facts) {
    let value = value.trim().to_owned();
    if value.is_empty() {
        return;
    }
    match name {
        "title" => facts.title = Some(value),
        "description" | "summary" => facts.description = value,
        "icon" => facts.icon = value,
        "kind" => facts.kind = value,
        "status" => facts.status = value,
        "tags" | "tag" | "keywords" | "labels" => {
            facts.tags.extend(value.split(',').map(|tag| tag.trim().trim_start_matches('#').to_owned()));
        }
        "created" | "created_at" | "date" | "createdat" => facts.created = Some(value),
        "updated" | "updated_at" | "modified" | "lastmod" | "updatedat" => facts.modified = Some(value),
        "author" | "authors" | "owner" | "email" => facts.authors.push(value),
        _ => {}
    }
}

/// Reads a time as programs write it; `None` if it is not understood, or not plausible.
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_start_matches('@');
    let text = text.split_once(" (").map_or(text, |(time, _)| time);
    let read = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).ok();
    let with_time = [
        "%B %d, %Y %I:%M %p",
        "%B %d, %Y %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%d %B %Y %H:%M",
    ];
    let read = read.or_else(|| {
        with_time.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|time| time.and_utc())
    });
    let dates = ["%B %d, %Y", "%Y-%m-%d", "%Y/%m/%d", "%d %B %Y"];
    let read = read.or_else(|| {
        let date = dates.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
        Some(date.and_hms_opt(0, 0, 0)?.and_utc())
    });
    // A source that gives 1 January 1970 or an earlier day does not know the date.
    read.filter(|time| (1971..=9999).contains(&time.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [IN-5] Front matter above a text is read; if it is not closed, it is text.
    #[test]
    fn facts_stand_above_a_text() {
        let mut facts = Facts::default();
        let text = "---\ntitle: \"A: b\"\ntags: [x, 'y z']\ndate: 2026-03-01\naliases:\n- q\nauthor:\n  - a@b.example\n---\n\nText";
        assert_eq!(read(text, &mut facts), "Text");
        assert_eq!((facts.title.as_deref(), facts.tags.join("|")), (Some("A: b"), "x|y z".into()));
        assert_eq!((facts.created.as_deref(), facts.authors.join("|")), (Some("2026-03-01"), "a@b.example".into()));
        let mut facts = Facts::default();
        assert_eq!(read("---\ntitle: x\ntext", &mut facts), "---\ntitle: x\ntext");
        assert_eq!(facts.title, None);
    }

    /// [IN-5] Dates in the formats of other programs are understood.
    #[test]
    fn dates_are_read() {
        for (text, expected) in [
            ("2026-03-01T10:05:00+02:00", Some("2026-03-01T08:05:00+00:00")),
            ("@March 1, 2026 10:05 AM", Some("2026-03-01T10:05:00+00:00")),
            ("Mar 10, 2026 14:05", Some("2026-03-10T14:05:00+00:00")),
            ("Mar 10, 2026", Some("2026-03-10T00:00:00+00:00")),
            ("March 1, 2026 10:05 AM (UTC)", Some("2026-03-01T10:05:00+00:00")),
            ("yesterday", None),
            ("0001-01-01", None),
        ] {
            assert_eq!(time(text).map(|time| time.to_rfc3339()).as_deref(), expected, "{text}");
        }
    }
}
