//! The colours of the editor on paper, and the nearest of them for the colours of other programs.

use crate::print::description::Node;

/// A colour of the editor: its name, and the hexadecimal values of the ink and the background. [`ink`] and [`ground`]
/// return each of these values as the colour itself.
struct Color {
    name: &'static str,
    ink: &'static str,
    ground: &'static str,
}

const COLORS: [Color; 7] = [
    Color { name: "gray", ink: "6B6B66", ground: "E6E6E2" },
    Color { name: "red", ink: "B3261E", ground: "FBDAD6" },
    Color { name: "orange", ink: "A85B00", ground: "FCE3C8" },
    Color { name: "yellow", ink: "7A6200", ground: "FFF1B8" },
    Color { name: "green", ink: "2B6B3A", ground: "D5EFD8" },
    Color { name: "blue", ink: "1F5FA8", ground: "D6E6FA" },
    Color { name: "purple", ink: "6B3FA0", ground: "E8DCF8" },
];

/// The kinds of callouts, with their colours.
const CALLOUTS: [(&str, &str); 5] =
    [("note", "blue"), ("tip", "green"), ("important", "purple"), ("warning", "orange"), ("caution", "red")];

fn named(name: &str, otherwise: &str) -> &'static Color {
    let find = |name: &str| COLORS.iter().find(|color| color.name == name);
    find(name).or_else(|| find(otherwise)).unwrap_or(&COLORS[0])
}

/// The background of a highlighted text.
pub fn highlight(node: &Node) -> Option<&'static str> {
    let mark = node.mark("highlight")?;
    Some(named(mark.attrs.get("color").and_then(serde_json::Value::as_str).unwrap_or_default(), "yellow").ground)
}

/// The ink of a coloured text.
pub fn text_color(node: &Node) -> Option<&'static str> {
    let mark = node.mark("textColor")?;
    Some(named(mark.attrs.get("color").and_then(serde_json::Value::as_str).unwrap_or_default(), "gray").ink)
}

/// The kind of a callout.
pub fn callout_kind(name: &str) -> &'static str {
    CALLOUTS.iter().map(|(kind, _)| *kind).find(|kind| *kind == name).unwrap_or("note")
}

/// The kinds of callouts, with their ink and their background.
pub fn callouts() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    CALLOUTS.iter().map(|(kind, color)| {
        let color = named(color, "gray");
        (*kind, color.ink, color.ground)
    })
}

/// The title of a callout in the language of its text.
pub fn callout_title(kind: &str, language: &str) -> &'static str {
    let titles = match language.split('-').next().unwrap_or_default() {
        "de" => ["Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht"],
        "fr" => ["Remarque", "Conseil", "Important", "Avertissement", "Attention"],
        _ => ["Note", "Tip", "Important", "Warning", "Caution"],
    };
    let index = CALLOUTS.iter().position(|(known, _)| *known == kind).unwrap_or(0);
    titles[index]
}

/// The side to which a paragraph or a heading is aligned; empty for none.
pub fn side(node: &Node) -> &str {
    match node.string("textAlign") {
        side @ ("left" | "center" | "right") => side,
        _ => "",
    }
}

/// The name of a colour by its names in Word's list of highlights, in Notion and in CSS.
pub fn by_name(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "yellow" | "darkyellow" => "yellow",
        "green" | "darkgreen" | "teal" | "lime" => "green",
        "cyan" | "blue" | "darkblue" | "darkcyan" | "navy" => "blue",
        "magenta" | "darkmagenta" | "purple" => "purple",
        "red" | "darkred" | "pink" | "maroon" => "red",
        "orange" | "brown" => "orange",
        "gray" | "grey" | "darkgray" | "lightgray" => "gray",
        _ => return None,
    })
}

/// The colour whose ink is nearest to a hexadecimal value; `None` for black, and nearly black.
pub fn ink(hex: &str) -> Option<&'static str> {
    let (hue, saturation, value) = components(hex)?;
    match saturation < 0.2 {
        true => (0.35..0.8).contains(&value).then_some("gray"),
        false if value < 0.2 => None,
        false => Some(by_hue(hue)),
    }
}

/// The colour whose background is nearest to a hexadecimal value; `None` for white, and nearly white.
pub fn ground(hex: &str) -> Option<&'static str> {
    let (hue, saturation, value) = components(hex)?;
    match saturation < 0.06 {
        true => (value < 0.96).then_some("gray"),
        false => Some(by_hue(hue)),
    }
}

fn by_hue(hue: f64) -> &'static str {
    match hue {
        hue if hue < 15.0 => "red",
        hue if hue < 43.0 => "orange",
        hue if hue < 70.0 => "yellow",
        hue if hue < 170.0 => "green",
        hue if hue < 255.0 => "blue",
        hue if hue < 330.0 => "purple",
        _ => "red",
    }
}

/// Hue in degrees, saturation and value of `RRGGBB` or `RGB`.
fn components(hex: &str) -> Option<(f64, f64, f64)> {
    let digits: Vec<f64> = hex.chars().map(|c| c.to_digit(16).map(f64::from)).collect::<Option<_>>()?;
    let [red, green, blue] = match *digits.as_slice() {
        [r, g, b] => [17.0 * r, 17.0 * g, 17.0 * b],
        [r, s, g, h, b, c] => [16.0 * r + s, 16.0 * g + h, 16.0 * b + c],
        _ => return None,
    };
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let spread = most - least;
    let hue = match () {
        () if spread == 0.0 => 0.0,
        () if most == red => ((green - blue) / spread).rem_euclid(6.0),
        () if most == green => (blue - red) / spread + 2.0,
        () => (red - green) / spread + 4.0,
    };
    Some((60.0 * hue, if most == 0.0 { 0.0 } else { spread / most }, most / 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [WORD-1] Each colour of the palette is read as itself, and neither black nor white is one of them.
    #[test]
    fn our_own_colours_are_read_as_themselves() {
        for Color { name, ink, ground } in COLORS {
            assert_eq!((super::ink(ink), super::ground(ground)), (Some(name), Some(name)));
        }
        assert_eq!([ink("000000"), ink("1D1B17"), ink("auto"), ground("FFFFFF"), ground("")], [None; 5]);
        assert_eq!([ink("f00"), ink("FFC000"), ground("00FFFF")], [Some("red"), Some("yellow"), Some("blue")]);
    }
}
