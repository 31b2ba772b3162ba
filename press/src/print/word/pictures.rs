//! Images: the files that the server has put into the folder, in the size that the text gives them.

use std::fmt::Write;
use std::path::PathBuf;

use super::body::{Body, Place};
use super::xml::escaped;
use crate::print::description::Node;

/// Units of drawings in one pixel of 1/96 inch, and in a twentieth of a point.
pub const EMU_PER_PIXEL: u64 = 9_525;
const EMU_PER_TWIP: u64 = 635;

pub struct Picture {
    pub name: String,
    pub file: PathBuf,
}

impl Body<'_> {
    pub(super) fn image(&mut self, node: &Node, place: Place<'_>) {
        let file = self.print.picture(node, self.folder);
        let size = file
            .as_ref()
            .and_then(|file| image::ImageReader::open(file).ok()?.with_guessed_format().ok())
            .and_then(|reader| {
                let ending = reader.format()?.extensions_str().first().copied()?;
                Some((ending, reader.into_dimensions().ok().filter(|(width, height)| *width > 0 && *height > 0)?))
            });
        let (Some(file), Some((ending, natural))) = (file, size) else { return self.missing_image(node, place) };
        let number = match self.pictures.iter().position(|picture| picture.file == file) {
            Some(index) => index + 1,
            None => {
                let name = format!("{}.{ending}", self.pictures.len() + 1);
                self.pictures.push(Picture { name, file });
                self.pictures.len()
            }
        };
        let room = place.width.saturating_sub(place.indent).max(720) as u64 * EMU_PER_TWIP;
        let (width, height) = shown(node, natural, room);
        self.drawings += 1;
        let id = self.drawings;
        let link = self.print.absolute(node.string("href")).map(|address| self.link_number(address));
        let link = link.map_or_else(String::new, |number| format!("<a:hlinkClick r:id=\"link{number}\"/>"));
        let (alt, title) = (escaped(node.string("alt")), escaped(node.string("title")));
        self.begin_paragraph("Image", "", place);
        self.begin_change();
        let _ = write!(
            self.xml,
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{width}\" \
             cy=\"{height}\"/><wp:docPr id=\"{id}\" name=\"Image {id}\" descr=\"{alt}\" title=\"{title}\">{link}</wp:docPr>\
             <wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect=\"1\"/></wp:cNvGraphicFramePr><a:graphic>\
             <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:nvPicPr>\
             <pic:cNvPr id=\"{id}\" name=\"Image {id}\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>\
             <a:blip r:embed=\"image{number}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>\
             <a:off x=\"0\" y=\"0\"/><a:ext cx=\"{width}\" cy=\"{height}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/>\
             </a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        );
        self.end_change();
        self.xml.push_str("</w:p>");
        // The title is written below the picture, as in the app.
        if !title.is_empty() {
            self.begin_paragraph("Caption", "", place);
            self.text_run(node.string("title"), "");
            self.xml.push_str("</w:p>");
        }
    }

    /// Writes the description of an image that is on another site, gone or damaged.
    fn missing_image(&mut self, node: &Node, place: Place<'_>) {
        let alt = node.string("alt");
        let words = if alt.is_empty() { "[Image]".to_owned() } else { format!("[Image: {alt}]") };
        let address = self.print.absolute(node.string("src"));
        self.begin_paragraph("", "", place);
        self.linked(address, "", |body, style| body.text_run(&words, &format!("{style}<w:i/>")));
        self.xml.push_str("</w:p>");
    }
}

/// The size in drawing units: the wanted one, or that of the file, as far as there is room.
fn shown(node: &Node, natural: (u32, u32), room: u64) -> (u64, u64) {
    let (natural_width, natural_height) = (u64::from(natural.0), u64::from(natural.1));
    let positive = |name: &str| node.number(name).map(u64::from).filter(|pixels| *pixels > 0);
    let (width, height) = match (positive("width"), positive("height")) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, (width * natural_height / natural_width).max(1)),
        (None, Some(height)) => ((height * natural_width / natural_height).max(1), height),
        (None, None) => (natural_width, natural_height),
    };
    let (width, height) = (width * EMU_PER_PIXEL, height * EMU_PER_PIXEL);
    match width > room {
        true => (room, (height as u128 * u128::from(room) / u128::from(width)).max(1) as u64),
        false => (width, height),
    }
}
