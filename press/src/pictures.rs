//! Images, decoded and encoded again. The image that is shown is made here, so it contains nothing that was hidden in
//! the file, nor where and with which camera the picture was taken.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::{Made, Rendition, Unreadable};

/// The maximum number of pixels; a camera takes 50 million. It is checked before anything is decoded, because a PNG of
/// a few KB can claim gigabytes.
const MOST_PIXELS: u64 = 50_000_000;
const MOST_SIDE: u32 = 20_000;
/// The longest side, in pixels, of an image that is shown in a page: a page is 1,440 wide, on screens with two pixels
/// for one.
const DISPLAY: u32 = 2_560;
const THUMBNAIL: u32 = 320;
const QUALITY: u8 = 85;

pub fn make(media_type: &str, file: &Path, folder: &Path) -> Result<Made, Unreadable> {
    let format = ImageFormat::from_mime_type(media_type).ok_or_else(|| Unreadable("no such picture".into()))?;
    let mut reader = ImageReader::open(file)?;
    reader.set_format(format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(512 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Unreadable(format!("the picture has {width} x {height} pixels; at most 50 million are shown")));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    let keeps_edges = format != ImageFormat::Jpeg;
    let display = smaller(&picture, DISPLAY);
    let thumbnail = smaller(&display, THUMBNAIL);
    drop(picture);
    let renditions =
        vec![write(&display, "display", keeps_edges, folder)?, write(&thumbnail, "thumbnail", keeps_edges, folder)?];
    Ok(Made { width: Some(width), height: Some(height), renditions, text: None })
}

fn smaller(picture: &DynamicImage, side: u32) -> DynamicImage {
    match picture.width().max(picture.height()) > side {
        true => picture.thumbnail(side, side),
        false => picture.clone(),
    }
}

/// Writes photographs as JPEG, and images that may have sharp edges or transparency as PNG.
fn write(
    picture: &DynamicImage,
    kind: &'static str,
    keeps_edges: bool,
    folder: &Path,
) -> Result<Rendition, Unreadable> {
    let target = BufWriter::new(File::create_new(folder.join(kind))?);
    let media_type = if keeps_edges {
        let encoder = PngEncoder::new_with_quality(target, CompressionType::Fast, FilterType::Adaptive);
        let picture =
            if picture.color().has_alpha() { picture.to_rgba8().into() } else { DynamicImage::from(picture.to_rgb8()) };
        picture.write_with_encoder(encoder)?;
        "image/png"
    } else {
        DynamicImage::from(picture.to_rgb8()).write_with_encoder(JpegEncoder::new_with_quality(target, QUALITY))?;
        "image/jpeg"
    };
    Ok(Rendition { kind, file: kind, media_type, width: picture.width(), height: picture.height() })
}
