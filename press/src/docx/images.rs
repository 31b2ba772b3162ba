//! Images within a Word file, written beside the document.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};

use image::{ImageFormat, ImageReader};
use serde_json::{Map, Value, json};
use zip::ZipArchive;

use super::paragraphs::Image;
use crate::Unreadable;
use crate::document::Media;

/// The largest size of one image, unpacked.
const MOST_BYTES: u64 = 64 << 20;
/// The width of a page in Word, in pixels: on A4 and letter paper, with usual margins.
const PAGE_WIDTH: std::ops::RangeInclusive<u64> = 560..=660;

pub struct Images<'a> {
    archive: ZipArchive<BufReader<File>>,
    media: Media<'a>,
    /// The images by their paths in the package: the address and the size in pixels, or why there is no image.
    written: HashMap<String, Result<(String, u32, u32), &'static str>>,
}

impl<'a> Images<'a> {
    pub fn new(archive: ZipArchive<BufReader<File>>, media: Media<'a>) -> Images<'a> {
        Images { archive, media, written: HashMap::new() }
    }

    /// The attributes of an image, or the reason why there is none.
    pub fn attributes(&mut self, image: &Image) -> Result<Result<Value, &'static str>, Unreadable> {
        let written = match self.written.get(&image.part) {
            Some(written) => written.clone(),
            None => {
                let written = self.write(&image.part)?;
                self.written.insert(image.part.clone(), written.clone());
                written
            }
        };
        Ok(written.map(|(address, width, height)| {
            let mut attributes = Map::from_iter([("attachment".to_owned(), json!(address))]);
            let mut set = |name: &str, value: Value| attributes.insert(name.to_owned(), value);
            for (name, value) in [("alt", &image.alt), ("title", &image.title)] {
                if !value.is_empty() {
                    set(name, json!(value));
                }
            }
            if let Some(href) = &image.href {
                set("href", json!(href));
            }
            let (natural_width, natural_height) = (u64::from(width), u64::from(height));
            // Whether the image has its own size, or the largest that fits on the page.
            let is_natural = image.width.abs_diff(natural_width) <= 1
                || (natural_width > image.width && PAGE_WIDTH.contains(&image.width));
            if image.width > 0 && !is_natural {
                set("width", json!(image.width));
                let kept = image.width * natural_height / natural_width.max(1);
                if image.height > 0 && image.height.abs_diff(kept) > 2 + kept / 50 {
                    set("height", json!(image.height));
                }
            }
            Value::Object(attributes)
        }))
    }

    fn write(&mut self, part: &str) -> Result<Result<(String, u32, u32), &'static str>, Unreadable> {
        let Ok(found) = self.archive.by_name(part) else {
            return Ok(Err("An image that the file refers to is missing from it"));
        };
        let mut bytes = Vec::new();
        if found.take(MOST_BYTES + 1).read_to_end(&mut bytes).is_err() {
            return Ok(Err("An image is damaged"));
        }
        if bytes.len() as u64 > MOST_BYTES {
            return Ok(Err("An image is larger than 64 MiB"));
        }
        let ending = match image::guess_format(&bytes) {
            Ok(ImageFormat::Png) => "png",
            Ok(ImageFormat::Jpeg) => "jpg",
            Ok(ImageFormat::Gif) => "gif",
            Ok(ImageFormat::WebP) => "webp",
            _ => {
                return Ok(Err(
                    "An image in a format of Windows (EMF, WMF) or another that browsers do not show was left out",
                ));
            }
        };
        let size = ImageReader::new(Cursor::new(&bytes)).with_guessed_format()?.into_dimensions();
        let Ok((width, height)) = size else { return Ok(Err("An image is damaged")) };
        match self.media.add(&bytes, ending)? {
            Some(address) => Ok(Ok((address, width, height))),
            None => Ok(Err("There are more images than 256 MiB")),
        }
    }
}
