//! Images, decoded before typst gets them, so that a damaged one does not prevent the whole document.

use image::ImageReader;
use typst::foundations::{Bytes, IntoValue, Value};

use super::blocks::{Blocks, dict};
use super::text;
use crate::print::description::Node;

/// Points in a pixel of 1/96 inch.
const POINTS_PER_PIXEL: f64 = 0.75;
/// The largest image that leaves room for its caption, on either paper.
const MOST_WIDTH: f64 = 453.0;
const MOST_HEIGHT: f64 = 600.0;

impl Blocks<'_> {
    pub(super) fn image(&self, node: &Node) -> Value {
        let alt = node.string("alt");
        let found = self.print.picture(node, self.folder).and_then(|file| {
            let bytes = std::fs::read(file).ok()?;
            let reader = ImageReader::new(std::io::Cursor::new(&bytes)).with_guessed_format().ok()?;
            let image = reader.decode().ok()?;
            let size = (image.width(), image.height());
            (size.0 > 0 && size.1 > 0).then_some((bytes, size))
        });
        let Some((bytes, (width, height))) = found else {
            let words = if alt.is_empty() { "[Image]".to_owned() } else { format!("[Image: {alt}]") };
            let words = typst::text::TextElem::packed(words).emph();
            return dict(
                "paragraph",
                [(
                    "body",
                    vec![self.linked(words, node.string("src"), "").into_value()]
                        .into_iter()
                        .collect::<typst::foundations::Array>()
                        .into_value(),
                )],
            );
        };
        let (width, height) = shown(node, f64::from(width), f64::from(height));
        let entries = [
            ("bytes", Bytes::new(bytes).into_value()),
            ("alt", text(alt)),
            ("caption", text(node.string("title"))),
            ("href", self.print.absolute(node.string("href")).map_or(Value::None, |href| text(&href))),
            ("width", width.into_value()),
            ("height", height.into_value()),
        ];
        dict("image", entries)
    }
}

/// The size in points: the wanted one, or that of the file, as far as there is room.
fn shown(node: &Node, natural_width: f64, natural_height: f64) -> (f64, f64) {
    let wanted = |name: &str| node.number(name).filter(|pixels| *pixels > 0).map(f64::from);
    let (width, height) = match (wanted("width"), wanted("height")) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, width * natural_height / natural_width),
        (None, Some(height)) => (height * natural_width / natural_height, height),
        (None, None) => (natural_width, natural_height),
    };
    let (width, height) = (width * POINTS_PER_PIXEL, height * POINTS_PER_PIXEL);
    let fits = (MOST_WIDTH / width).min(MOST_HEIGHT / height).min(1.0);
    (width * fits, height * fits)
}
